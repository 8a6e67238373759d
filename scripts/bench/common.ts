import { readFileSync } from "node:fs";
import { parseExamples } from "../../src/trainer/example.ts";
import type { LoadGenerator } from "./load.ts";
import { startRouter, type Subject } from "./subjects.ts";

/** What every part of the benchmark is given. */
export interface Bench {
  /** Which of ours are measured: `bun`, `deno`, `binary`. */
  chosen: readonly string[];
  upstream: Subject;
  load: LoadGenerator;
  /** Of one run of the load generator. */
  seconds: number;
  rounds: number;
  /** 1 for the whole measurement; what is counted is so much smaller otherwise. */
  scale: number;
  /** Files of JSON lines: `{"text", "tier"}`. */
  prompts: readonly string[];
  /** Other gateways, and the classifier that came before, are measured beside ours. */
  peers: boolean;
}

export const CHAT = "/v1/chat/completions";

/** A chat request's body with one message. */
export const body = (content: string, more: Record<string, unknown> = {}) =>
  JSON.stringify({ model: "simple", messages: [{ role: "user", content }], ...more });

/** The prompts that are judged: our own sets', or those of files that are named. */
export function promptsOf({ prompts }: Bench): string[] {
  return prompts.flatMap((file) => parseExamples(readFileSync(file, "utf8"), file).map(({ text }) => text));
}

/** Starts a router, waits until its deep head is up, measures, and stops it whatever happens. */
export async function withRouter(
  { upstream }: Bench,
  name: string,
  measure: (router: Subject) => Promise<void>,
  environment: Record<string, string> = {},
): Promise<void> {
  const router = await startRouter(name, upstream, environment);
  try {
    await post(router, { model: "auto", messages: [{ role: "user", content: "warm up" }] });
    await until(async () => (await (await fetch(`${router.url}/health`)).json()).status !== "starting");
    await measure(router);
  } finally {
    await router.stop();
  }
}

export async function post({ url }: Subject, request: unknown): Promise<void> {
  const response = await fetch(url + CHAT, json(request));
  if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
  await response.arrayBuffer();
}

export function json(value: unknown): RequestInit {
  return { method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(value) };
}

export async function until(done: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; tries < 4000; tries++) {
    if (await done()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("It never came to that");
}

/** `count` × the measurement's scale, at least `least`. */
export function scaled({ scale }: Bench, count: number, least = 1): number {
  return Math.max(least, Math.round(count * scale));
}
