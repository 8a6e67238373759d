import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../support/properties.ts";
import { RouterError } from "../../../src/errors.ts";
import { parseChat, parseMessages } from "../../../src/protocols/openai/wire.ts";

const USER = { role: "user", content: "hi" };
const of = (fields: Record<string, unknown>) => ({ model: "auto", messages: [USER], ...fields });
const said = (message: unknown) => of({ messages: [USER, message] });

function faultOf(body: unknown): RouterError {
  try {
    parseChat(body);
  } catch (error) {
    assert.ok(error instanceof RouterError, String(error));
    return error;
  }
  return assert.fail("it was taken");
}

for (
  const [param, body] of [
    [null, null],
    [null, []],
    [null, "text"],
    ["model", { messages: [USER] }],
    ["model", of({ model: "" })],
    ["model", of({ model: 5 })],
    ["messages", { model: "auto" }],
    ["messages", of({ messages: [] })],
    ["messages", of({ messages: "hi" })],
    ["messages", of({ messages: { 0: USER } })],
    ["messages[1]", said(null)],
    ["messages[1]", said("hi")],
    ["messages[1]", said([USER])],
    ["messages[1].role", said({ content: "hi" })],
    ["messages[1].role", said({ role: "robot", content: "hi" })],
    ["messages[1].content", said({ role: "user", content: 5 })],
    ["messages[1].content", said({ role: "user", content: { text: "hi" } })],
    ["messages[1].content[1]", said({ role: "user", content: [{ type: "text", text: "a" }, "b"] })],
    ["messages[1].content[0].type", said({ role: "user", content: [{ text: "a" }] })],
    ["messages[1].content[0].text", said({ role: "user", content: [{ type: "text" }] })],
    ["messages[1].tool_calls", said({ role: "assistant", tool_calls: "f" })],
    ["messages[1].tool_calls", said({ role: "assistant", tool_calls: ["f"] })],
    ["messages[1].tool_call_id", said({ role: "tool", content: "x" })],
    ["stream", of({ stream: "yes" })],
    ["stream_options", of({ stream: true, stream_options: "usage" })],
    ["stream_options.include_usage", of({ stream: true, stream_options: { include_usage: 1 } })],
    ["n", of({ n: "2" })],
    ["n", of({ n: 0 })],
    ["max_tokens", of({ max_tokens: "many" })],
    ["max_completion_tokens", of({ max_completion_tokens: 1.5 })],
    ["tools", of({ tools: {} })],
    ["tools[1]", of({ tools: [{ type: "function" }, "f"] })],
  ] as const
) {
  test(`refused, with ${param} named: ${JSON.stringify(body)}`, () => {
    const { status, code, type, param: named, message } = faultOf(body);
    assert.deepEqual([status, code, type, named], [400, "invalid_value", "invalid_request_error", param]);
    if (param) assert.ok(message.includes(param), message);
    assert.match(message, /: (it|the|a) .*must/);
    assert.ok(!message.endsWith("."));
  });
}

test("an error shows at most 80 characters of the value", () => {
  const { message } = faultOf(said({ role: "x".repeat(1_000_000), content: "hi" }));
  assert.ok(message.includes(`("${"x".repeat(79)}…)`) && message.length < 250, message.slice(0, 300));
});

for (
  const [what, body] of [
    [
      "null content and absent content",
      of({ messages: [{ role: "assistant", content: null }, { role: "assistant" }] }),
    ],
    [
      "every role",
      of({ messages: ["system", "developer", "user", "assistant", "function"].map((role) => ({ role, content: "" })) }),
    ],
    ["a tool's result", said({ role: "tool", content: [{ type: "text", text: "x" }], tool_call_id: "f1" })],
    [
      "nulls where OpenAI takes them",
      of({ stream: null, stream_options: null, n: null, max_tokens: null, tools: null }),
    ],
    ["parts of types that we do not know", said({ role: "user", content: [{ type: "hologram", data: 1 }] })],
    ["fields that we do not know", of({ novelty: { deep: [1] }, messages: [{ ...USER, extra: 1 }] })],
    ["options of a stream that is none", of({ stream: false, stream_options: { include_usage: true } })],
  ] as const
) {
  test(`taken as it came: ${what}`, () => {
    const before = JSON.stringify(body);
    assert.equal(parseChat(body), body);
    assert.equal(JSON.stringify(body), before);
  });
}

test("10,000 messages and 30 MB of text are checked within 100 ms", () => {
  const text = "x".repeat(3000);
  const messages = Array.from(
    { length: 10_000 },
    (_, at) => ({ role: at % 2 ? "assistant" : "user", content: [{ type: "text", text }] }),
  );
  const started = performance.now();
  parseChat({ model: "auto", messages });
  const ms = performance.now() - started;
  assert.ok(ms < 100, `${ms} ms`);
});

test("messages alone are checked as they are in a request", () => {
  assert.throws(() => parseMessages([{ role: "user", content: 1 }]), { param: "messages[0].content" });
  assert.deepEqual(parseMessages([USER]), [USER]);
});

test("arbitrary JSON is taken or refused, and nothing else happens", () => {
  const keys = fc.constantFrom(
    "model",
    "messages",
    "role",
    "content",
    "stream",
    "tools",
    "n",
    "__proto__",
    "tool_calls",
  );
  const { value } = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom<unknown>("user", "tool", "text", "", null, true, 1),
      fc.jsonValue({ maxDepth: 1 }),
      fc.array(tie("value"), { maxLength: 3 }),
      fc.dictionary(keys, tie("value"), { maxKeys: 6 }),
    ),
  }));
  fc.assert(
    fc.property(value, fc.boolean(), (body, wrapped) => {
      try {
        parseChat(wrapped ? of({ messages: [body] }) : body);
      } catch (error) {
        assert.ok(error instanceof RouterError && error.status === 400, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
