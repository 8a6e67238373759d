// What UNSURE and COST_BIAS do, as a table for the README:
//   bun scripts/preferences.ts training/eval.jsonl judged.csv    (judged.csv: from "eval FILE --csv judged.csv")
import { readFileSync } from "node:fs";
import process from "node:process";
import { prefer, type Preference } from "../src/routing/prefer.ts";
import { parseExamples } from "../src/trainer/example.ts";

/** What a request costs in each tier, the cheapest being 1: a small, a middle, a large and a reasoning model of 2025. */
const COSTS = [1, 5, 20, 25];

const settings: [string, Preference][] = [
  ["the default", { unsure: "argmax", unsureBelow: 0.6, costBias: 0 }],
  ["`UNSURE=up`", { unsure: "up", unsureBelow: 0.6, costBias: 0 }],
  ["`UNSURE=medium`", { unsure: "medium", unsureBelow: 0.6, costBias: 0 }],
  ...[-0.5, -0.25, 0.25, 0.5].map((costBias): [string, Preference] => {
    return [`\`COST_BIAS=${costBias}\``, { unsure: "argmax", unsureBelow: 0.6, costBias }];
  }),
];

const [file = "", judged = ""] = process.argv.slice(2);
const examples = parseExamples(readFileSync(file, "utf8"), file);
const [header = "", ...lines] = readFileSync(judged, "utf8").trim().split("\n");
const tiers = header.split(",").slice(2);
const rows = lines.map((line, at) => {
  const probabilities = Object.fromEntries(
    line.split(",").slice(2).map((share, tier) => [tiers[tier] ?? "", Number(share)]),
  );
  return { deserved: tiers.indexOf(examples[at]?.tier ?? ""), probabilities };
});
const percent = (part: number) => `${(100 * part / rows.length).toFixed(1)} %`;
const spent = (preference: Preference) =>
  rows.reduce((sum, { probabilities }) => sum + (COSTS[tiers.indexOf(prefer(probabilities, preference).tier)] ?? 0), 0);
const base = spent(settings[0]?.[1] ?? { unsure: "argmax", unsureBelow: 0.6, costBias: 0 });

console.log("| setting | right | too weak | too strong | cost |\n|---|--:|--:|--:|--:|");
for (const [name, preference] of settings) {
  const errors = rows.map(({ deserved, probabilities }) =>
    tiers.indexOf(prefer(probabilities, preference).tier) - deserved
  );
  const count = (test: (error: number) => boolean) => percent(errors.filter(test).length);
  const cost = `${Math.round(100 * spent(preference) / base)} %`;
  console.log(`| ${name} | ${count((e) => e === 0)} | ${count((e) => e < 0)} | ${count((e) => e > 0)} | ${cost} |`);
}
