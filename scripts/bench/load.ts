import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** What one run of the load generator measured. */
export interface Load {
  requests: number;
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  /** Replies that were no 2xx, and broken connections. */
  failed: number;
}

export interface LoadOptions {
  url: string;
  /** One body, or a Lua expression in `counter` that makes a new one for each request. */
  body: { text: string } | { lua: string };
  connections: number;
  seconds: number;
  headers?: Record<string, string>;
}

/** Sends as many requests as it can for a while. */
export type LoadGenerator = (options: LoadOptions) => Promise<Load>;

const folder = mkdtempSync(join(tmpdir(), "bench-"));

/** Runs `wrk` (Debian's package) once. It has a process of its own, so that the runtime measured here is not its rival. */
export async function load({ url, body, connections, seconds, headers = {} }: LoadOptions): Promise<Load> {
  const made = "text" in body ? luaString(body.text) : body.lua;
  const lines = Object.entries({ "content-type": "application/json", ...headers }).map(([name, value]) =>
    `  ["${name}"] = ${luaString(value)},`
  );
  const script = [
    "local counter = 0",
    `local headers = {\n${lines.join("\n")}\n}`,
    "request = function()",
    "  counter = counter + 1",
    `  return wrk.format("POST", nil, headers, ${made})`,
    "end",
  ].join("\n");
  const file = join(folder, `load-${Math.random().toString(36).slice(2)}.lua`);
  writeFileSync(file, script);
  const output = await outputOf("wrk", ["-t1", `-c${connections}`, `-d${seconds}s`, "--latency", "-s", file, url]);
  return readOutput(output);
}

/** What `wrk --latency` prints → figures. */
export function readOutput(output: string): Load {
  const number = (pattern: RegExp) => Number(pattern.exec(output)?.[1] ?? 0);
  const broken = [.../Socket errors:(.*)/.exec(output)?.[1]?.matchAll(/\d+/g) ?? []].reduce(
    (sum, [n]) => sum + Number(n),
    0,
  );
  return {
    requests: number(/(\d+) requests in/),
    requestsPerSecond: number(/Requests\/sec:\s+([\d.]+)/),
    p50Ms: milliseconds(/50%\s+([\d.]+)(us|ms|s)/.exec(output)),
    p99Ms: milliseconds(/99%\s+([\d.]+)(us|ms|s)/.exec(output)),
    failed: number(/Non-2xx or 3xx responses: (\d+)/) + broken,
  };
}

/** The same by `fetch`, from this very process: shows that a measurement runs, not what is fast. */
export async function loadWithin({ url, body, connections, seconds, headers = {} }: LoadOptions): Promise<Load> {
  const text = "text" in body ? body.text : '{"model":"auto","messages":[{"role":"user","content":"a new prompt"}]}';
  const init = { method: "POST", headers: { "content-type": "application/json", ...headers }, body: text };
  const times: number[] = [];
  let failed = 0;
  const until = performance.now() + seconds * 1000;
  await Promise.all(Array.from({ length: connections }, async () => {
    while (performance.now() < until) {
      const started = performance.now();
      const response = await fetch(url, init);
      await response.arrayBuffer();
      if (response.status !== 200) failed++;
      times.push(performance.now() - started);
    }
  }));
  const requestsPerSecond = times.length / seconds;
  return {
    requests: times.length,
    requestsPerSecond,
    p50Ms: quantile(times, 0.5),
    p99Ms: quantile(times, 0.99),
    failed,
  };
}

export function hasLoadGenerator(): boolean {
  return spawnSync("wrk", ["--version"]).error === undefined;
}

function milliseconds(match: RegExpExecArray | null): number {
  const [, value = "0", unit = "ms"] = match ?? [];
  return Number(value) * ({ us: 0.001, ms: 1, s: 1000 }[unit] ?? 1);
}

function luaString(text: string): string {
  return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`;
}

function outputOf(command: string, args: string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args);
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (piece) => text += piece);
    child.stderr.setEncoding("utf8").on("data", (piece) => text += piece);
    child.once("error", reject);
    child.once("close", () => resolve(text));
  });
}

/** The middle value, and the spread from the lowest to the highest. */
export function summary(values: readonly number[]): { median: number; low: number; high: number } {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = sorted.length % 2 === 1
    ? sorted[Math.floor(middle)]
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
  return { median: median ?? 0, low: sorted[0] ?? 0, high: sorted.at(-1) ?? 0 };
}

/** The value below which `share` of the values lie. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}
