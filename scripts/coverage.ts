// What the training examples cover, as tables for training/README.md: `bun scripts/coverage.ts`.
import { readdirSync, readFileSync } from "node:fs";
import { type Example, parseExamples } from "../src/trainer/example.ts";

const TIERS = ["simple", "medium", "complex", "reasoning"];
const FOLDER = "training/examples";
const examples = readdirSync(FOLDER).filter((name) => name.endsWith(".jsonl")).sort().flatMap((name) =>
  parseExamples(readFileSync(`${FOLDER}/${name}`, "utf8"), name.replace(".jsonl", ""))
);
const words = ({ text }: Example) => text.trim().split(/\s+/).length;

table("by file", (example) => [example.group]);
table("by language", ({ lang }) => [lang]);
table("by kind", ({ tags, group }) => [tags.includes("natural") || group.includes("natural") ? "natural" : "typical"]);
table("by length in words", (example) => [lengthClass(words(example))]);
// Of tags only those that recur: there are hundreds.
table(
  "by tag (the later files have tags)",
  ({ tags }) => tags.filter((tag) => !["natural", "typical"].includes(tag)),
  15,
);

/** Counts by tier, the rows that have most first. */
function table(title: string, keysOf: (example: Example) => readonly string[], least = 1) {
  const rows = new Map<string, number[]>();
  for (const example of examples) {
    for (const key of keysOf(example)) {
      const counts = rows.get(key) ?? TIERS.map(() => 0);
      counts[TIERS.indexOf(example.tier)]! += 1;
      rows.set(key, counts);
    }
  }
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const sorted = [...rows].filter(([, counts]) => sum(counts) >= least).toSorted(([, a], [, b]) => sum(b) - sum(a));
  console.log(`\n| ${title} | ${TIERS.join(" | ")} | all |\n|---|${"--:|".repeat(TIERS.length + 1)}`);
  for (const [key, counts] of sorted) console.log(`| ${key} | ${counts.join(" | ")} | ${sum(counts)} |`);
}

function lengthClass(count: number): string {
  const [low = 0, high] =
    [[1, 4], [5, 9], [10, 19], [20, 39], [40, 79], [80, 159], [160, 319]].find(([, most]) => count <= (most ?? 0)) ??
      [320];
  return high === undefined ? `${low} and more` : `${low}–${high}`;
}
