import { mergeEnvironment, readConfig } from "../config.ts";
import { type Percentiles, percentilesOf } from "./percentiles.ts";
import { type CommandContext, UsageError } from "./run.ts";

interface BenchOptions {
  requests: string;
  json?: boolean;
}

/** The settings that a measurement takes over: how texts are judged. Models are not asked. */
const TAKEN = [
  "TIERS",
  "TIER_MAP",
  "UNSURE",
  "COST_BIAS",
  "DATA_DIR",
  "CLASSIFIER_WORKERS",
  "CLASSIFY_DEADLINE_MS",
];

/** Requests under way at a time where many come at once. */
const AT_ONCE = 16;
const MOST = 100_000;

/** A kind of request, and what it took. Milliseconds from the first byte sent to the last one received. */
interface Measured {
  requests: number;
  failed: number;
  /** One after the other. */
  alone: Percentiles;
  /** `at_once` of them at a time. */
  per_second: number;
  /** How the tiers came about: how many requests of each reason. */
  reasons: Record<string, number>;
}

/**
 * Measures the router on this machine: a real server on loopback, whose tiers are all served by the echo within, so that no
 * model is asked and no key is used. The generator shares the machine's cores with it.
 */
export async function bench(context: CommandContext, { requests, json = false }: BenchOptions): Promise<boolean> {
  const count = Number(requests);
  if (!Number.isInteger(count) || count < 1 || count > MOST) {
    throw new UsageError(`Cannot send ${JSON.stringify(requests)} requests: --requests is a number from 1 to ${MOST}`);
  }
  const { host, build } = context;
  const own = (await context.settings()).values;
  const values = mergeEnvironment(
    {
      ...Object.fromEntries(TAKEN.flatMap((name) => own[name] === undefined ? [] : [[name, own[name]]])),
      HOST: "127.0.0.1",
      PORT: "0",
      LOG_LEVEL: "ERROR",
    },
    undefined,
  );
  const settings = { config: readConfig(values), values };
  const texts = await promptsOf(host, count);
  const running = await build.server(settings, () => Promise.resolve(settings));
  try {
    const url = `http://127.0.0.1:${running.port}`;
    await judgedDeeply(url);
    const direct = settings.config.tiers[0]?.name ?? "simple";
    const measured = {
      direct: await measure(url, direct, texts),
      judged: await measure(url, "auto", texts),
      judged_again: await measure(url, "auto", texts),
    };
    const report = { runtime: host.runtime, version: host.runtimeVersion, at_once: AT_ONCE, ...measured };
    host.stdout(`${json ? JSON.stringify(report) : table(measured)}\n`);
    return Object.values(measured).every(({ failed }) => failed === 0);
  } finally {
    await running.stop();
  }
}

/** As many prompts as there are requests, the shipped examples in turn, each of its own. */
async function promptsOf(host: CommandContext["host"], count: number): Promise<string[]> {
  const text = new TextDecoder().decode(await host.asset("models/examples.jsonl"));
  const shipped = text.split("\n").filter((line) => line !== "").map((line): string => JSON.parse(line).text);
  // Spread over all of them; a number makes a text that comes again another one.
  const step = Math.max(1, Math.floor(shipped.length / count));
  return Array.from({ length: count }, (_, at) => `${shipped[at * step % shipped.length]} (${at + 1})`);
}

/** Waits until the deep head is up. */
async function judgedDeeply(url: string): Promise<void> {
  let status = "starting";
  while (status === "starting") {
    ({ status } = await (await fetch(`${url}/health`)).json());
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function measure(url: string, model: string, texts: readonly string[]): Promise<Measured> {
  const reasons: Record<string, number> = {};
  let failed = 0;
  const send = async (text: string) => {
    const body = JSON.stringify({ model, messages: [{ role: "user", content: text }] });
    const headers = { "content-type": "application/json" };
    const response = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body });
    await response.arrayBuffer();
    if (!response.ok) failed++;
    const reason = response.headers.get("x-virtusoul-reason") ?? "none";
    reasons[reason] = (reasons[reason] ?? 0) + 1;
  };
  // Half of them one by one, half of them at once: a text is new only once.
  const half = Math.ceil(texts.length / 2);
  const times: number[] = [];
  for (const text of texts.slice(0, half)) {
    const started = performance.now();
    await send(text);
    times.push(performance.now() - started);
  }
  const rest = texts.slice(half);
  const started = performance.now();
  const lanes = Array.from({ length: AT_ONCE }, async (_, lane) => {
    for (let at = lane; at < rest.length; at += AT_ONCE) await send(rest[at] ?? "");
  });
  await Promise.all(lanes);
  const seconds = (performance.now() - started) / 1000;
  return {
    requests: texts.length,
    failed,
    alone: percentilesOf(times),
    per_second: seconds > 0 ? Math.round(rest.length / seconds) : 0,
    reasons,
  };
}

const NAMES: Record<string, string> = {
  direct: "a tier by name",
  judged: "judged, new to it",
  judged_again: "judged, seen before",
};

function table(measured: Record<string, Measured>): string {
  const head = ["".padEnd(22), "p50 ms", "p95 ms", "p99 ms", `/s, ${AT_ONCE} at once`, "failed"];
  const rows = Object.entries(measured).map(([name, { alone, per_second, failed }]) => [
    (NAMES[name] ?? name).padEnd(22),
    ...[alone.p50, alone.p95, alone.p99].map((ms) => ms.toFixed(2)),
    String(per_second),
    String(failed),
  ]);
  const line = (cells: string[]) => cells.map((cell, at) => cell.padStart(head[at]?.length ?? 0)).join("  ");
  const { requests = 0, reasons = {} } = measured.judged ?? {};
  const shares = Object.entries(reasons).map(([reason, n]) => `${reason} ${(100 * n / requests).toFixed(0)} %`);
  return [
    `${requests} requests of each kind, answered by the echo within; half of them one by one`,
    "",
    line(head),
    ...rows.map(line),
    "",
    `how new prompts were judged: ${shares.join(", ")}`,
  ].join("\n");
}
