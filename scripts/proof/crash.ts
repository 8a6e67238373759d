// Crash tests: `bun scripts/proof/crash.ts [KILLS] [SEED]`. The router (SUBJECT: bun, deno or binary) is killed (SIGKILL) at
// random moments while it retrains, keeps feedback and history, logs decisions and reloads; each time it must start again
// with data that is whole, and with all that it had promised to keep. Exit 1 when anything is not as it must be.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseHead } from "../../src/classifier/head.ts";
import { DIMENSIONS } from "../../src/classifier/static.ts";
import { SIGN_NAMES } from "../../src/classifier/surface.ts";
import { createChance } from "../../tests/support/chance.ts";
import { post, type Running, startRouter, SUBJECT } from "../../tests/support/subject.ts";
import { until } from "../../tests/support/until.ts";

export interface Crashes {
  kills: number;
  /** Kills by what was under way. */
  during: Record<string, number>;
  /** Feedback that was acknowledged, and found again after the kills. */
  feedback: number;
  /** Heads that were swapped in before a kill. */
  retrained: number;
  /** Requests in the history in the end. */
  history: number;
  complaints: string[];
}

const TIERS = ["simple", "medium", "complex", "reasoning"];
/** Enough to fit a head to in a moment. */
const EXAMPLES = TIERS.flatMap((tier, rank) =>
  Array.from({ length: 8 }, (_, nth) => ({ text: `${"please ".repeat(rank)}example ${nth} of kind ${rank}`, tier }))
);
/** The longest that a router may run before it is killed, ms. */
const LONGEST_MS = 2000;
/** How long a head may be awaited, and how soon after its swap the end comes, ms. */
const SWAP_MS = { patience: 30_000, after: 300 };
const ENV = (model: string) => `SIMPLE_PROVIDER=echo\nSIMPLE_MODEL=${model}\n`;

/** What may be under way when the end comes; each goes on until the router is gone. */
const DEEDS: Record<string, (router: Running, state: State, promised: Set<string>) => Promise<void>> = {
  async retrain({ url }, state, promised) {
    // Few texts, again and again: each new one must be encoded before the head can be fitted.
    const row = `feedback before a retraining ${state.nth++ % 5}`;
    if ((await post(`${url}/feedback`, { text: row, tier: "medium" })).status === 202) promised.add(row);
    // On top of the shipped examples it takes seconds, in their place a moment; either may be cut short.
    const mode = state.chance() < 0.9 ? "replace" : "extend";
    const by = Math.floor(TIERS.length * state.chance());
    const turned = (tier: string) => TIERS[(TIERS.indexOf(tier) + by) % TIERS.length] ?? tier;
    const examples = EXAMPLES.map(({ text, tier }) => ({ text, tier: turned(tier) }));
    const response = await post(`${url}/retrain`, { examples, mode, force: true });
    if (response.status === 200 && (await response.json()).accepted) state.retrained++;
  },
  async feedback({ url }, state, promised) {
    const text = `feedback number ${state.nth++}`;
    const response = await post(`${url}/feedback`, { text, tier: "medium" });
    if (response.status === 202) promised.add(text);
  },
  async history({ url }, state) {
    const messages = [{ role: "user", content: `Hello ${state.nth++}` }];
    await (await post(`${url}/v1/chat/completions`, { model: "simple", messages })).text();
    await new Promise((go) => setTimeout(go, 5));
  },
  async reload(router, state) {
    writeFileSync(join(router.folder, ".env"), ENV(`m${Math.floor(100 * state.chance())}`));
    await (await post(`${router.url}/reload`, {})).text();
    await new Promise((go) => setTimeout(go, 30));
  },
};

interface State {
  chance: () => number;
  /** Numbers texts. */
  nth: number;
  retrained: number;
}

/** Kills a router so many times, all with the same data folder. */
export async function runCrashes(kills: number, seed: number): Promise<Crashes> {
  const chance = createChance(seed);
  const state: State = { chance, nth: 0, retrained: 0 };
  // A retraining reads all feedback: where there is as much as comes in at full speed, none would be over in time.
  const stores = [storeFor(["retrain", "reload", "history"]), storeFor(["feedback", "reload", "history"])];
  const complaints: string[] = [];
  const during: Record<string, number> = {};
  try {
    for (let kill = 0; kill < kills; kill++) {
      const { data, deeds: names, promised } = stores[kill % stores.length]!;
      const router = await startRouter({
        dotenv: ENV("m"),
        environment: { DATA_DIR: data, FEEDBACK: "on", HISTORY: "on", DECISION_LOG: "decisions.jsonl" },
      });
      const broken = await wholeness(router);
      if (broken !== undefined) complaints.push(`after kill ${kill}: ${broken}`);
      let over = false;
      const deeds = names.map(async (name) => {
        // The router goes away in the middle: that is the point.
        while (!over) await DEEDS[name]?.(router, state, promised).catch(() => new Promise((go) => setTimeout(go, 5)));
      });
      if (names.includes("retrain") && chance() < 0.5) {
        const before = state.retrained;
        await until(() => state.retrained > before, SWAP_MS.patience).catch(() => {});
        await new Promise((go) => setTimeout(go, SWAP_MS.after * chance()));
      } else await new Promise((go) => setTimeout(go, LONGEST_MS * chance()));
      await router.stop("SIGKILL");
      over = true;
      await Promise.all(deeds);
      for (const name of names) during[name] = (during[name] ?? 0) + 1;
      complaints.push(...faultsIn(data, promised).map((fault) => `after kill ${kill + 1}: ${fault}`));
    }
    return {
      ...{ kills, during, complaints, retrained: state.retrained },
      feedback: stores.reduce((sum, { promised }) => sum + promised.size, 0),
      history: stores.reduce((sum, { data }) => sum + historyIn(join(data, "history.sqlite")), 0),
    };
  } finally {
    for (const { data } of stores) rmSync(data, { recursive: true, force: true });
  }
}

/** A data folder that outlives the routers. */
function storeFor(deeds: string[]): { data: string; deeds: string[]; promised: Set<string> } {
  const data = mkdtempSync(join(tmpdir(), "crash-"));
  mkdirSync(join(data, "examples"));
  return { data, deeds, promised: new Set() };
}

/** Why a router that was started anew is not well. */
async function wholeness({ url, stderr }: Running): Promise<string | undefined> {
  const { tier } = await (await post(`${url}/classify`, { text: "Hello" })).json();
  if (!TIERS.includes(tier)) return `"Hello" is judged ${JSON.stringify(tier)}`;
  const chat = { model: "simple", messages: [{ role: "user", content: "Hello" }] };
  const { status } = await post(`${url}/v1/chat/completions`, chat);
  if (status !== 200) return `a request gets ${status}`;
  const odd = stderr().split("\n").find((line) => /Cannot|"level":"(WARNING|ERROR)"/.test(line));
  return odd === undefined ? undefined : `it says ${odd.slice(0, 300)}`;
}

/** What is not whole on the disk. */
function faultsIn(data: string, promised: ReadonlySet<string>): string[] {
  const faults: string[] = [];
  const check = (what: string, look: () => void) => {
    try {
      look();
    } catch (error) {
      faults.push(`${what}: ${error instanceof Error ? error.message : error}`);
    }
  };
  const read = (name: string) => existsSync(join(data, name)) ? readFileSync(join(data, name), "utf8") : undefined;
  for (const name of ["head.json", "head.previous.json"]) {
    const text = read(name);
    if (text !== undefined && text !== "shipped\n") {
      check(name, () => parseHead(text, { dimensions: DIMENSIONS, signs: SIGN_NAMES }));
    }
  }
  const feedback = wholeLines(read("examples/feedback.jsonl") ?? "");
  check("examples/feedback.jsonl", () => {
    const kept = new Set(feedback.map((line) => JSON.parse(line).text));
    const lost = [...promised].filter((text) => !kept.has(text));
    if (lost.length > 0) throw new Error(`${lost.length} acknowledged rows are not there, such as "${lost[0]}"`);
  });
  check("decisions.jsonl", () => wholeLines(read("decisions.jsonl") ?? "").forEach((line) => JSON.parse(line)));
  check("history.sqlite", () => historyIn(join(data, "history.sqlite")));
  return faults;
}

/** Lines that were ended: the last one may have been cut off. */
function wholeLines(text: string): string[] {
  return text.split("\n").slice(0, -1).filter((line) => line !== "");
}

/** How many requests the history holds. Throws when the file is damaged. */
function historyIn(path: string): number {
  if (!existsSync(path)) return 0;
  const database = new DatabaseSync(path);
  try {
    const [verdict] = database.prepare("PRAGMA integrity_check").all();
    if (verdict?.integrity_check !== "ok") throw new Error(`it is damaged: ${JSON.stringify(verdict)}`);
    // Killed before it made its table, it makes it at the next start.
    const made = database.prepare("SELECT name FROM sqlite_master WHERE name = 'requests'").get();
    return made ? Number(database.prepare("SELECT count(*) AS n FROM requests").get()?.n) : 0;
  } finally {
    database.close();
  }
}

if (import.meta.main) {
  const [kills = "200", seed = "1"] = process.argv.slice(2);
  const began = performance.now();
  const { during, feedback, retrained, history, complaints } = await runCrashes(Number(kills), Number(seed));
  for (const complaint of complaints) console.log(`WRONG: ${complaint}`);
  const told = Object.entries(during).map(([name, times]) => `${name} ${times}`).join(", ");
  console.log(
    `${SUBJECT}: ${kills} kills (seed ${seed}) during ${told}; ${feedback} rows of feedback kept, ${retrained} heads ` +
      `swapped in, ${history} requests in the history; ${complaints.length} wrong, ` +
      `${((performance.now() - began) / 1000).toFixed(0)} s`,
  );
  process.exit(complaints.length > 0 ? 1 : 0);
}
