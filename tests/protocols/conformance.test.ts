// The conformance list of the formats, one test an item. Items 2, 3, 14, 35 and 37 to 40 need real connections: they are
// in tests/live/conformance.test.ts.
import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import { protocols } from "../../src/protocols/all.ts";
import { providerOf } from "../../src/providers/catalog.ts";
import {
  calling,
  choiceOf,
  conversation,
  ending,
  exchangeOf,
  extrasOf,
  fixture,
  type Json,
  message,
  OPENING,
  resultOf,
  sent,
  shown as translated,
  SONNET,
  START,
  STOP,
  text,
  TOLD,
  TOOL,
  tool,
  USER,
} from "./anthropic/given.ts";
import {
  CALL,
  type Chunk,
  chunk,
  cleaned,
  DONE,
  events,
  pairs,
  shown,
  TRUNCATED,
  usageChunk,
  usageOf,
} from "./openai/streams.ts";

/** What a vendor of OpenAI's format is sent, and what was left out. */
function asked(provider: string, fields: Json, model = "m") {
  const { dialect = {} } = providerOf(provider) ?? {};
  const chat = { model: "auto", messages: [USER], ...fields };
  const destination = { provider, model, dialect, refuses: [], extraBody: {}, streamUsage: false };
  const { body, dropped } = protocols.openai.request(chat, destination);
  return { body: body as Json, dropped };
}

const OPENAI_SHAPED = ["openai", "openrouter", "groq", "together", "ollama", "mistral", "deepseek", "google", "custom"];
const said = (content: string, finish: unknown = null, more: Json = {}) => chunk({ content }, finish, more);
const FINISH = chunk({}, "stop");
const ERROR_D = { message: "Overloaded", type: "server_error", param: null, code: "overloaded_error" };

/** The pair's dirty stream becomes its clean one. */
async function cleans(name: string): Promise<void> {
  const { raw, want, usage, fixToolFinish = false } = pairs[name] ?? assert.fail(name);
  assert.deepEqual(shown(await cleaned(raw, { wantsUsage: usage, fixToolFinish })), want);
}

/** The pair's request becomes its body. */
function converts(name: string): void {
  const { openai, anthropic } = fixture("requests")[name];
  assert.deepEqual(sent({ max_tokens: undefined, ...openai }, openai.model), anthropic);
}

// Streaming

test("item 1: CRLF line ends give the same chunks as LF", async () => {
  const raw = events(said("a"), FINISH, DONE);
  assert.deepEqual(await cleaned(raw.replaceAll("\n", "\r\n")), await cleaned(raw));
  await cleans("H01_comments_crlf");
});

test("item 4: with usage asked, each chunk has usage null, and exactly one without choices comes last", async () => {
  const raw = events(said("a"), FINISH, usageChunk(usageOf(3, 1)), DONE);
  const [last, ...chunks] = (shown(await cleaned(raw, { wantsUsage: true })).slice(0, -1) as Json[]).reverse();
  assert.deepEqual([last.choices, last.usage], [[], usageOf(3, 1)]);
  assert.ok(chunks.length > 0 && chunks.every(({ choices, usage }) => choices.length === 1 && usage === null));
  const { anthropic, openai } = fixture("streams").A_text;
  assert.deepEqual((await translated(anthropic, { wantsUsage: true })).slice(-2), [
    { usage: openai.at(-2).usage },
    DONE,
  ]);
});

test("item 5: usage that nobody asked for is counted and not shown", async () => {
  const raw = events(said("a", null, { usage: usageOf(3, 0) }), FINISH, usageChunk(usageOf(3, 1)));
  const parts = await cleaned(raw);
  const chunks = shown(parts).slice(0, -1) as Json[];
  assert.ok(chunks.every((payload) => !("usage" in payload) && payload.choices.length === 1));
  assert.deepEqual(parts.filter(({ type }) => type === "usage"), [{ type: "usage", usage: usageOf(3, 1) }]);
});

test("item 6: stream_options leave a request that does not stream, and are never put there", () => {
  for (const provider of OPENAI_SHAPED) {
    const { body, dropped } = asked(provider, { stream: false, stream_options: { include_usage: true } });
    assert.deepEqual(["stream_options" in body, dropped], [false, []], provider);
    assert.equal("stream_options" in asked(provider, {}).body, false, provider);
  }
});

test("item 7: usage that is told twice is told once", async () => {
  const groq = { x_groq: { id: "req_1", usage: usageOf(3, 1) } };
  const parts = await cleaned(events(said("a"), chunk({}, "stop", groq), usageChunk(usageOf(3, 1)), DONE), {
    wantsUsage: true,
  });
  assert.equal(parts.filter(({ type }) => type === "usage").length, 1);
  assert.deepEqual((shown(parts) as Json[]).filter(({ usage }) => usage), [usageChunk(usageOf(3, 1))]);
});

test("item 8: Mistral's usage on the last chunk with content reaches the client", async () => {
  const payloads = shown(
    await cleaned(events(said("a", "stop", { usage: usageOf(2, 2) }), DONE), { wantsUsage: true }),
  );
  assert.deepEqual(payloads.slice(-2), [usageChunk(usageOf(2, 2)), DONE]);
  await cleans("H04_mistral");
});

test("item 9: the first chunk says that the assistant speaks, whatever the upstream says", async () => {
  for (const first of [{ content: "a" }, { role: "assistant", content: "a" }, { role: "model", content: "a" }, CALL]) {
    const delta = "id" in first ? { tool_calls: [first] } : first;
    const [opening] = shown(await cleaned(events(chunk(delta), FINISH))) as Chunk[];
    assert.equal(opening?.choices[0]?.delta.role, "assistant", JSON.stringify(first));
  }
  assert.deepEqual((await translated([START, ...text(0, "a"), ending("end_turn"), STOP]))[0], OPENING);
});

test("item 10: a stream that closes after text ends with an error, then [DONE], and the client throws", async () => {
  const payloads = shown(await cleaned(events(said("half"))));
  assert.deepEqual(payloads.slice(-2), [TRUNCATED, DONE]);
  const answer = new Response(events(...payloads), { headers: { "content-type": "text/event-stream" } });
  const fetch = () => Promise.resolve(answer);
  const client = new OpenAI({ apiKey: "none", fetch, maxRetries: 0, dangerouslyAllowBrowser: true });
  const request = { model: "m", messages: [{ role: "user" as const, content: "x" }] };
  await assert.rejects(client.chat.completions.stream(request).finalChatCompletion(), /before finish_reason/);
  const closed = (await translated([START, ...text(0, "half")])).slice(-2);
  assert.deepEqual([closed[0].error.code, closed[1]], ["upstream_stream_truncated", DONE]);
});

test("item 11: a stream that closes after its finish ends well, with [DONE]", async () => {
  const payloads = shown(await cleaned(events(said("a"), FINISH)));
  assert.deepEqual([(payloads.at(-2) as Chunk).choices[0]?.finish_reason, payloads.at(-1)], ["stop", DONE]);
  await cleans("H06_no_done");
});

test("item 12: an error of Anthropic's in the middle of the text comes after the text so far", async () => {
  const { anthropic, openai } = fixture("streams").D_error;
  const payloads = await translated(anthropic);
  assert.deepEqual(payloads, [OPENING, [{ content: "The answ" }, null], { error: ERROR_D }, DONE]);
  assert.deepEqual(openai.slice(-2), payloads.slice(-2));
});

test("item 13: OpenRouter's error without choices is an error, never an empty success", async () => {
  const raw = events({ id: "c1", choices: [], error: { code: 503, message: "No provider" } }, DONE);
  const error = { message: "No provider", type: "server_error", param: null, code: "503" };
  assert.deepEqual(await cleaned(raw), [{ type: "error", status: 503, error }]);
  await cleans("H08_openrouter_error");
});

test("item 15: choices that are null or empty in the middle are ignored", async () => {
  const raw = (...between: unknown[]) => events(said("a"), ...between, FINISH, DONE);
  const nothing = [{ ...chunk({}), choices: null }, { ...chunk({}), choices: [] }, { id: "c1" }];
  assert.deepEqual(await cleaned(raw(...nothing)), await cleaned(raw()));
  await cleans("H10_nulls");
});

test("item 16: a stream that is cut inside an event ends with an error", async () => {
  const cut = 'data: {"id":"c1","object":"chat.comp';
  assert.deepEqual(shown(await cleaned(events(said("a")) + cut)).slice(-2), [TRUNCATED, DONE]);
  assert.deepEqual(shown(await cleaned(cut)), [TRUNCATED, DONE]);
  const [{ error }, end] = (await translated([START, '{"type":"content_bl'])).slice(-2);
  assert.deepEqual([error.code, end], ["upstream_stream_truncated", DONE]);
});

// Tools

test("item 17: a call of Anthropic's without arguments has an empty object, streamed and whole", async () => {
  for (const pieces of [[], [""]]) {
    const payloads = await translated([START, ...tool(0, "t", "now", ...pieces), ending("tool_use"), STOP]);
    const told = payloads.flatMap((one) => one[0]?.tool_calls ?? []).map((call: Json) => call.function.arguments);
    assert.deepEqual(JSON.parse(told.join("")), {});
  }
  for (const input of [{}, undefined, null]) {
    const { tool_calls: [call] } = choiceOf([{ type: "tool_use", id: "t", name: "now", input }], "tool_use").message;
    assert.deepEqual(JSON.parse(call.function.arguments), {});
  }
});

test("item 18: Anthropic's calls in blocks 1 and 2 have the places 0 and 1", async () => {
  const blocks = [...text(0, "a"), ...tool(1, "t1", "w", "{}"), ...tool(2, "t2", "w", "{}")];
  const payloads = await translated([START, ...blocks, ending("tool_use"), STOP]);
  const places = payloads.flatMap((one) => one[0]?.tool_calls ?? []).map(({ index }: Json) => index);
  assert.deepEqual(places, [0, 0, 1, 1]);
});

test("item 19: Gemini's two calls without an index get their places, and the reason tool_calls", async () => {
  const calls = (id: string, name: string) => ({ tool_calls: [{ ...CALL, id, function: { name, arguments: "{}" } }] });
  const raw = events(chunk(calls("f1", "a")), chunk(calls("f2", "b"), "stop"));
  const choices = (shown(await cleaned(raw, { fixToolFinish: true })) as Chunk[]).flatMap(({ choices }) =>
    choices ?? []
  );
  const places = choices.flatMap(({ delta }) => delta.tool_calls ?? []).map(({ index }) => index);
  assert.deepEqual([places, choices.at(-1)?.finish_reason], [[0, 1], "tool_calls"]);
  await cleans("H02_gemini_tools");
});

test("item 20: two results and what the user says then are one turn for Anthropic, the results first", () => {
  const messages = [USER, calling("a"), calling("b"), resultOf("a"), resultOf("b"), { role: "user", content: "and?" }];
  const { turns } = conversation(messages);
  assert.deepEqual(turns.map(({ role }: Json) => role), ["user", "assistant", "user"]);
  assert.deepEqual(turns[2].content.map(({ type }: Json) => type), ["tool_result", "tool_result", "text"]);
  converts("R02_parallel_tools");
});

test("item 21: a history of calls without tools is sent to Anthropic with stubs that may not be called", () => {
  const { tools, tool_choice } = extrasOf({ messages: [USER, calling(), resultOf()] });
  const stub = { name: "w", input_schema: { type: "object", properties: {} } };
  assert.deepEqual([tools, tool_choice], [[stub], { type: "none" }]);
  converts("R06_history_without_tools");
});

test("item 22: ids become legal for Anthropic and for Mistral, and call and result still match", () => {
  const { turns } = conversation([USER, calling("functions.x:0"), resultOf("functions.x:0")]);
  const [{ id }, { tool_use_id }] = [turns[1].content[0], turns[2].content[0]];
  assert.match(id, /^[a-zA-Z0-9_-]+$/);
  assert.equal(tool_use_id, id);
  const long = "call_abcdefghijklmnopqrs";
  const { messages } = asked("mistral", { messages: [USER, calling(long), resultOf(long)] }).body;
  assert.match(messages[1].tool_calls[0].id, /^[A-Za-z0-9]{9}$/);
  assert.equal(messages[2].tool_call_id, messages[1].tool_calls[0].id);
});

test("item 23: a forced tool switches off the thinking of a model that thinks within a budget", () => {
  const fields = { tools: [TOOL], reasoning_effort: "high", max_tokens: 9000 };
  const { thinking, tool_choice } = extrasOf({ ...fields, tool_choice: "required" });
  assert.deepEqual([thinking, tool_choice], [undefined, { type: "any" }]);
  assert.equal(extrasOf(fields).thinking.type, "enabled");
});

test("item 24: a forced tool switches off DeepSeek's thinking, or gives way to it and is named", () => {
  const fields = { tools: [TOOL], tool_choice: "required" };
  const { body: { thinking, tool_choice } } = asked("deepseek", fields, "deepseek-v4");
  assert.deepEqual([thinking, tool_choice], [{ type: "disabled" }, "required"]);
  const both = asked("deepseek", { ...fields, reasoning_effort: "high" }, "deepseek-v4");
  assert.deepEqual(["tool_choice" in both.body, "thinking" in both.body, both.dropped], [false, false, [
    "tool_choice",
  ]]);
});

test("item 25: a thought's signature goes back to Google byte for byte", () => {
  const signed = { google: { thought_signature: "Eo8B+/=\u2028é" } };
  const call = { ...calling().tool_calls[0], extra_content: signed };
  const messages = [USER, { role: "assistant", content: "", tool_calls: [call] }, resultOf()];
  const { body, dropped } = asked("google", { messages }, "gemini-3-pro");
  assert.deepEqual([JSON.stringify(body.messages), dropped], [JSON.stringify(messages), []]);
});

test("item 26: Claude thinks on in a tool loop when its signed thinking came back, and else not", () => {
  const block = { type: "thinking", thinking: "hm", signature: "c2ln" };
  const loop = (more: Json) => ({
    messages: [USER, calling("c1", more), resultOf()],
    tools: [TOOL],
    reasoning_effort: "low",
  });
  const { messages, thinking } = sent({ ...loop({ thinking_blocks: [block] }), max_tokens: 20_000 });
  assert.deepEqual([messages[1].content[0], thinking], [block, { type: "enabled", budget_tokens: 2000 }]);
  assert.deepEqual(extrasOf({ ...loop({}), max_tokens: 20_000 }), { tools: [TOLD] });
});

// Content and parameters

test("item 27: image/jpg is image/jpeg for Anthropic, and a PNG that is called jpeg is a PNG", () => {
  const types = ["data:image/jpg;base64,AAAA", "data:image/jpeg;base64,iVBORw0KGgoAAAA"].map((url) => {
    const content = [{ type: "image_url", image_url: { url } }];
    return conversation([{ role: "user", content }]).turns[0].content[0].source.media_type;
  });
  assert.deepEqual(types, ["image/jpeg", "image/png"]);
  converts("R03_media");
});

test("item 28: blank text is left out for Anthropic, and leaves no empty block", () => {
  const blank = [{ type: "text", text: "" }, { type: "text", text: " \n" }];
  const messages = [
    { role: "system", content: blank },
    { role: "user", content: [...blank, { type: "text", text: "a" }] },
    { role: "assistant", content: "  ", tool_calls: calling().tool_calls },
    resultOf("c1", blank),
  ];
  const { turns, system } = conversation(messages);
  const blocks = turns.map(({ content }: Json) => content.map(({ type, content }: Json) => [type, content]));
  const none = undefined;
  assert.deepEqual([system, blocks], [none, [[["text", none]], [["tool_use", none]], [["tool_result", none]]]]);
  converts("R12_roles");
});

test("item 29: a content of null reaches Ollama and Google as an empty text", () => {
  for (const provider of ["ollama", "google"]) {
    const { messages } = asked(provider, { messages: [USER, { role: "assistant", content: null }, calling()] }).body;
    assert.deepEqual(messages.slice(1).map(({ content }: Json) => content), ["", ""], provider);
  }
});

test("item 30: of temperature and top_p Claude 4.5 gets the first, and Claude 4.7 neither", () => {
  const both = { temperature: 0.2, top_p: 0.9 };
  assert.deepEqual(extrasOf(both, SONNET), { temperature: 0.2 });
  assert.deepEqual(extrasOf(both, "claude-opus-4-7"), {});
  converts("R04_required_single");
});

test("item 31: the output limit goes by the name that the vendor and the model know", () => {
  for (const model of ["gpt-5", "gpt-5-mini", "o1", "o3", "o4-mini"]) {
    const { model: _, messages: __, ...limit } = asked("openai", { max_tokens: 9 }, model).body;
    assert.deepEqual(limit, { max_completion_tokens: 9 }, model);
  }
  for (const provider of ["deepseek", "ollama", "mistral", "together"]) {
    const { model: _, messages: __, ...limit } = asked(provider, { max_completion_tokens: 9 }).body;
    assert.deepEqual(limit, { max_tokens: 9 }, provider);
  }
});

test("item 32: Google, Groq and Mistral are spared the fields that they refuse, and these are named", () => {
  const fields = { store: true, metadata: { a: "b" }, seed: 7, prompt_cache_key: "k" };
  const every = ["metadata", "prompt_cache_key", "seed", "store"];
  // Mistral's own list has two of them, and a seed under another name.
  const known = { metadata: { a: "b" }, prompt_cache_key: "k", random_seed: 7 };
  for (
    const [provider, kept, left] of [["google", {}, every], ["groq", {}, every], ["mistral", known, ["store"]]] as const
  ) {
    const { body: { model: _, messages: __, ...rest }, dropped } = asked(provider, fields);
    assert.deepEqual([rest, dropped], [kept, left], provider);
  }
});

test("item 33: a developer's message reaches DeepSeek as a system message", () => {
  const { messages } = asked("deepseek", { messages: [{ role: "developer", content: "x" }, USER] }).body;
  assert.deepEqual(messages, [{ role: "system", content: "x" }, USER]);
});

test("item 34: of Anthropic's usage the cached tokens are a part of the prompt, and listed", async () => {
  const counts = { input_tokens: 20, cache_creation_input_tokens: 300, cache_read_input_tokens: 1500 };
  const whole = protocols.anthropic.reply(message([], "end_turn", counts), exchangeOf()).usage;
  const begun = { ...START, message: message([], null, counts) };
  const { usage } = (await translated([begun, ending("end_turn"), STOP], { wantsUsage: true })).at(-2);
  for (const told of [whole, usage]) {
    assert.equal(told.prompt_tokens, 1820);
    assert.deepEqual(told.prompt_tokens_details, { cached_tokens: 1500, cache_write_tokens: 300 });
  }
});

// Errors

test("item 36: an error of any shape is the standard one, with all four keys", () => {
  const page = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head></html>";
  const detail = [{ type: "extra_forbidden", loc: ["body", "store"], msg: "Extra inputs are not permitted" }];
  const google = [{ error: { code: 400, message: "Unknown name", status: "INVALID_ARGUMENT" } }];
  const rows: [number, unknown, string, string, string | null][] = [
    [502, page, "The upstream answered with status 502", "server_error", null],
    [413, page, "The upstream answered with status 413", "invalid_request_error", null],
    [400, google, "Unknown name", "invalid_request_error", "400"],
    [
      422,
      { object: "error", message: { detail }, type: "invalid_request_error", param: null, code: null },
      "body.store: Extra inputs are not permitted",
      "invalid_request_error",
      null,
    ],
  ];
  for (const [status, body, message, type, code] of rows) {
    const given = typeof body === "string" ? body : JSON.stringify(body);
    assert.deepEqual(protocols.openai.failure(status, given), { status, error: { message, type, param: null, code } });
  }
});
