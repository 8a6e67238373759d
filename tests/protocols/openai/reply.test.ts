import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../support/properties.ts";
import { UpstreamError } from "../../../src/errors.ts";
import { openai } from "../../../src/protocols/openai/openai.ts";
import type { Exchange } from "../../../src/protocols/protocol.ts";
import { exchangeOf, usageOf } from "./streams.ts";

const MESSAGE = { role: "assistant", content: "hi", refusal: null };
const CALL = { id: "f1", type: "function", function: { name: "a", arguments: '{"x":1}' } };

function replyOf(message: unknown, choice: Record<string, unknown> = {}, more: Record<string, unknown> = {}) {
  const choices = [{ index: 0, message, logprobs: null, finish_reason: "stop", ...choice }];
  return { id: "c1", object: "chat.completion", created: 5, model: "m", choices, ...more };
}

const clean = (body: unknown, options: Partial<Exchange> = {}) => openai.reply(body, exchangeOf(options));

for (
  const [what, body] of [
    ["text", replyOf(MESSAGE, {}, { usage: usageOf(1, 1) })],
    ["calls", replyOf({ ...MESSAGE, content: null, tool_calls: [CALL] }, { finish_reason: "tool_calls" })],
    ["a refusal", replyOf({ ...MESSAGE, content: null, refusal: "no" })],
    ["audio", replyOf({ ...MESSAGE, content: null, audio: { id: "a", data: "", transcript: "" } })],
    [
      "reasoning and unknown fields",
      replyOf({ ...MESSAGE, reasoning_content: "hm", annotations: [], new: 1 }, { x: 1 }, {
        service_tier: "default",
        y: {},
      }),
    ],
  ] as const
) {
  test(`a clean reply is passed on as the same object: ${what}`, () => assert.equal(clean(body), body));
}

const FIXES: [string, unknown, unknown][] = [
  ["content missing", replyOf({ role: "assistant" }), replyOf({ ...MESSAGE, content: "" })],
  [
    "content missing beside calls",
    replyOf({ tool_calls: [CALL] }, { finish_reason: "tool_calls" }),
    replyOf({ ...MESSAGE, content: null, tool_calls: [CALL] }, { finish_reason: "tool_calls" }),
  ],
  [
    "content as parts",
    replyOf({
      role: "assistant",
      content: [{ type: "thinking", thinking: [{ type: "text", text: "hm" }] }, { type: "text", text: "a" }, {
        type: "text",
        text: "b",
      }],
    }),
    replyOf({ ...MESSAGE, content: "ab", reasoning_content: "hm" }),
  ],
  ["reasoning", replyOf({ ...MESSAGE, reasoning: "hm" }), replyOf({ ...MESSAGE, reasoning_content: "hm" })],
  [
    "arguments as an object",
    replyOf({ ...MESSAGE, tool_calls: [{ ...CALL, function: { name: "a", arguments: { x: 1 } } }] }, {
      finish_reason: "tool_calls",
    }),
    replyOf({ ...MESSAGE, tool_calls: [CALL] }, { finish_reason: "tool_calls" }),
  ],
  [
    "arguments missing",
    replyOf({ ...MESSAGE, tool_calls: [{ ...CALL, function: { name: "a" } }] }, { finish_reason: "tool_calls" }),
    replyOf({ ...MESSAGE, tool_calls: [{ ...CALL, function: { name: "a", arguments: "{}" } }] }, {
      finish_reason: "tool_calls",
    }),
  ],
  [
    "a call without id and type",
    replyOf({ ...MESSAGE, tool_calls: [{ function: CALL.function }] }, { finish_reason: "tool_calls" }),
    replyOf({ ...MESSAGE, tool_calls: [{ ...CALL, id: "call_test" }] }, { finish_reason: "tool_calls" }),
  ],
  ["tool_calls null", replyOf({ ...MESSAGE, tool_calls: null }), replyOf(MESSAGE)],
  [
    "a plain stop after calls",
    replyOf({ ...MESSAGE, tool_calls: [CALL] }),
    replyOf({ ...MESSAGE, tool_calls: [CALL] }, { finish_reason: "tool_calls" }),
  ],
  ["a finish reason outside the list", replyOf(MESSAGE, { finish_reason: "eos" }), replyOf(MESSAGE)],
  ["no finish reason", replyOf(MESSAGE, { finish_reason: null }), replyOf(MESSAGE)],
  [
    "the window's end",
    replyOf(MESSAGE, { finish_reason: "model_length" }),
    replyOf(MESSAGE, { finish_reason: "length" }),
  ],
  [
    "usage in Groq's corner",
    replyOf(MESSAGE, {}, { x_groq: { usage: usageOf(1, 1) } }),
    replyOf(MESSAGE, {}, { usage: usageOf(1, 1) }),
  ],
  [
    "usage without a total",
    replyOf(MESSAGE, {}, { usage: { prompt_tokens: 2, completion_tokens: 3 } }),
    replyOf(MESSAGE, {}, { usage: usageOf(2, 3) }),
  ],
  [
    "nothing but choices",
    { choices: [{ message: { content: "hi" } }] },
    replyOf(MESSAGE, {}, { id: "chatcmpl-test", created: 1764000000, model: "" }),
  ],
  ["an error that is null", replyOf(MESSAGE, {}, { error: null }), replyOf(MESSAGE)],
];

for (const [what, dirty, want] of FIXES) {
  test(`a whole reply is mended: ${what}`, () => {
    const before = JSON.stringify(dirty);
    assert.deepEqual(clean(dirty, { fixToolFinish: true }), want);
    assert.equal(JSON.stringify(dirty), before);
  });
}

test("OpenAI's own stop after a forced call stays", () => {
  const body = replyOf({ ...MESSAGE, tool_calls: [CALL] });
  assert.equal(clean(body), body);
});

function failureOf(body: unknown): UpstreamError {
  try {
    clean(body);
  } catch (error) {
    assert.ok(error instanceof UpstreamError, String(error));
    return error;
  }
  return assert.fail("it was taken");
}

for (
  const [what, body, status, code, counts] of [
    ["an error of OpenRouter's", { error: { code: 503, message: "No provider" } }, 503, "503", true],
    ["one beside choices", replyOf(MESSAGE, {}, { error: { code: 502, message: "x" } }), 502, "502", true],
    ["one that blames the request", { error: { code: 400, message: "x" } }, 400, "400", false],
    ["a rate limit", { error: { code: 429, message: "x" } }, 429, "429", false],
    ["one with a word for a code", { error: { code: "overloaded", message: "x" } }, 502, "overloaded", true],
    ["one with another number", { error: { code: 3280, message: "x" } }, 502, "3280", true],
    ["one in a list", [{ error: { code: 500, message: "x" } }], 500, "500", true],
    ["a text", { error: "boom" }, 502, null, true],
    ["a list", [], 502, "upstream_invalid", true],
    ["null", null, 502, "upstream_invalid", true],
    ["a string", "ok", 502, "upstream_invalid", true],
    ["no choices", { id: "c1" }, 502, "upstream_invalid", true],
    ["choices that are none", { choices: [] }, 502, "upstream_invalid", true],
    ["choices that are no objects", { choices: [null, "x"] }, 502, "upstream_invalid", true],
    [
      "a finish reason that is an error",
      replyOf(MESSAGE, { finish_reason: "insufficient_system_resource" }),
      502,
      "upstream_invalid",
      true,
    ],
    [
      "nothing said and a native error",
      replyOf({ content: "" }, { native_finish_reason: "network_error" }),
      502,
      "upstream_invalid",
      true,
    ],
  ] as const
) {
  test(`a 200 that holds ${what} is a failure worth another target`, () => {
    const error = failureOf(body);
    assert.deepEqual([error.status, error.detail.code, error.retryable, error.counts], [status, code, true, counts]);
    assert.deepEqual(Object.keys(error.detail).sort(), ["code", "message", "param", "type"]);
  });
}

test("arbitrary JSON is mended or refused, and nothing else happens", () => {
  const keys = fc.constantFrom(
    "choices",
    "message",
    "content",
    "tool_calls",
    "function",
    "arguments",
    "usage",
    "error",
    "x_groq",
    "__proto__",
    "finish_reason",
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 6 },
      fc.constantFrom<unknown>("stop", "", null, true, 1, "error"),
      fc.jsonValue({ maxDepth: 1 }),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(keys, tie("value"), { maxKeys: 6 }),
    ),
  }));
  fc.assert(
    fc.property(value, (body) => {
      for (const one of [body, { choices: body }, { choices: [body] }, replyOf(body)]) {
        try {
          const reply = clean(one);
          assert.deepEqual(clean(reply), reply);
        } catch (error) {
          assert.ok(error instanceof UpstreamError, String(error));
        }
      }
    }),
    { numRuns: 500 },
  );
});
