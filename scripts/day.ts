// A day of mixed traffic in ten seconds, to try "replay" and /savings on:
//   bun scripts/day.ts [FOLDER] [CONVERSATIONS]
// A router on loopback serves it, with tiers that the echo within plays and prices of models of that size; nothing leaves the
// machine. FOLDER (by default dist/day) then holds a decision log and the .env that it was made under.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseExamples } from "../src/trainer/example.ts";
import { createChance } from "../tests/support/chance.ts";
import { post, startRouter } from "../tests/support/subject.ts";
import { until } from "../tests/support/until.ts";

/** Dollars for a million tokens of input and output: two small models, a large one, one that thinks. */
const SETTINGS = {
  SIMPLE_PROVIDER: "echo",
  SIMPLE_MODEL: "nano",
  SIMPLE_PRICE: "0.1,0.4",
  MEDIUM_PROVIDER: "echo",
  MEDIUM_MODEL: "mini",
  MEDIUM_PRICE: "0.4,1.6",
  COMPLEX_PROVIDER: "echo",
  COMPLEX_MODEL: "large",
  COMPLEX_PRICE: "2,8",
  REASONING_PROVIDER: "echo",
  REASONING_MODEL: "thinker",
  REASONING_PRICE: "5,20",
  DECISION_LOG: "decisions.jsonl",
};

/** Of a hundred conversations, how many begin with work of each tier. */
const MIX: Readonly<Record<string, number>> = { simple: 45, medium: 35, complex: 12, reasoning: 8 };
const FOLLOW_UPS = ["continue", "and shorter, please", "thanks!", "why?", "now the same for the second part"];
/** Of the turns, how many are followed by another one. */
const GOES_ON = 0.4;
/** Of the conversations, how many are in another language than English. */
const FOREIGN = 0.1;
const LANES = 4;

const root = fileURLToPath(new URL("../", import.meta.url));
const [folder = join(root, "dist/day"), count = "300"] = process.argv.slice(2);
const data = resolve(folder, "data");
rmSync(data, { recursive: true, force: true });
mkdirSync(folder, { recursive: true });

// Prompts that the classifier was not trained on.
const [typical = [], foreign = []] = ["eval", "eval-languages"].map((name) =>
  parseExamples(readFileSync(`${root}training/${name}.jsonl`, "utf8"), name)
);
const chance = createChance(20_261_125);
const pick = <T>(all: readonly T[]): T | undefined => all[Math.floor(chance() * all.length)];

/** The user's turns of a conversation. */
function turns(): string[] {
  let rest = chance() * 100;
  const [tier] = Object.entries(MIX).find(([, share]) => (rest -= share) < 0) ?? ["simple"];
  const examples = chance() < FOREIGN ? foreign : typical;
  const said = [pick(examples.filter((one) => one.tier === tier))?.text ?? "Hello"];
  while (chance() < GOES_ON) said.push(pick(FOLLOW_UPS) ?? "continue");
  return said;
}

// However busy the machine is: each new prompt is judged as well as it can be.
const PATIENT = { CLASSIFY_DEADLINE_MS: "60000", LOG_LEVEL: "ERROR" };
const router = await startRouter({ environment: { ...SETTINGS, ...PATIENT, DATA_DIR: data } });
await until(async () => (await (await fetch(`${router.url}/health`)).json()).status === "ok");
const waiting = Array.from({ length: Number(count) }, (_, nth) => ({ nth, said: turns() }));
let sent = 0;
const lane = async () => {
  for (let next = waiting.shift(); next; next = waiting.shift()) {
    const messages: { role: string; content: string }[] = [];
    for (const content of next.said) {
      messages.push({ role: "user", content });
      const headers = { "x-session-id": `conversation-${next.nth}` };
      const answer = await post(`${router.url}/v1/chat/completions`, { model: "auto", messages }, headers);
      const { choices } = await answer.json();
      messages.push({ role: "assistant", content: choices[0].message.content });
      sent++;
    }
  }
};
await Promise.all(Array.from({ length: LANES }, lane));
const { total } = await (await fetch(`${router.url}/savings`)).json();
await router.stop("SIGTERM");
writeFileSync(
  join(folder, ".env"),
  Object.entries({ ...SETTINGS, DATA_DIR: "data" }).map(([name, value]) => `${name}=${value}\n`).join(""),
);

console.log(`${sent} requests in ${count} conversations; GET /savings says of them:`);
console.log(JSON.stringify(total, null, 2));
console.log(`decision log: ${join(folder, "data", SETTINGS.DECISION_LOG)}`);
