// The bad-input run: `bun scripts/proof/bad-input.ts [COUNT] [SEED]`. The router (SUBJECT: bun, deno or binary; by default the
// binary) is sent malformed requests, each of which must be refused cleanly; afterwards it must be as well as before. Exit 1
// when anything is not as it must be.
import process from "node:process";
import { exchange, statusesIn } from "../../tests/support/socket.ts";
import { post, type Running, startRouter, SUBJECT } from "../../tests/support/subject.ts";
import { until } from "../../tests/support/until.ts";
import { startUpstream } from "../../tests/support/upstream.ts";
import { garbled, type Malformed, malformed } from "./malformed.ts";
import { heldBy } from "./process.ts";

export interface Refusals {
  /** Requests by the status that they got; 0: the connection was closed. */
  statuses: Record<string, number>;
  /** Requests by how they were broken. */
  kinds: Record<string, number>;
  /** What is not as it must be, with the request's number and kind. */
  complaints: string[];
  /** Resident memory before and after, MB; undefined where the machine does not say. */
  memory: (number | undefined)[];
}

/** Of so many requests one is bytes that are no HTTP. */
const GARBLED_EVERY = 10;
const LANES = 24;
/** Complaints are listed up to here: one fault shows often. */
const SHOWN = 20;

/** Sends `count` malformed requests, many at a time. */
export async function runBadInput(count: number, seed: number): Promise<Refusals> {
  const upstream = await startUpstream();
  const router = await startRouter({
    environment: {
      SIMPLE_PROVIDER: "custom",
      SIMPLE_MODEL: "m",
      CUSTOM_BASE_URL: upstream.url,
      CUSTOM_API_KEY: "up-secret",
      FEEDBACK: "on",
      MAX_BODY_MB: "0.1",
      LOG_LEVEL: "ERROR",
    },
  });
  // Once both heads are up, so that what they take is not counted as grown.
  const status = async () => (await (await fetch(`${router.url}/health`)).json()).status;
  await until(async () => await status() !== "starting");
  const result: Refusals = { statuses: {}, kinds: {}, complaints: [], memory: [heldBy(router)?.memory] };
  try {
    const requests = malformed(seed);
    const bytes = garbled(seed);
    let sent = 0;
    const lane = async () => {
      while (sent < count) {
        const nth = sent++;
        const broken = nth % GARBLED_EVERY === 0 ? bytes.next().value : requests.next().value;
        const seen = "bytes" in broken ? await garbledSeen(router, broken.bytes) : await refusalOf(router, broken);
        result.kinds[broken.kind] = (result.kinds[broken.kind] ?? 0) + 1;
        result.statuses[seen.status] = (result.statuses[seen.status] ?? 0) + 1;
        if (seen.complaint !== undefined) result.complaints.push(`${nth} (${broken.kind}): ${seen.complaint}`);
      }
    };
    await Promise.all(Array.from({ length: LANES }, lane));
    if (upstream.received.length > 0) {
      result.complaints.push(`${upstream.received.length} requests reached the upstream`);
    }
    await afterwards(router, result);
  } finally {
    await router.stop();
    await upstream.close();
  }
  return result;
}

interface Seen {
  status: number;
  complaint?: string;
}

/** A refusal must be a 4xx in OpenAI's shape. */
async function refusalOf({ url }: Running, { method, path, headers, body }: Malformed): Promise<Seen> {
  try {
    const response = await fetch(url + path, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    const { status } = response;
    const shape = status >= 400 && status < 500 ? faultIn(text, response) : "it is no refusal";
    return { status, ...(shape && { complaint: `${status}: ${shape}: ${String(body).slice(0, 200)}` }) };
  } catch (error) {
    return { status: 0, complaint: `${path}: ${error instanceof Error ? error.message : error}` };
  }
}

function faultIn(text: string, response: Response): string | undefined {
  if (!/^application\/json/.test(response.headers.get("content-type") ?? "")) return "it is no JSON";
  if (!response.headers.has("x-request-id")) return "it has no request id";
  const { error } = JSON.parse(text);
  if (typeof error?.message !== "string" || error.message === "") return "it has no message";
  if (error.type !== "invalid_request_error" || typeof error.code !== "string") {
    return `it is ${error.type} ${error.code}`;
  }
  if (error.message.length > 1000) return `its message has ${error.message.length} characters`;
  if (!("param" in error)) return "it does not say which parameter";
  return text.includes("up-secret") ? "it holds the key" : undefined;
}

/** Where HTTP itself is broken, closing the connection will do as well; a version that is none is the server's own 505. */
async function garbledSeen({ url }: Running, bytes: Uint8Array): Promise<Seen> {
  const said = await exchange(url, bytes, 150);
  const statuses = statusesIn(said);
  const status = statuses[0] ?? 0;
  const refused = statuses.every((one) => one >= 400 && one < 500 || one === 505);
  return { status, ...(!refused && { complaint: `answered ${statuses.join(", ")}` }) };
}

async function afterwards(router: Running, result: Refusals): Promise<void> {
  const live = await fetch(`${router.url}/live`).catch(() => undefined);
  if (live?.status !== 200) result.complaints.push("it does not live any more");
  const chat = { model: "simple", messages: [{ role: "user", content: "Hello" }] };
  const response = await post(`${router.url}/v1/chat/completions`, chat).catch(() => undefined);
  if (response?.status !== 200) result.complaints.push(`a good request gets ${response?.status} afterwards`);
  const { tier } = await (await post(`${router.url}/classify`, { text: "Hello" })).json();
  if (tier !== "simple") result.complaints.push(`"Hello" is ${tier} afterwards`);
  const odd = router.stderr().split("\n").find((line) => line !== "" && !line.startsWith("{"));
  if (odd !== undefined) result.complaints.push(`it said: ${odd.slice(0, 300)}`);
  result.memory.push(heldBy(router)?.memory);
}

if (import.meta.main) {
  const [count = "20000", seed = "1"] = process.argv.slice(2);
  const began = performance.now();
  const { statuses, kinds, complaints, memory } = await runBadInput(Number(count), Number(seed));
  for (const [kind, times] of Object.entries(kinds).sort(([, a], [, b]) => b - a)) {
    console.log(`${String(times).padStart(7)}  ${kind}`);
  }
  for (const complaint of complaints.slice(0, SHOWN)) console.log(`WRONG: ${complaint}`);
  const told = Object.entries(statuses).map(([status, times]) => `${status === "0" ? "closed" : status} ${times}`);
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  console.log(
    `${SUBJECT}: ${count} malformed requests (seed ${seed}): ${told.join(", ")}; memory ${memory.join(" → ")} MB; ` +
      `${complaints.length} wrong, ${seconds} s`,
  );
  process.exit(complaints.length > 0 ? 1 : 0);
}
