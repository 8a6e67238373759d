import assert from "node:assert/strict";
import { test } from "node:test";
import { createEchoSend } from "../../src/providers/echo.ts";
import type { ChatMessage, ChatRequest, StreamPart } from "../../src/protocols/protocol.ts";

const echo = createEchoSend({ now: () => 1_700_000_000.9, newId: () => "abc" });
const context = {
  signal: new AbortController().signal,
  requestId: "req_1",
  trace: {},
  routing: { tier: "complex", confidence: 0.98765, reason: "deep" },
};

function ask(content: ChatMessage["content"], more: Partial<ChatRequest> = {}) {
  return echo("echo", { model: "auto", messages: [{ role: "user", content }], ...more }, context);
}

interface WholeBody {
  choices: { message: { content: string }; finish_reason: string }[];
  usage: { prompt_tokens: number; completion_tokens: number; total_tokens: number };
}

function wholeOf(content: ChatMessage["content"]): WholeBody {
  const reply = ask(content);
  assert.ok(reply.kind === "whole");
  // Our own reply, in OpenAI's shape: what is missing makes the test fail.
  return reply.body as unknown as WholeBody;
}

const contentOf = (content: ChatMessage["content"]) => wholeOf(content).choices[0]?.message.content ?? "";

async function partsOf(content: string, more: Partial<ChatRequest> = {}): Promise<StreamPart[]> {
  const reply = ask(content, { stream: true, ...more });
  assert.ok(reply.kind === "stream");
  return await Array.fromAsync(reply.parts);
}

const chunksOf = (parts: StreamPart[]) => parts.flatMap((part) => part.type === "chunk" ? [JSON.parse(part.data)] : []);

test("the echo repeats what was asked and tells how it was routed", () => {
  const content = contentOf("What is 2+2?");
  assert.match(content, /^You asked: What is 2\+2\?\n/);
  assert.match(content, /tier "complex" \(confidence 0\.988, reason "deep"\)/);
});

test("the whole reply is a chat completion", () => {
  const reply = ask("hi");
  assert.ok(reply.kind === "whole");
  const { id, object, created, model, choices } = reply.body;
  assert.deepEqual([id, object, created, model], ["chatcmpl-abc", "chat.completion", 1_700_000_000, "echo"]);
  assert.deepEqual([(choices as unknown[]).length, reply.dropped, reply.headers], [1, [], {}]);
  assert.equal(wholeOf("hi").choices[0]?.finish_reason, "stop");
});

test("words stand for tokens, and add up", () => {
  const { usage, choices } = wholeOf("one two  three\n");
  assert.equal(usage.prompt_tokens, 3);
  assert.equal(usage.completion_tokens, choices[0]?.message.content.trim().split(/\s+/).length);
  assert.equal(usage.total_tokens, usage.prompt_tokens + usage.completion_tokens);
});

test("of a conversation the last user message is repeated, and of its parts the text", () => {
  const messages: ChatMessage[] = [
    { role: "user", content: "first" },
    { role: "assistant", content: "answer" },
    { role: "user", content: [{ type: "text", text: "sec" }, { type: "image_url" }, { type: "text", text: "ond" }] },
    { role: "tool", content: "result" },
  ];
  const reply = echo("echo", { model: "auto", messages }, context);
  assert.ok(reply.kind === "whole");
  assert.match(JSON.stringify(reply.body), /You asked: sec +ond\\n/);
});

for (const content of ["", null, undefined, []]) {
  test(`a message with content ${JSON.stringify(content)} is answered, too`, () => {
    assert.match(contentOf(content), /^You asked: \n/);
  });
}

test("a long prompt is cut, and what half a character is left becomes U+FFFD", () => {
  const content = contentOf(`${"a".repeat(1999)}🙂${"b".repeat(5000)}`);
  assert.ok(content.length < 2300, `${content.length}`);
  assert.ok(content.isWellFormed());
  assert.match(content, /a{1999}.?…\n/u);
  assert.ok(contentOf("x\ud800y").isWellFormed());
});

test("the stream says word by word what the whole reply says", async () => {
  const parts = await partsOf("tell  me\nmore 🙂");
  const chunks = chunksOf(parts);
  const words = chunks.flatMap(({ choices }) => choices[0]?.delta.content ? [choices[0].delta.content] : []);
  assert.equal(words.join(""), contentOf("tell  me\nmore 🙂"));
  assert.ok(words.length > 20);
  assert.deepEqual(parts.at(-1), { type: "done" });
  assert.deepEqual([...new Set(chunks.map(({ id, object, model }) => `${id} ${object} ${model}`))], [
    "chatcmpl-abc chat.completion.chunk echo",
  ]);
  assert.equal(chunks[0]?.choices[0].delta.role, "assistant");
  assert.deepEqual(chunks.flatMap(({ choices }) => choices[0]?.finish_reason ?? []), ["stop"]);
});

test("usage comes on a stream for the client that asked for it, and for no other", async () => {
  const usages = async (more: Partial<ChatRequest>) =>
    chunksOf(await partsOf("hi", more)).filter(({ usage }) => usage).map(({ usage }) => usage.prompt_tokens);
  assert.deepEqual(await usages({ stream_options: { include_usage: true } }), [1]);
  assert.deepEqual(await usages({}), []);
  assert.deepEqual(await usages({ stream_options: null }), []);
});
