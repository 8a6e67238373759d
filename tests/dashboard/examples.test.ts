import assert from "node:assert/strict";
import { test } from "node:test";
import { readExamples } from "../../src/dashboard/examples.ts";

const tiers = ["simple", "medium"];
const read = (lines: string) => readExamples(lines, "simple", tiers);

test("a line is a prompt of the chosen tier, or names its own", () => {
  assert.deepEqual(read("lamp off\n\n medium: Explain tides \nnote: buy milk\n"), [
    { text: "lamp off", tier: "simple" },
    { text: "Explain tides", tier: "medium" },
    { text: "note: buy milk", tier: "simple" },
  ]);
});

test("JSON lines are read, and their faults named with the line", () => {
  assert.deepEqual(read('{"text": "a: b", "tier": "medium"}'), [{ text: "a: b", tier: "medium" }]);
  for (
    const [lines, words] of [
      ["ok\n{nonsense", /Line 2 begins like JSON/],
      ['{"tier": "simple"}', /Line 1 has no "text"/],
      ['{"text": "a", "tier": "huge"}', /Line 1: its "tier" is none of simple, medium/],
    ] as const
  ) assert.throws(() => read(lines), words);
});
