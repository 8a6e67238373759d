import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Example, parseExamples } from "../../src/trainer/example.ts";
import { type Bench, CHAT, json, post, scaled, until, withRouter } from "./common.ts";
import { summary } from "./load.ts";
import { paced } from "./streams.ts";
import { memoryOf, runCommand, type Subject } from "./subjects.ts";

/** How cost grows: with a request's size, with what runs beside it, with what the router was given, with its age. */
export async function growth(bench: Bench): Promise<void> {
  for (const name of bench.chosen) {
    await withRouter(bench, name, async (router) => {
      tell(`growth, one request at a time, ${name}`, await bySize(bench, router));
      tell(`growth with concurrent streams, ${name}`, await byStreams(bench, router));
    });
    tell(`growth with the number of tiers, a classified request, ${name}`, await byTiers(bench, name));
    tell(`growth with training examples, ${name}`, await byExamples(bench, name));
    tell(`growth with age, resident memory, ${name}`, await byAge(bench, name));
  }
}

function tell(what: string, figures: readonly string[]): void {
  console.log(`\n${what}: ${figures.join(", ")}`);
}

/** The time of one request, by what is in it. */
async function bySize(bench: Bench, router: Subject): Promise<string[]> {
  const user = (content: string) => ({ role: "user", content });
  const told: string[] = [];
  for (const length of [10, 1000, 100_000, 5_000_000]) {
    const request = { model: "auto", messages: [user("word ".repeat(length / 5))] };
    told.push(`${length} characters ${await timed(bench, router, () => request)}`);
  }
  for (const count of [1, 100, 10_000]) {
    const messages = Array.from({ length: count }, (_, at) => ({
      role: at % 2 === 0 ? "user" : "assistant",
      content: `turn ${at}`,
    }));
    const request = { model: "auto", messages: [...messages, user("and why?")] };
    told.push(`${count} messages ${await timed(bench, router, () => request)}`);
  }
  for (const events of [10, 1000, scaled(bench, 50_000, 20)]) {
    const request = { model: "simple", stream: true, messages: [user(`stream ${events} 0`)] };
    told.push(`stream of ${events} ${await timed(bench, router, () => request)}`);
  }
  return told;
}

/** How much later an event arrives than it was sent, the more streams there are. */
async function byStreams(bench: Bench, router: Subject): Promise<string[]> {
  const told: string[] = [];
  for (const count of new Set([1, 10, 100, 1000].map((most) => scaled(bench, most, 1)))) {
    const { whole, p50, p99 } = await paced(router, count, scaled(bench, 50, 3));
    told.push(`${count} streams (${whole} whole) p50 ${p50.toFixed(2)} ms, p99 ${p99.toFixed(1)}`);
  }
  return told;
}

/** A request whose prompt is new, the more tiers it may go to; the head was trained for them. */
async function byTiers(bench: Bench, name: string): Promise<string[]> {
  const told: string[] = [];
  for (const count of [2, 4, 16]) {
    const tiers = Array.from({ length: count }, (_, at) => `t${at}`);
    const folder = mkdtempSync(join(tmpdir(), "bench-"));
    const environment = { TIERS: tiers.join(","), DATA_DIR: folder };
    const rows = examplesOf(scaled(bench, 50, 20) * count).map(({ text }, at) => ({ text, tier: `t${at % count}` }));
    const file = join(folder, "tiers.jsonl");
    writeFileSync(file, rows.map((row) => `${JSON.stringify(row)}\n`).join(""));
    runCommand(name, bench.upstream, ["retrain", file, "--mode", "replace", "--force"], environment);
    await withRouter(bench, name, async (router) => {
      let asked = 0;
      const fresh = () => ({ model: "auto", messages: [{ role: "user", content: `hi number ${asked++}` }] });
      told.push(`${count} tiers ${await timed(bench, router, fresh, 10)}`);
    }, environment);
  }
  return told;
}

/** Retraining: the first time, when the texts must be encoded, and the second time, when they are known. */
async function byExamples(bench: Bench, name: string): Promise<string[]> {
  const told: string[] = [];
  for (const count of new Set([500, 2000, 8000, 20_000].map((most) => scaled(bench, most, 60)))) {
    const request = json({ examples: examplesOf(count), mode: "replace", dry_run: true });
    await withRouter(bench, name, async (router) => {
      const retrain = async () => {
        const started = performance.now();
        const response = await fetch(`${router.url}/retrain`, request);
        if (response.status !== 200) throw new Error(`${response.status}: ${await response.text()}`);
        await response.arrayBuffer();
        return `${((performance.now() - started) / 1000).toFixed(1)} s`;
      };
      told.push(`${count} examples ${await retrain()}, again ${await retrain()}`);
    });
  }
  return told;
}

/** So many different labelled texts: the project's own, each with a number. */
function examplesOf(count: number): Pick<Example, "text" | "tier">[] {
  const own = parseExamples(readFileSync("models/examples.jsonl", "utf8"), "examples");
  return Array.from({ length: count }, (_, at) => {
    // Taken from all over the files, so that few of them hold every tier, too.
    const { text, tier } = own[(at * 7919) % own.length]!;
    return { text: `${text} (${at})`, tier };
  });
}

/** Resident memory the more requests there were; every third one is judged, of prompts that come again. */
async function byAge(bench: Bench, name: string): Promise<string[]> {
  const told: string[] = [];
  const total = scaled(bench, 200_000, 20);
  await withRouter(bench, name, async (router) => {
    const lua =
      `'{"model":"' .. (counter % 3 == 0 and "auto" or "simple") .. '","messages":[{"role":"user","content":"hello number ' .. (counter % 6000) .. '"}]}'`;
    let served = 0;
    let next = total / 4;
    await until(async () => {
      const { requests, failed } = await bench.load({
        url: router.url + CHAT,
        body: { lua },
        connections: 64,
        seconds: bench.seconds,
      });
      if (failed > 0) throw new Error(`${failed} requests failed`);
      served += requests;
      if (served < next) return false;
      next += total / 4;
      told.push(`${served} requests ${memoryOf(router).resident.toFixed(0)} MB`);
      return served >= total;
    });
  });
  return told;
}

async function timed({ rounds }: Bench, router: Subject, request: () => unknown, more = 1): Promise<string> {
  const times: number[] = [];
  for (let round = 0; round < rounds * 3 * more; round++) {
    const started = performance.now();
    await post(router, request());
    times.push(performance.now() - started);
  }
  return `${summary(times).median.toFixed(1)} ms`;
}
