import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../support/properties.ts";
import { RouterError, UpstreamError } from "../../src/errors.ts";
import { protocols } from "../../src/protocols/all.ts";
import { parseChat, parseMessages } from "../../src/protocols/openai/wire.ts";
import { objectsIn } from "../../src/protocols/json.ts";
import type { Destination, Exchange, StreamPart } from "../../src/protocols/protocol.ts";
import { providerNames, providerOf } from "../../src/providers/catalog.ts";
import { readEvents } from "../../src/sse.ts";
import { fixture, type Json } from "./anthropic/given.ts";
import { pairs } from "./openai/streams.ts";

const NAMES = ["openai", "anthropic"] as const;
const RUNS = { numRuns: 300 };

function exchangeOf(more: Partial<Exchange> = {}): Exchange {
  return { wantsUsage: true, created: 1, newCallId: () => "call_test", ...more };
}

function destinationOf(provider: string, model: string): Destination {
  const dialect = providerOf(provider)?.dialect ?? {};
  return { provider, model, dialect, refuses: [], extraBody: {}, streamUsage: true };
}

// Streams in any pieces

const framed = (event: Json) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`;
/** Streams whose lines end with LF, by protocol. */
const STREAMS: [name: (typeof NAMES)[number], text: string][] = [
  ...Object.values(pairs).map(({ raw }): [(typeof NAMES)[number], string] => ["openai", raw.replaceAll("\r\n", "\n")]),
  ...Object.values<Json>(fixture("streams")).map(({ anthropic }): [(typeof NAMES)[number], string] => {
    return ["anthropic", anthropic.map(framed).join("")];
  }),
];

function partsOf(name: (typeof NAMES)[number], pieces: Uint8Array[], more: Partial<Exchange> = {}) {
  const events = ReadableStream.from(pieces).pipeThrough(readEvents());
  return Array.fromAsync(events.pipeThrough(protocols[name].stream(exchangeOf(more))));
}

/** The bytes, cut at these places; a place may be named twice, for an empty piece. */
function cut(bytes: Uint8Array, places: readonly number[]): Uint8Array[] {
  const sorted = [...places.map((place) => place % (bytes.length + 1)), 0, bytes.length].sort((a, b) => a - b);
  return sorted.slice(1).map((end, at) => bytes.slice(sorted[at], end));
}

test("a stream in any pieces, with any line ends, gives the same parts", async () => {
  const property = fc.asyncProperty(
    fc.constantFrom(...STREAMS),
    fc.constantFrom("\n", "\r\n", "\r"),
    fc.array(fc.nat(), { maxLength: 30 }),
    async ([name, text], eol, places) => {
      const encode = (said: string) => new TextEncoder().encode(said);
      const want = await partsOf(name, [encode(text)]);
      assert.deepEqual(await partsOf(name, cut(encode(text.replaceAll("\n", eol)), places)), want);
    },
  );
  await fc.assert(property, { numRuns: 200 });
});

test("a stream that is cut anywhere gives the beginning of the whole, and one end", async () => {
  const property = fc.asyncProperty(fc.constantFrom(...STREAMS), fc.nat(), async ([name, text], place) => {
    const bytes = new TextEncoder().encode(text);
    const whole = await partsOf(name, [bytes]);
    const parts = await partsOf(name, [bytes.slice(0, place % (bytes.length + 1))]);
    endsOnce(parts);
    const said = ({ type }: StreamPart) => type === "chunk";
    assert.ok(isBeginning(parts.filter(said), whole.filter(said)), JSON.stringify(parts));
  });
  await fc.assert(property, { numRuns: 200 });
});

function isBeginning(parts: StreamPart[], whole: StreamPart[]): boolean {
  return JSON.stringify(parts) === JSON.stringify(whole.slice(0, parts.length));
}

function endsOnce(parts: StreamPart[]): void {
  const ends = parts.filter(({ type }) => type === "done" || type === "error");
  assert.deepEqual([ends.length, ends[0]], [1, parts.at(-1)]);
}

// Ids of tool calls

const anyId = fc.oneof(fc.string({ minLength: 1 }), fc.string({ unit: "binary", minLength: 1, maxLength: 60 }));

for (
  const [provider, model, legal] of [
    ["anthropic", "claude-sonnet-4-5", /^[A-Za-z0-9_-]+$/],
    ["mistral", "mistral-large", /^[A-Za-z0-9]{9}$/],
    ["openrouter", "mistralai/mistral-small", /^[A-Za-z0-9]{9}$/],
    ["openai", "gpt-5", /^/],
    ["groq", "llama", /^/],
  ] as const
) {
  test(`ids of calls reach ${provider} legal, still matching their results, and different ones differ`, () => {
    const property = fc.property(fc.uniqueArray(anyId, { minLength: 1, maxLength: 5 }), (ids) => {
      const tool_calls = ids.map((id) => ({ id, type: "function", function: { name: "w", arguments: "{}" } }));
      const results = ids.map((tool_call_id) => ({ role: "tool", tool_call_id, content: tool_call_id }));
      const messages = [{ role: "user", content: "x" }, { role: "assistant", content: null, tool_calls }, ...results];
      const name = providerOf(provider)?.protocol ?? "openai";
      const { body } = protocols[name].request({ model: "auto", messages }, destinationOf(provider, model));
      const [called, answered] = idsIn(JSON.parse(JSON.stringify(body)).messages);
      assert.deepEqual(answered, called);
      assert.equal(new Set(called).size, ids.length);
      for (const id of called) assert.match(id, legal);
    });
    fc.assert(property, RUNS);
  });
}

/** The ids of calls and of their results, in order, in either protocol's messages. */
function idsIn([_, asked, ...results]: Json[]): [string[], string[]] {
  const calls = asked.tool_calls ?? asked.content;
  const blocks = results.flatMap((result) => result.role === "tool" ? [result] : result.content);
  const id = (result: Json) => result.tool_call_id ?? result.tool_use_id;
  return [calls.map(({ id }: Json) => id), blocks.map(id)];
}

test("an id that a client got from Anthropic goes back as it came", () => {
  const upstream = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);
  const property = fc.property(upstream, fc.dictionary(fc.string(), fc.jsonValue()), (id, input) => {
    const content = [{ type: "tool_use", id, name: "w", input }];
    const { choices } = protocols.anthropic.reply({ id: "m", content }, exchangeOf()) as Json;
    const messages = [{ role: "user", content: "x" }, choices[0].message, {
      role: "tool",
      tool_call_id: id,
      content: "1",
    }];
    const { body } = protocols.anthropic.request(
      { model: "auto", messages },
      destinationOf("anthropic", "claude-opus-5"),
    );
    const [, asked, answered] = JSON.parse(JSON.stringify(body)).messages;
    assert.deepEqual(asked.content, JSON.parse(JSON.stringify(content)));
    assert.equal(answered.content[0].tool_use_id, id);
  });
  fc.assert(property, RUNS);
});

// Arbitrary JSON

/** Any JSON; names of an object's own machinery among its keys. */
const anyJson: fc.Arbitrary<Json> = fc.oneof(
  fc.jsonValue(),
  fc.constantFrom(
    ...['{"__proto__":{"x":1}}', '{"constructor":"x"}', "[[[]]]", "1e308", '"\\ud800"'].map((text) => JSON.parse(text)),
  ),
);

/** Objects with some of these keys; each value is of its kind, or anything. */
function objectOf(kinds: Record<string, fc.Arbitrary<Json>>): fc.Arbitrary<Json> {
  const shape = Object.entries(kinds).map(([key, kind]) => {
    return [key, fc.oneof({ weight: 4, arbitrary: kind }, { weight: 1, arbitrary: anyJson })] as const;
  });
  return fc.record(Object.fromEntries(shape), { requiredKeys: [] });
}

const one = (...values: Json[]) => fc.constantFrom(...values);
const some = (kind: fc.Arbitrary<Json>) =>
  fc.array(fc.oneof({ weight: 5, arbitrary: kind }, { weight: 1, arbitrary: anyJson }), { maxLength: 4 });
const word = fc.oneof(fc.string(), one("w", "c1", "", " ", "constructor", "__proto__"));
const count = fc.oneof(fc.integer({ min: -1, max: 3 }), one(1, 9000, 1e9, 0.5));
const url = one("data:image/png;base64,AAAA", "data:text/plain,%", "https://a.b/c", "data:", "x");

const schema: fc.Arbitrary<Json> = fc.letrec((tie) => ({
  schema: objectOf({
    type: one("object", "string", "array", ["object", "null"]),
    properties: fc.dictionary(word, fc.oneof({ depthSize: "small" }, one({ type: "string" }), tie("schema"))),
    required: some(word),
    items: one({ $ref: "#/$defs/w" }, {}),
    anyOf: some(one({ type: "null" }, { $ref: "#" })),
    $ref: one("#", "#/$defs/w", "https://a.b/c"),
    $defs: fc.dictionary(word, one({ $ref: "#/$defs/w" }, { type: "object" })),
    additionalProperties: one(true, false, {}),
    minimum: count,
  }),
})).schema;
const called = objectOf({
  name: word,
  arguments: one("{}", "", "{oops", "null"),
  parameters: schema,
  strict: fc.boolean(),
});
const call = objectOf({
  id: word,
  type: one("function", "custom"),
  function: called,
  custom: called,
  extra_content: anyJson,
});
const part = objectOf({
  type: one("text", "image_url", "file", "input_audio", "refusal"),
  text: word,
  refusal: word,
  image_url: fc.oneof(url, objectOf({ url, detail: word })),
  file: objectOf({ file_data: url, filename: word }),
  cache_control: anyJson,
});
const thought = objectOf({ type: one("thinking", "redacted_thinking", "reasoning.text"), signature: word, data: word });
const chatMessage = objectOf({
  role: one("system", "developer", "user", "assistant", "tool", "function"),
  content: fc.oneof(word, some(part)),
  tool_calls: some(call),
  tool_call_id: word,
  name: word,
  function_call: called,
  refusal: word,
  reasoning_content: word,
  thinking_blocks: some(thought),
  reasoning_details: some(thought),
});
const chat = objectOf({
  model: one("auto"),
  messages: some(chatMessage),
  stream: fc.boolean(),
  stream_options: objectOf({ include_usage: fc.boolean() }),
  max_tokens: count,
  max_completion_tokens: count,
  temperature: count,
  top_p: count,
  n: count,
  stop: fc.oneof(word, some(word)),
  tools: some(objectOf({ type: one("function"), function: called })),
  functions: some(called),
  function_call: one("auto", { name: "w" }),
  tool_choice: one("auto", "none", "required", { type: "function", function: { name: "w" } }, {
    type: "allowed_tools",
    allowed_tools: { mode: "auto", tools: [{ function: { name: "w" } }] },
  }),
  parallel_tool_calls: fc.boolean(),
  response_format: objectOf({
    type: one("json_schema", "json_object", "text"),
    json_schema: objectOf({ name: word, schema }),
  }),
  reasoning_effort: fc.oneof(word, one("none", "minimal", "low", "high", "max")),
  thinking: one({ type: "enabled", budget_tokens: 1 }, { type: "disabled" }),
  user: word,
  service_tier: word,
  modalities: one(["text"], ["audio"]),
});

const target = fc.oneof(
  fc.constantFrom(...providerNames).map((provider) => [provider, "m"] as const),
  fc.constantFrom(...["claude-opus-5-5", "claude-sonnet-5-5", "claude-opus-4-6", "claude-sonnet-4", "claude-3"]).map((
    model,
  ) => ["anthropic", model] as const),
  fc.constantFrom(["deepseek", "deepseek-r1"] as const, ["google", "gemini-3-pro"] as const, ["openai", "o3"] as const),
);

/** Without what is refused at the door, so that most of the others are translated. */
const asked = chat.map((body) => {
  const messages = objectsIn(body.messages).filter((message) => outcome(() => parseMessages([message]), RouterError));
  const mended = {
    ...body,
    model: "auto",
    messages: messages.length > 0 ? messages : [{ role: "user", content: "x" }],
  };
  for (const [field, value] of Object.entries(mended)) {
    if (field === "model" || field === "messages") continue;
    const alone = { model: "auto", messages: [{ role: "user" }], [field]: value };
    if (outcome(() => parseChat(alone), RouterError) === undefined) delete mended[field];
  }
  return mended;
});

/** The value, or nothing when it threw this; any other failure is a defect. */
function outcome<T>(run: () => T, failure: typeof RouterError | typeof UpstreamError): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof failure) return undefined;
    throw error;
  }
}

for (
  const [what, given, runs] of [["anything", anyJson, 200], ["what looks like one", chat, 300], [
    "what passes the door",
    asked,
    1500,
  ]] as const
) {
  test(`a request: ${what} is translated, or is a 400`, () => {
    let translated = 0;
    const property = fc.property(given, target, (body, [provider, model]) => {
      const parsed = outcome(() => parseChat(body), RouterError);
      if (parsed === undefined) return;
      const before = JSON.stringify(parsed);
      const protocol = protocols[providerOf(provider)?.protocol ?? "openai"];
      const wire = outcome(() => protocol.request(parsed, destinationOf(provider, model)), RouterError);
      assert.equal(JSON.stringify(parsed), before, "the client's request was changed");
      if (wire === undefined) return;
      translated++;
      assert.equal(wire.body.model, model);
      assert.ok(!/NaN|Infinity/.test(String(wire.body.max_tokens)));
      assert.deepEqual(wire.dropped, [...new Set(wire.dropped)].sort());
      if (protocol.name === "anthropic") checkTurns(JSON.parse(JSON.stringify(wire.body)));
    });
    fc.assert(property, { numRuns: runs });
    // Were all refused, nothing would have been tried.
    assert.ok(what !== "what passes the door" || translated > runs / 3, `${translated} were translated`);
  });
}

/** What Anthropic asks of every request. */
function checkTurns({ messages, max_tokens, thinking, tools = [] }: Json): void {
  assert.equal(messages[0].role, "user");
  messages.forEach(({ role, content }: Json, at: number) => {
    assert.notEqual(role, messages[at + 1]?.role);
    assert.ok(content.length > 0);
    const kinds: string[] = content.map(({ type }: Json) => type === "tool_result");
    assert.deepEqual(kinds, [...kinds].sort().reverse());
    for (const block of content) if (block.type === "text") assert.notEqual(block.text.trim(), "");
  });
  assert.ok(max_tokens >= 1);
  if (thinking?.type === "enabled" && thinking.budget_tokens !== 1) {
    assert.ok(thinking.budget_tokens >= 1024 && thinking.budget_tokens < max_tokens);
  }
  for (const { input_schema } of tools) assert.equal(input_schema.type, "object");
}

const block = objectOf({
  type: one("text", "thinking", "redacted_thinking", "tool_use", "server_tool_use"),
  text: word,
  thinking: word,
  signature: word,
  id: word,
  name: one("w", "json"),
  input: anyJson,
});
const usage = objectOf({
  input_tokens: count,
  output_tokens: count,
  cache_read_input_tokens: count,
  prompt_tokens: count,
  completion_tokens: count,
  output_tokens_details: objectOf({ thinking_tokens: count }),
});
const failure = objectOf({ type: one("overloaded_error", "api_error", "x"), message: word, code: count });
const reason = one("end_turn", "tool_use", "max_tokens", "stop", "length", "error", "", null, "constructor");
const answer = objectOf({
  role: one("assistant"),
  content: fc.oneof(word, some(part)),
  reasoning: word,
  reasoning_content: word,
  tool_calls: some(call),
});
const choice = objectOf({
  index: one(0, 1),
  message: answer,
  delta: answer,
  finish_reason: reason,
  native_finish_reason: reason,
  logprobs: anyJson,
});
const replies = fc.oneof(
  objectOf({ id: word, type: one("message"), model: word, content: some(block), stop_reason: reason, usage }),
  objectOf({
    id: word,
    object: one("chat.completion"),
    created: count,
    choices: some(choice),
    usage,
    x_groq: objectOf({ usage }),
  }),
  objectOf({ type: one("error"), error: failure }),
);

for (const name of NAMES) {
  for (const [what, given] of [["anything", anyJson], ["what looks like one", replies]] as const) {
    test(`a whole reply, ${name}: ${what} is translated, or is the upstream's failure`, () => {
      const property = fc.property(given, fc.boolean(), (body, emulated) => {
        const before = JSON.stringify(body);
        const reply = outcome(
          () => protocols[name].reply(body, exchangeOf(emulated ? { jsonTool: "json" } : {})),
          UpstreamError,
        );
        assert.equal(JSON.stringify(body), before, "the upstream's reply was changed");
        if (reply !== undefined) checkReply(JSON.parse(JSON.stringify(reply)));
      });
      fc.assert(property, { numRuns: 1000 });
    });
  }
}

const FINISHES = ["stop", "length", "tool_calls", "content_filter", "function_call"];

/** What a strict client asks of every reply. */
function checkReply({ id, object, created, model, choices }: Json): void {
  const kinds = [id, object, created, model].map((value) => typeof value).join();
  assert.deepEqual([kinds, object], ["string,string,number,string", "chat.completion"]);
  assert.ok(choices.length > 0);
  for (const { index, message, finish_reason } of choices) {
    assert.ok(Number.isInteger(index) && FINISHES.includes(finish_reason), JSON.stringify([index, finish_reason]));
    assert.equal(message.role, "assistant");
    assert.ok(message.content === null || typeof message.content === "string");
    for (const { function: said } of message.tool_calls ?? []) {
      if (typeof said === "object" && said !== null) assert.equal(typeof said.arguments, "string");
    }
  }
}

const event = fc.oneof(
  objectOf({
    type: one(
      "message_start",
      "content_block_start",
      "content_block_delta",
      "content_block_stop",
      "message_delta",
      "message_stop",
      "ping",
      "error",
    ),
    message: objectOf({ id: word, model: word, usage }),
    index: one(0, 1),
    content_block: block,
    delta: objectOf({
      type: one("text_delta", "thinking_delta", "input_json_delta", "signature_delta"),
      text: word,
      thinking: word,
      partial_json: word,
      stop_reason: reason,
    }),
    usage,
    error: failure,
  }),
  objectOf({
    id: word,
    object: one("chat.completion.chunk"),
    created: count,
    model: word,
    choices: some(choice),
    usage,
    error: failure,
  }),
  objectOf({ choices: some(choice) }),
);
const START = { type: "message_start", message: { id: "m", model: "c", usage: {} } };
const payload = fc.oneof(
  { weight: 9, arbitrary: event.map((value) => JSON.stringify(value)) },
  { weight: 2, arbitrary: fc.oneof(anyJson.map((value) => JSON.stringify(value)), fc.string(), fc.constant("[DONE]")) },
);

for (const name of NAMES) {
  test(`a stream, ${name}: whatever comes, clean chunks and one end go out`, async () => {
    const began = fc.constantFrom([], [JSON.stringify(START)]);
    const property = fc.asyncProperty(
      began,
      fc.array(payload, { maxLength: 12 }),
      fc.boolean(),
      async (first, rest, emulated) => {
        const events = [...first, ...rest].map((data) => ({ data, event: undefined }));
        const exchange = exchangeOf(emulated ? { jsonTool: "json" } : {});
        const parts = await Array.fromAsync(ReadableStream.from(events).pipeThrough(protocols[name].stream(exchange)));
        endsOnce(parts);
        for (const part of parts) if (part.type === "chunk") checkChunk(JSON.parse(part.data));
      },
    );
    await fc.assert(property, { numRuns: 1500 });
  });
}

/** What a strict client asks of every chunk. */
function checkChunk({ id, object, created, model, choices, usage }: Json): void {
  const kinds = [id, object, created, model].map((value) => typeof value).join();
  assert.deepEqual([kinds, object], ["string,string,number,string", "chat.completion.chunk"]);
  if (choices.length === 0) assert.equal(typeof usage.total_tokens, "number");
  for (const { delta, finish_reason } of choices) {
    assert.ok(finish_reason === null || FINISHES.includes(finish_reason));
    assert.ok(
      [undefined, null, "string"].includes(
        delta.content === null ? null : delta.content && typeof delta.content || undefined,
      ),
    );
    for (const { index } of delta.tool_calls ?? []) assert.ok(Number.isInteger(index));
  }
}

test("a failure: any body of any status has four keys, of either protocol", () => {
  const bodies = fc.oneof(anyJson, objectOf({ type: one("error"), error: failure })).map((value) =>
    JSON.stringify(value)
  );
  const property = fc.property(fc.oneof(bodies, fc.string()), fc.integer({ min: 400, max: 599 }), (body, status) => {
    for (const name of NAMES) {
      const { error, status: ours } = protocols[name].failure(status, body);
      assert.equal(Object.keys(error).sort().join(), "code,message,param,type");
      assert.ok(ours >= 400 && ours <= 599 && typeof error.message === "string" && typeof error.type === "string");
      assert.ok([error.param, error.code].every((said) => said === null || typeof said === "string"));
    }
  });
  fc.assert(property, RUNS);
});
