import assert from "node:assert/strict";
import { test } from "node:test";
import { calling, extrasOf, type Json, resultOf, SONNET, USER, wireOf } from "./given.ts";

const ADAPTIVE = { type: "adaptive", display: "summarized" };
const adaptive = (effort: string) => ({ thinking: ADAPTIVE, output_config: { effort } });
const budget = (tokens: number) => ({ thinking: { type: "enabled", budget_tokens: tokens } });

const ROWS: [model: string, effort: unknown, sent: Json, maxTokens?: number][] = [
  ["claude-opus-5", undefined, {}],
  ["claude-opus-5", null, {}],
  ["claude-opus-5", "none", { thinking: { type: "disabled" } }],
  ["claude-opus-5-5", "none", { output_config: { effort: "low" } }],
  ["claude-sonnet-5-5", "none", { thinking: { type: "between_tools" } }],
  ["claude-opus-5", "minimal", adaptive("low")],
  ["claude-opus-5", "low", adaptive("low")],
  ["claude-opus-5", "medium", adaptive("medium")],
  ["claude-opus-5", "high", adaptive("high")],
  ["claude-opus-5", "xhigh", adaptive("xhigh")],
  ["claude-opus-5", "max", adaptive("max")],
  ["claude-opus-4-6", "xhigh", adaptive("high")],
  ["claude-opus-4-6", "max", adaptive("max")],
  ["claude-opus-4-6", "none", { thinking: { type: "disabled" } }],
  ["claude-opus-5", "sideways", {}],
  ["claude-opus-5", "constructor", {}],
  [SONNET, undefined, {}, 20_000],
  [SONNET, "none", {}, 20_000],
  [SONNET, "minimal", budget(1200), 60_000],
  [SONNET, "low", budget(2000), 20_000],
  [SONNET, "medium", budget(6000), 20_000],
  [SONNET, "high", budget(12_000), 20_000],
  [SONNET, "xhigh", budget(18_000), 20_000],
  [SONNET, "max", budget(19_000), 20_000],
  [SONNET, "minimal", budget(1024), 20_000],
  [SONNET, "low", budget(1024), 1025],
  [SONNET, "max", {}, 1024],
  [SONNET, "high", budget(12_799)],
  [SONNET, "sideways", {}, 20_000],
  [SONNET, "toString", {}, 20_000],
  [SONNET, 5, {}, 20_000],
  ["claude-opus-4-5", "high", budget(12_000), 20_000],
  ["claude-3-7-sonnet", "high", {}, 4000],
];

for (const [model, reasoning_effort, want, max_tokens] of ROWS) {
  test(`reasoning: ${reasoning_effort} of ${max_tokens ?? "all"} tokens for ${model}`, () => {
    assert.deepEqual(extrasOf({ reasoning_effort, max_tokens }, model), want);
  });
}

const THOUGHT = { type: "thinking", thinking: "hm", signature: "c2ln" };
const HIDDEN = { type: "redacted_thinking", data: "ZGF0YQ==" };
const loop = (more: Json) => [USER, calling("c1", more), resultOf("c1")];

for (
  const [what, messages, thinks] of [
    ["in a tool loop without signed thinking", loop({}), false],
    ["in a tool loop with unsigned thinking", loop({ reasoning_content: "hm" }), false],
    ["in a tool loop with signed thinking", loop({ thinking_blocks: [THOUGHT] }), true],
    ["in a tool loop with hidden thinking", loop({ thinking_blocks: [HIDDEN] }), true],
    ["in a tool loop where the user spoke too", [...loop({}), USER], false],
    ["after a tool loop", [...loop({}), { role: "assistant", content: "done" }, USER], true],
    [
      "in a loop whose last call alone lost its thinking",
      [...loop({ thinking_blocks: [THOUGHT] }), calling("c2"), resultOf("c2")],
      false,
    ],
  ] as [string, Json[], boolean][]
) {
  test(`reasoning: ${what} a budget is ${thinks ? "" : "not "}given`, () => {
    const fields = { messages, reasoning_effort: "low", max_tokens: 20_000 };
    assert.deepEqual(extrasOf(fields).thinking, thinks ? budget(2000).thinking : undefined);
  });
}

test("reasoning: a tool loop without signed thinking keeps a model that thinks by itself thinking", () => {
  const { thinking, output_config } = extrasOf({ messages: loop({}), reasoning_effort: "low" }, "claude-opus-5");
  assert.deepEqual({ thinking, output_config }, adaptive("low"));
});

test("reasoning: a client that speaks Anthropic's own words has the say", () => {
  const thinking = { type: "enabled", budget_tokens: 2000 };
  const fields = { thinking, reasoning_effort: "high", max_tokens: 9000, temperature: 0.5 };
  assert.deepEqual(extrasOf(fields), { thinking });
  assert.deepEqual(wireOf(fields).dropped, ["temperature"]);
});
