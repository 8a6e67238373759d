import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../support/properties.ts";
import { nineCharacters } from "../../../src/protocols/openai/messages.ts";
import { openai } from "../../../src/protocols/openai/openai.ts";
import type { ChatMessage } from "../../../src/protocols/protocol.ts";
import { providerOf } from "../../../src/providers/catalog.ts";

const CALL = { id: "f1", type: "function", function: { name: "a", arguments: "{}" } };
const SIGNED = { google: { thought_signature: "S" } };
const UNSIGNED = { google: { thought_signature: "skip_thought_signature_validator" } };

function sent(provider: string, model: string, messages: ChatMessage[]) {
  const dialect = providerOf(provider)?.dialect ?? {};
  const before = JSON.stringify(messages);
  const destination = { provider, model, dialect, refuses: [], extraBody: {}, streamUsage: false };
  const { body, dropped } = openai.request({ model: "auto", messages }, destination);
  assert.equal(JSON.stringify(messages), before, "the client's messages were changed");
  return { messages: body.messages as ChatMessage[], dropped };
}

const turn = (more: Record<string, unknown>): ChatMessage => ({ role: "assistant", content: "x", ...more });
const calling = (call: Record<string, unknown>, more = {}) => turn({ content: "", tool_calls: [call], ...more });

/** A message as the client sent it, and as it is sent on. */
const SHAPED: [string, string, ChatMessage, ChatMessage, string[]?][] = [
  ["mistral", "m", turn({ reasoning_content: "hm", refusal: null, annotations: [] }), turn({}), [
    "messages.annotations",
    "messages.reasoning_content",
  ]],
  ["mistral", "m", turn({ name: "n", prefix: true }), turn({ name: "n", prefix: true })],
  [
    "mistral",
    "m",
    calling({ ...CALL, id: "abcdefghi", extra_content: SIGNED }),
    calling({ ...CALL, id: "abcdefghi" }),
    ["messages.tool_calls.extra_content"],
  ],
  ["groq", "m", turn({ name: "n", metadata: {}, reasoning: "hm" }), turn({}), [
    "messages.metadata",
    "messages.name",
    "messages.reasoning",
  ]],
  ["groq", "m", calling({ index: 0, ...CALL }), calling(CALL)],
  ["google", "gemini-2.5-pro", turn({ reasoning_content: "hm" }), turn({}), ["messages.reasoning_content"]],
  [
    "openai",
    "m",
    turn({ reasoning_content: "hm", thinking_blocks: [], refusal: null, audio: null, annotations: [] }),
    turn({ refusal: null, audio: null, annotations: [] }),
    ["messages.reasoning_content", "messages.thinking_blocks"],
  ],
  ["openai", "m", calling({ ...CALL, extra_content: SIGNED }), calling(CALL), ["messages.tool_calls.extra_content"]],
  [
    "openrouter",
    "m",
    turn({ reasoning: "hm", reasoning_details: [{ a: 1 }] }),
    turn({ reasoning: "hm", reasoning_details: [{ a: 1 }] }),
  ],
  ["custom", "m", turn({ content: null, refusal: null, audio: null, own: 1 }), turn({ content: null, own: 1 })],
  ["deepseek", "deepseek-v4", calling(CALL), calling(CALL, { reasoning_content: "" })],
  ["deepseek", "deepseek-v4", calling(CALL, { reasoning_content: null }), calling(CALL, { reasoning_content: "" })],
  ["deepseek", "deepseek-v4", calling(CALL, { reasoning_content: "hm" }), calling(CALL, { reasoning_content: "hm" })],
  ["deepseek", "deepseek-v4", turn({}), turn({})],
  ["deepseek", "deepseek-r1", turn({ reasoning_content: "hm" }), turn({})],
  ["ollama", "m", calling({ ...CALL, function: { name: "a", arguments: "" } }), calling(CALL)],
  [
    "ollama",
    "m",
    calling({ ...CALL, function: { name: "a", arguments: "{oops" } }),
    calling({ ...CALL, function: { name: "a", arguments: '{"raw_arguments":"{oops"}' } }),
  ],
  ["google", "gemini-3-pro", calling(CALL), calling({ ...CALL, extra_content: UNSIGNED })],
  ["google", "gemini-2.5-pro", calling(CALL), calling(CALL)],
];

for (const [provider, model, message, want, dropped = []] of SHAPED) {
  test(`${provider} ${model} gets ${JSON.stringify(message)} as it takes it`, () => {
    const result = sent(provider, model, [message]);
    assert.deepEqual([result.messages, result.dropped], [[want], dropped]);
    if (JSON.stringify(message) === JSON.stringify(want)) assert.equal(result.messages[0], message);
  });
}

test("a long id becomes nine letters and digits for Mistral, and call and result still match", () => {
  const id = "call_abcdefghijklmnopqrst";
  const other = { ...CALL, id: "call_abcdefghijklmnopqrsu" };
  const history = [turn({ tool_calls: [{ ...CALL, id }, other] }), { role: "tool", tool_call_id: id, content: "x" }];
  for (
    const [provider, model] of [
      ["mistral", "mistral-large"],
      ["openrouter", "mistralai/mistral-small"],
      ["custom", "Mixtral-8x7B"],
      ["together", "mistralai/Mistral-7B"],
    ] as const
  ) {
    const [asked, answered] = sent(provider, model, history).messages;
    const ids = asked?.tool_calls?.map((call) => call.id) ?? [];
    assert.ok(ids.every((one) => /^[A-Za-z0-9]{9}$/.test(one ?? "")) && ids[0] !== ids[1], ids.join());
    assert.equal(answered?.tool_call_id, ids[0]);
  }
});

test("ids stay for models that take any", () => {
  const history = [calling({ ...CALL, id: "functions.x:0" })];
  for (const provider of ["openai", "groq", "custom", "openrouter"]) {
    assert.equal(sent(provider, "llama-4", history).messages[0]?.tool_calls?.[0]?.id, "functions.x:0");
  }
});

test("a thought's signature goes back to Google byte for byte", () => {
  const message = calling({ ...CALL, extra_content: SIGNED });
  for (const model of ["gemini-2.5-pro", "gemini-3-pro"]) {
    assert.equal(sent("google", model, [message]).messages[0], message);
  }
});

for (const [provider, model] of [["ollama", "llama3.2"], ["google", "gemini-2.5-pro"]] as const) {
  for (const message of [turn({ content: null }), { role: "assistant" }, calling(CALL, { content: null })]) {
    test(`${JSON.stringify(message)} reaches ${provider} with an empty text`, () => {
      assert.equal(sent(provider, model, [message]).messages[0]?.content, "");
    });
  }
}

test("nine characters are the same for the same id, legal, and keep what is legal", () => {
  fc.assert(fc.property(fc.string(), (id) => {
    const short = nineCharacters(id);
    assert.match(short, /^[A-Za-z0-9]{9}$/);
    assert.equal(nineCharacters(id), short);
    assert.equal(nineCharacters(short), short);
  }));
  const many = new Set(Array.from({ length: 20_000 }, (_, at) => nineCharacters(`call_${at}`)));
  assert.equal(many.size, 20_000);
});
