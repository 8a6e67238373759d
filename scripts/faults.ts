// The fault wall: `bun scripts/faults.ts [PART]` or `deno run -A scripts/faults.ts [PART]`. The router (SUBJECT: bun, deno
// or binary) meets an upstream that misbehaves in every named way, or in those whose name holds PART, asked whole and
// streamed. Exit 1 when anything is not as it must be, 2 when there is no such fault.
import process from "node:process";
import { type Fault, FAULTS, TIMEOUT_MS } from "../tests/support/faults.ts";
import { deserted, type ScriptedUpstream, startScripted } from "../tests/support/scripted.ts";
import { type Seen, seenOf } from "../tests/support/seen.ts";
import { type Running, startRouter, SUBJECT } from "../tests/support/subject.ts";
import { wait } from "../tests/support/upstream.ts";

/** What became of one fault, asked one way. */
export interface Row {
  fault: string;
  asked: Asked;
  expect: string;
  /** In the words of `expect`; also `hung`, `200, then a silent end` and what else must not be. */
  seen: string;
  /** From the question to the end of the answer. */
  ms: number;
  /** From the end of the answer until the upstream was let go; negative: before. Undefined: never, or not reached. */
  releasedMs: number | undefined;
  complaints: string[];
}

/** All rows, in the order of the faults. */
export interface Wall {
  rows: Row[];
  /** What is wrong with the router afterwards. */
  complaints: string[];
}

type Asked = "whole" | "streamed";

/** How soon an ordinary answer must be there, ms. */
const WITHIN_MS = 2500;
/** How soon the upstream must be let go when the client leaves, and otherwise, ms. */
const LEFT_MS = 100;
const RELEASED_MS = 250;
/** How long the client stays where it is to leave, ms. */
const STAY_MS = 300;
/** Requests under way at once. */
const LANES = 16;
const KEY = "up-secret";

/** Runs every fault, most of them side by side; clients that leave come last, when it is quiet enough to measure. */
export async function runWall(faults: readonly Fault[] = FAULTS): Promise<Wall> {
  const jobs = faults.flatMap((fault) => (["whole", "streamed"] as const).map((asked) => ({ fault, asked })));
  const cases = new Map(jobs.map(({ fault, asked }) => [keyOf(fault, asked), fault[asked]]));
  const upstream = await startScripted((key, nth) => {
    const { script = [], again = script } = cases.get(key) ?? {};
    return nth === 0 ? script : again;
  });
  const router = await startRouter({
    environment: {
      CUSTOM_API_KEY: KEY,
      SIMPLE_PROVIDER: "custom",
      SIMPLE_MODEL: "faulty",
      SIMPLE_BASE_URL: `${upstream.url}/v1`,
      MEDIUM_PROVIDER: "custom",
      MEDIUM_MODEL: "deserted",
      MEDIUM_BASE_URL: `${await deserted()}/v1`,
      TIMEOUT: String(TIMEOUT_MS / 1000),
    },
  });
  try {
    const leaving = jobs.filter(({ fault, asked }) => fault[asked].expect === "left");
    const rows = new Map<unknown, Row>();
    const run = async (job: (typeof jobs)[number]) => void rows.set(job, await runCase({ router, upstream, ...job }));
    await inLanes(jobs.filter((job) => !leaving.includes(job)), LANES, run);
    await inLanes(leaving, 1, run);
    return { rows: jobs.flatMap((job) => rows.get(job) ?? []), complaints: await afterwards(router, upstream) };
  } finally {
    await router.stop();
    await upstream.close();
  }
}

async function inLanes<T>(items: readonly T[], lanes: number, run: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const lane = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await run(item);
  };
  await Promise.all(Array.from({ length: lanes }, lane));
}

interface Job {
  router: Running;
  upstream: ScriptedUpstream;
  fault: Fault;
  asked: Asked;
}

async function runCase({ router, upstream, fault, asked }: Job): Promise<Row> {
  const wanted = fault[asked];
  const began = performance.now();
  const { seen, complaints } = await ask(router, fault, asked);
  const ended = performance.now();
  const ms = ended - began;
  const visits = () => upstream.visits(keyOf(fault, asked));
  const leaves = wanted.expect === "left";
  const limit = leaves ? LEFT_MS : RELEASED_MS;
  while (visits().some(({ leftAt }) => leftAt === undefined) && performance.now() - ended < 2 * limit) await wait(2);
  const left = visits().map(({ leftAt }) => (leftAt ?? Infinity) - ended);
  const releasedMs = Math.max(...left);
  if (seen !== wanted.expect) complaints.push(`the client saw "${seen}" instead of "${wanted.expect}"`);
  const within = wanted.withinMs ?? WITHIN_MS;
  if (ms > within) complaints.push(`it took ${ms.toFixed(0)} ms, more than ${within}`);
  if (ms < (wanted.atLeastMs ?? 0)) complaints.push(`it took ${ms.toFixed(0)} ms, less than ${wanted.atLeastMs}`);
  if (fault.deserted ? left.length > 0 : left.length === 0) complaints.push(`the upstream had ${left.length} requests`);
  if (releasedMs > limit) complaints.push(`the upstream was not released within ${limit} ms`);
  if (!await healthy(router)) complaints.push("the router's health did not answer afterwards");
  return {
    fault: fault.name,
    asked,
    expect: wanted.expect,
    seen,
    ms,
    releasedMs: Number.isFinite(releasedMs) ? releasedMs : undefined,
    complaints,
  };
}

/** Asks as a client would, and reads the answer to its end, or to where the client leaves. */
async function ask({ url }: Running, fault: Fault, asked: Asked): Promise<Seen> {
  const wanted = fault[asked];
  const stream = asked === "streamed";
  const client = new AbortController();
  const leaves = wanted.expect === "left";
  const patience = setTimeout(() => client.abort(), leaves ? STAY_MS : (wanted.withinMs ?? WITHIN_MS) + 1000);
  const messages = [{ role: "user", content: `Say something about «${keyOf(fault, asked)}»` }];
  try {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ model: fault.deserted ? "medium" : "simple", messages, stream }),
      signal: client.signal,
    });
    return seenOf(response, await response.text(), stream, wanted);
  } catch (error) {
    if (client.signal.aborted) return { seen: leaves ? "left" : "hung", complaints: [] };
    return { seen: `connection broken (${error instanceof Error ? error.message : error})`, complaints: [] };
  } finally {
    clearTimeout(patience);
  }
}

async function healthy({ url }: Running): Promise<boolean> {
  const response = await fetch(`${url}/health`, { signal: AbortSignal.timeout(2000) }).catch(() => undefined);
  return response?.status === 200 && typeof (await response.json()).version === "string";
}

async function afterwards(router: Running, upstream: ScriptedUpstream): Promise<string[]> {
  const complaints: string[] = [];
  if (!await healthy(router)) complaints.push("the router's health does not answer");
  if (upstream.open() > 0) complaints.push(`${upstream.open()} connections to the upstream are still open`);
  const log = router.stderr();
  if (log.includes(KEY)) complaints.push("the log holds the key");
  // Bun says so itself when gzip is none; everything else that is no line of the log tells of a crash.
  const known = /^$|^\{(?!.*unexpectedly)|^Decompression error: /;
  const odd = log.split("\n").find((line) => !known.test(line));
  if (odd !== undefined) complaints.push(`the router said: ${odd.slice(0, 300)}`);
  return complaints;
}

function keyOf({ name }: Fault, asked: Asked): string {
  return `${name}, ${asked}`;
}

function print({ rows, complaints }: Wall, seconds: number): boolean {
  const wide = (texts: string[]) => Math.max(...texts.map((text) => text.length));
  const [first, second] = [wide(rows.map(({ fault }) => fault)), wide(rows.map(({ seen }) => seen))];
  console.log(`${"fault".padEnd(first)}  asked     ${"the client saw".padEnd(second)}       ms  released`);
  for (const { fault, asked, seen, ms, releasedMs, complaints } of rows) {
    const name = asked === "whole" ? fault : "";
    const released = releasedMs === undefined ? "-" : releasedMs <= 0 ? "before" : `${releasedMs.toFixed(0)} ms`;
    const figures = `${ms.toFixed(0).padStart(7)}  ${released.padStart(8)}`;
    console.log(`${name.padEnd(first)}  ${asked.padEnd(8)}  ${seen.padEnd(second)}  ${figures}`);
    for (const complaint of complaints) console.log(`  WRONG (${fault}, ${asked}): ${complaint}`);
  }
  for (const complaint of complaints) console.log(`WRONG afterwards: ${complaint}`);
  const wrong = rows.filter((row) => row.complaints.length > 0).length;
  console.log(
    `${SUBJECT}: ${rows.length / 2} faults, ${rows.length} requests, ${wrong} wrong, ${seconds.toFixed(1)} s`,
  );
  return wrong === 0 && complaints.length === 0;
}

if (import.meta.main) {
  const began = performance.now();
  const [part = ""] = process.argv.slice(2);
  const chosen = FAULTS.filter(({ name }) => name.includes(part));
  if (chosen.length === 0) {
    console.error(`Cannot run the wall: no fault's name holds "${part}"`);
    process.exit(2);
  }
  const wall = await runWall(chosen);
  process.exit(print(wall, (performance.now() - began) / 1000) ? 0 : 1);
}
