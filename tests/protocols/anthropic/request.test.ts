import assert from "node:assert/strict";
import { test } from "node:test";
import { extrasOf, type Json, refused, sent, SONNET, TOOL, wireOf } from "./given.ts";

for (
  const [model, fields, limit] of [
    [SONNET, { max_tokens: 9 }, 9],
    [SONNET, { max_completion_tokens: 9 }, 9],
    [SONNET, { max_tokens: 7, max_completion_tokens: 9 }, 9],
    [SONNET, { max_tokens: 9, max_completion_tokens: null }, 9],
    [SONNET, { max_tokens: 1_000_000 }, 64_000],
    [SONNET, {}, 21_333],
    [SONNET, { max_tokens: null }, 21_333],
    [SONNET, { stream: true }, 64_000],
    ["claude-3-haiku", {}, 4096],
    ["claude-3-haiku", { stream: true }, 4096],
    ["claude-3-haiku", { max_tokens: 9000 }, 4096],
    ["claude-opus-4-1", { stream: true }, 32_000],
    ["claude-opus-5", { stream: true }, 128_000],
    // The limit has the thinking in it, on both sides.
    [SONNET, { max_tokens: 8000, reasoning_effort: "high" }, 8000],
  ] as const
) {
  test(`limit: ${JSON.stringify(fields)} is ${limit} tokens for ${model}`, () => {
    assert.equal(sent({ max_tokens: undefined, ...fields }, model).max_tokens, limit);
  });
}

const REFUSES_SAMPLING = "claude-opus-4-7";
for (
  const [model, fields, want, dropped] of [
    [SONNET, { temperature: 0.3 }, { temperature: 0.3 }, []],
    [SONNET, { temperature: 1.7 }, { temperature: 1 }, []],
    [SONNET, { temperature: -1 }, { temperature: 0 }, []],
    [SONNET, { temperature: 0 }, { temperature: 0 }, []],
    [SONNET, { top_p: 0.9 }, { top_p: 0.9 }, []],
    [SONNET, { temperature: 0.2, top_p: 0.9, top_k: 5 }, { temperature: 0.2, top_k: 5 }, ["top_p"]],
    [SONNET, { temperature: null, top_p: 0.9 }, { top_p: 0.9 }, []],
    [REFUSES_SAMPLING, { temperature: 1, top_p: 1, top_k: 5 }, {}, ["temperature", "top_k", "top_p"]],
    [REFUSES_SAMPLING, { temperature: null }, {}, []],
  ] as [string, Json, Json, string[]][]
) {
  test(`sampling: ${JSON.stringify(fields)} is sent to ${model} as ${JSON.stringify(want)}`, () => {
    assert.deepEqual([extrasOf(fields, model), wireOf(fields, model).dropped], [want, dropped]);
  });
}

test("sampling: nothing of it goes with thinking", () => {
  const fields = { temperature: 0.3, top_p: 0.5, top_k: 5, reasoning_effort: "low", max_tokens: 9000 };
  assert.deepEqual(extrasOf(fields), { thinking: { type: "enabled", budget_tokens: 1024 } });
  assert.deepEqual(wireOf(fields).dropped, ["temperature", "top_k", "top_p"]);
});

for (
  const [fields, want, dropped = []] of [
    [{ stop: "END" }, { stop_sequences: ["END"] }],
    [{ stop: ["a", " ", "", "\n", "b"] }, { stop_sequences: ["a", "b"] }],
    [{ stop: " " }, {}],
    [{ stop: null }, {}],
    [{ user: "u" }, { metadata: { user_id: "u" } }],
    [{ user: "u", safety_identifier: "s" }, { metadata: { user_id: "s" } }],
    [{ user: "" }, {}],
    [{ service_tier: "auto" }, { service_tier: "auto" }],
    [{ service_tier: "default" }, { service_tier: "standard_only" }],
    ...["flex", "scale", "priority", "fast"].map((service_tier) => [{ service_tier }, {}, ["service_tier"]]),
    [{ n: 1, modalities: ["text"], stream: false, stream_options: { include_usage: true } }, {}],
    [{ stream: true, stream_options: { include_usage: true } }, { stream: true }],
    [{ n: null, audio: null, logit_bias: null, tools: null, stream: null }, {}],
    ...[
      "verbosity",
      "frequency_penalty",
      "presence_penalty",
      "logit_bias",
      "logprobs",
      "top_logprobs",
      "seed",
      "prompt_cache_key",
      "prompt_cache_options",
      "prompt_cache_retention",
      "store",
      "metadata",
      "prediction",
      "moderation",
      "web_search_options",
      "a_field_of_next_year",
    ].map((field) => [{ [field]: 1 }, {}, [field]]),
  ] as [Json, Json, string[]?][]
) {
  test(`fields: ${JSON.stringify(fields)} is sent as ${JSON.stringify(want)}`, () => {
    assert.deepEqual([extrasOf(fields), wireOf(fields).dropped], [want, dropped]);
  });
}

for (
  const [fields, param] of [
    [{ n: 2 }, "n"],
    [{ modalities: ["text", "audio"] }, "modalities"],
    [{ audio: { voice: "x", format: "wav" } }, "audio"],
  ] as const
) {
  test(`fields: ${JSON.stringify(fields)} is refused`, () => refused(fields, param));
}

test("fields: what the owner refuses is not sent under any name, and what the owner adds wins", () => {
  const refuses = ["stop", "user", "tool_choice", "n"];
  const fields = { stop: "a", user: "u", tools: [TOOL], tool_choice: "required", n: 5, temperature: 0.5 };
  const { body, dropped } = wireOf(fields, SONNET, { refuses, extraBody: { temperature: 0, container: "c" } });
  const { messages: _, tools: __, ...rest } = body;
  assert.deepEqual(rest, { model: SONNET, max_tokens: 50, temperature: 0, container: "c" });
  assert.deepEqual(dropped, ["n", "stop", "tool_choice", "user"]);
});

test("fields: usage is wanted only by who asks for it on a stream", () => {
  const wants = (fields: Json) => wireOf(fields).exchange.wantsUsage;
  assert.equal(wants({ stream: true, stream_options: { include_usage: true } }), true);
  assert.equal(wants({ stream: true }), false);
  assert.equal(wants({ stream_options: { include_usage: true } }), false);
});

test("fields: thousands of unknown ones do not make a header of thousands of names", () => {
  const fields = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`field${at}`.repeat(20), 1]));
  assert.ok(wireOf(fields).dropped.join(",").length < 4000);
});

test("fields: names of an object's own machinery are fields like any other", () => {
  const fields = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 1, "reasoning_effort": "constructor"}');
  assert.deepEqual(wireOf(fields).dropped, ["__proto__", "constructor"]);
  assert.equal("polluted" in sent(JSON.parse('{"metadata": {"__proto__": {"polluted": 1}}}')), false);
});
