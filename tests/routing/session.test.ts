import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatMessage } from "../../src/protocols/protocol.ts";
import { createMemorySessions, isStuck, sessionKeyOf } from "../../src/routing/session.ts";

const user = (content: string): ChatMessage => ({ role: "user", content });
const answer = (content: string): ChatMessage => ({ role: "assistant", content });
const CLIENT = { client: "Bearer a", sessionId: undefined };
const keyOf = async (chat: Record<string, unknown> & { messages: ChatMessage[] }, caller = CLIENT) =>
  (await sessionKeyOf({ model: "auto", ...chat }, caller)).key;

test("what does not change while a conversation goes on is its key", async () => {
  const first = await keyOf({ messages: [{ role: "system", content: "s" }, user("a")] });
  const later = await keyOf({ messages: [{ role: "system", content: "s" }, user("a"), answer("b"), user("c")] });
  assert.equal(first, later);
});

const BASE = { messages: [{ role: "system", content: "s" }, user("a"), answer("b")] };
for (
  const [what, other, caller] of [
    ["first turn", { messages: [{ role: "system", content: "s" }, user("x"), answer("b")] }, CLIENT],
    ["system prompt", { messages: [{ role: "system", content: "t" }, user("a"), answer("b")] }, CLIENT],
    ["user", { ...BASE, user: "me" }, CLIENT],
    ["client", BASE, { ...CLIENT, client: "Bearer b" }],
    ["boundary between the parts", { messages: [{ role: "system", content: "sa" }, user(""), answer("b")] }, CLIENT],
  ] as [string, typeof BASE, typeof CLIENT][]
) {
  test(`another ${what} is another conversation`, async () => {
    assert.notEqual(await keyOf(other, caller), await keyOf(BASE));
  });
}

test("a name makes a conversation one, whatever is said in it, but not another client's", async () => {
  const named = { client: "Bearer a", sessionId: "s1" } as unknown as typeof CLIENT;
  const key = await keyOf({ messages: [user("a")] }, named);
  assert.equal(await keyOf({ messages: [user("b")] }, named), key);
  assert.equal(await keyOf({ messages: [user("b")], metadata: { session_id: "s1" } }), key);
  assert.notEqual(await keyOf({ messages: [user("a")] }, { ...named, client: "Bearer b" }), key);
});

test("without an answer a conversation begins afresh, unless it has a name", async () => {
  const resumes = async (chat: { messages: ChatMessage[]; metadata?: unknown }) =>
    (await sessionKeyOf({ model: "auto", ...chat } as never, CLIENT)).resumes;
  assert.equal(await resumes({ messages: [user("a")] }), false);
  assert.equal(await resumes({ messages: [user("a"), answer("b")] }), true);
  assert.equal(await resumes({ messages: [user("a")], metadata: { session_id: "x" } }), true);
});

test("100,000 sessions stay within their bound, and the oldest goes first", async () => {
  let time = 0;
  const sessions = createMemorySessions({ ttlSeconds: 1e6, entries: 50_000, now: () => time++ });
  for (let at = 0; at < 100_000; at++) await sessions.set(`key ${at}`, { tier: "medium", target: "openai/gpt-4o" });
  assert.equal(sessions.size, 50_000);
  assert.equal(await sessions.get("key 49999"), undefined);
  assert.deepEqual(await sessions.get("key 50000"), { tier: "medium", target: "openai/gpt-4o" });
});

test("what was not used for its time is forgotten, what was used is kept", async () => {
  let time = 0;
  const sessions = createMemorySessions({ ttlSeconds: 10, entries: 10, now: () => time });
  await sessions.set("a", { tier: "low" });
  time = 9_000;
  assert.ok(await sessions.get("a"));
  time = 18_000;
  assert.ok(await sessions.get("a"));
  time = 28_001;
  assert.equal(await sessions.get("a"), undefined);
  await sessions.set("b", { tier: "low" });
  assert.equal(sessions.size, 1);
});

const call = (name: string, id: string): ChatMessage => ({
  role: "assistant",
  content: null,
  tool_calls: [{ id, type: "function", function: { name, arguments: "{}" } }],
});
const result = (id: string, content: string): ChatMessage => ({ role: "tool", tool_call_id: id, content });
const tries = (name: string, ...results: string[]) =>
  results.flatMap((text, at) => [call(name, `${name}${at}`), result(`${name}${at}`, text)]);

for (
  const [what, messages, stuck] of [
    ["three failures of one tool", tries("run", "Error: a", "exit code 1", "Traceback (most recent call last)"), true],
    ["two failures", tries("run", "Error: a", "Error: b"), false],
    ["a success between", tries("run", "Error: a", "fine", "Error: b", "Error: c"), false],
    ["failures of several tools", [...tries("run", "Error: a", "Error: b"), ...tries("read", "Error: c")], false],
    ["a human turn between", [...tries("run", "Error: a", "Error: b"), user("hm"), ...tries("run", "Error: c")], false],
    ["results that only speak of errors", tries("run", "0 errors", "no failures", "all tests passed"), false],
  ] as [string, ChatMessage[], boolean][]
) {
  test(`${what}: ${stuck ? "stuck" : "not stuck"}`, () => assert.equal(isStuck([user("go"), ...messages]), stuck));
}
