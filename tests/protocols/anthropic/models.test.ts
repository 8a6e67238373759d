import assert from "node:assert/strict";
import { test } from "node:test";
import { type ModelTraits, traitsOf } from "../../../src/protocols/anthropic/models.ts";

const ALL = "low medium high xhigh max";
type Row = [
  models: string[],
  maxOutput: number,
  sampling: boolean,
  thinking: ModelTraits["thinking"],
  disable: ModelTraits["disable"],
  efforts: string,
  json: boolean,
  forcedTool: ModelTraits["forcedTool"],
];

const ROWS: Row[] = [
  [["claude-sonnet-5-5"], 128_000, false, "adaptive", "between_tools", ALL, true, "no"],
  [
    ["claude-opus-5-5", "claude-fable-5-1", "claude-fable-5-2-20261101"],
    128_000,
    false,
    "adaptive",
    "no",
    ALL,
    true,
    "no",
  ],
  [["claude-fable-5"], 128_000, false, "adaptive", "no", ALL, true, "yes"],
  [["claude-haiku-5-5", "claude-opus-5"], 128_000, false, "adaptive", "yes", ALL, true, "yes"],
  [["claude-sonnet-5", "claude-opus-4-7", "claude-opus-4-8"], 128_000, false, "adaptive", "yes", ALL, true, "yes"],
  [["claude-sonnet-4-6", "claude-opus-4-6"], 128_000, true, "adaptive", "yes", "low medium high max", true, "yes"],
  [["claude-opus-4-5-20251101"], 64_000, true, "budget", undefined, "low medium high", true, "not_thinking"],
  [["claude-sonnet-4-5", "claude-haiku-4-5"], 64_000, true, "budget", undefined, "", true, "not_thinking"],
  [["claude-opus-4-1"], 32_000, true, "budget", undefined, "", true, "not_thinking"],
  [["claude-sonnet-4-20250514"], 64_000, true, "budget", undefined, "", false, "not_thinking"],
  [["claude-opus-4-20250514"], 32_000, true, "budget", undefined, "", false, "not_thinking"],
  [
    ["claude-3-5-haiku-latest", "claude-3-7-sonnet", "claude-2.1", "claude-instant-1.2"],
    4096,
    true,
    "none",
    undefined,
    "",
    false,
    "yes",
  ],
  [["claude-next", "my-proxy-model"], 128_000, false, "adaptive", "yes", ALL, true, "yes"],
];

for (const [models, maxOutput, sampling, thinking, disable, efforts, json, forcedTool] of ROWS) {
  for (const model of models) {
    test(`models: ${model} has the traits of its row`, () => {
      const { efforts: words, disable: off, ...rest } = traitsOf(model);
      assert.deepEqual(rest, { maxOutput, sampling, thinking, json, forcedTool });
      assert.deepEqual([words.join(" "), off], [efforts, disable]);
    });
  }
}

test("models: a vendor's prefix before the id does not matter", () => {
  assert.equal(traitsOf("eu.anthropic.claude-sonnet-4-5-v1:0"), traitsOf("claude-sonnet-4-5"));
});
