import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { post, type Running, runProgram, startRouter } from "../support/subject.ts";

let router: Running;
before(async () => {
  router = await startRouter();
});
after(() => router.stop());

const explain = async (body: unknown, headers = {}) =>
  await (await post(`${router.url}/explain`, body, headers)).json();

test("an explanation names ask, rule, probabilities, similar examples, signs and what would flip it", async () => {
  const text = "Prove that the sum of two odd numbers is even. Thanks!";
  const { ask, tier, reason, reason_text, probabilities, nearest, signs, flips, session } = await explain({ text });
  const classified = await (await post(`${router.url}/classify`, { text })).json();
  assert.equal(ask, text);
  assert.equal(tier, classified.tier);
  assert.ok(["static", "deep", "cached"].includes(reason));
  assert.ok(reason_text.length > 10);
  assert.deepEqual(Object.keys(probabilities), ["simple", "medium", "complex", "reasoning"]);
  assert.equal(nearest.length, 5);
  for (let at = 1; at < nearest.length; at++) assert.ok(nearest[at - 1].similarity >= nearest[at].similarity);
  assert.ok(nearest[0].similarity > 0.3 && nearest[0].similarity <= 1);
  assert.ok(signs.every((one: Record<string, unknown>) => typeof one.weight === "number" && one.value !== 0));
  for (const flip of flips) {
    assert.ok(text.includes(flip.without));
    assert.notEqual(flip.tier, tier);
    const without = text.replace(flip.without, " ").replaceAll(/ {2,}/g, " ").trim();
    assert.equal((await (await post(`${router.url}/classify`, { text: without })).json()).tier, flip.tier);
  }
  assert.equal(session, null);
});

test("a conversation is explained with what is remembered of it", async () => {
  const messages = [{ role: "user", content: "Prove that there are infinitely many primes of the form 4k+3" }];
  await (await post(`${router.url}/v1/chat/completions`, { model: "auto", messages }, { "x-session-id": "s1" })).text();
  const later = [...messages, { role: "assistant", content: "…" }, { role: "user", content: "continue" }];
  const { ask, reason, session } = await explain({ messages: later }, { "x-session-id": "s1" });
  assert.equal(reason, "follow_up");
  assert.match(ask, /infinitely many primes[^]*continue/);
  assert.equal(session.target, "echo/echo");
});

test("nothing to judge is explained too, and bad input is refused", async () => {
  const { reason, nearest, flips } = await explain({ text: " " });
  assert.deepEqual([reason, nearest, flips], ["empty", [], []]);
  assert.equal((await post(`${router.url}/explain`, {})).status, 400);
});

test("the command explains, for people and for scripts", async () => {
  const people = await runProgram(["explain", "Hello"]);
  assert.equal(people.code, 0, people.stderr);
  assert.match(people.stdout, /^simple: .+\n[^]*nearest examples/);
  const script = await runProgram(["explain", "Hello", "--json"]);
  assert.equal(JSON.parse(script.stdout).tier, "simple");
  assert.equal((await runProgram(["explain"])).code, 2);
});
