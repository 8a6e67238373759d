import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChatMessage } from "../../src/protocols/protocol.ts";
import { askOf, readAsk } from "../../src/routing/ask.ts";
import { createJudge } from "../../src/routing/judge.ts";
import { createRouter } from "../../src/routing/route.ts";
import { createMemorySessions } from "../../src/routing/session.ts";
import { createTarget } from "../../src/providers/target.ts";
import { fc } from "../support/properties.ts";

const NAMES = ["low", "mid", "high", "top"];
const word = fc.constantFrom(
  "prove",
  "design",
  "hello",
  "yes",
  "continue",
  "explain",
  "<b>",
  "naïve",
  "继续",
  "x = 1",
  "?",
);
const text = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(" "));
const turns = fc.array(fc.tuple(text, text), { minLength: 0, maxLength: 4 });

const messagesOf = (earlier: [string, string][], last: string): ChatMessage[] => [
  ...earlier.flatMap(([asked, said]): ChatMessage[] => [
    { role: "user", content: asked },
    { role: "assistant", content: said },
  ]),
  { role: "user", content: last },
];

/** A router whose tiers follow from the words alone. */
function setUp() {
  const classify = (asked: string) => {
    const at = [...asked.trim()].reduce((sum, sign) => sum + (sign.codePointAt(0) ?? 0), 0) % NAMES.length;
    const probabilities = Object.fromEntries(NAMES.map((name, tier) => [name, tier === at ? 0.91 : 0.03]));
    const empty = asked.trim() === "";
    const reason = empty ? "empty" as const : "static" as const;
    return Promise.resolve({ tier: NAMES[at] ?? "", confidence: 0.91, flagged: false, probabilities, reason });
  };
  const target = createTarget({
    ...{ provider: "custom", model: "m", baseUrl: "http://127.0.0.1:1/v1", apiKey: undefined },
    ...{ refuses: [], headers: {}, extraBody: {}, can: undefined, context: undefined },
  }, { timeoutSeconds: 60, streamUsage: true });
  const router = createRouter({
    judge: createJudge({
      classify,
      tiers: NAMES,
      tierMap: new Map(),
      preference: { unsure: "argmax", unsureBelow: 0.6, costBias: 0 },
    }),
    sessions: createMemorySessions({ ttlSeconds: 60, entries: 100, now: () => 0 }),
    lower: "confident",
    tiers: NAMES.map((name) => ({ name, targets: [target], configured: true })),
    modelName: "virtusoul-v1",
    now: () => 0,
  });
  return async (messages: ChatMessage[]) => {
    const wish = { client: "", sessionId: undefined, min: undefined, max: undefined };
    const decision = await router.route({ model: "auto", messages }, wish);
    await router.settle(decision, "custom/m");
    return decision.tier;
  };
}

test("a tool's result never changes the tier", async () => {
  const property = fc.asyncProperty(
    turns,
    text,
    fc.array(text, { minLength: 1, maxLength: 5 }),
    async (earlier, last, results) => {
      const route = setUp();
      let messages = messagesOf(earlier, last);
      const before = await route(messages);
      for (const [at, content] of results.entries()) {
        const call = { id: `c${at}`, type: "function", function: { name: `tool${at}`, arguments: "{}" } };
        messages = [...messages, { role: "assistant", content: null, tool_calls: [call] }];
        messages = [...messages, { role: "tool", tool_call_id: `c${at}`, content }];
        assert.equal(await route(messages), before);
      }
    },
  );
  await fc.assert(property, { numRuns: 200 });
});

test("white space at the end never changes the tier", async () => {
  const space = fc.constantFrom(" ", "\n", "\t\n  ", "\r\n\r\n");
  const property = fc.asyncProperty(turns, text, space, async (earlier, last, blank) => {
    assert.equal(await setUp()(messagesOf(earlier, last + blank)), await setUp()(messagesOf(earlier, last)));
  });
  await fc.assert(property, { numRuns: 200 });
});

test("the order of parts without text never changes the ask", () => {
  const image = { type: "image_url", image_url: { url: "data:," } };
  const property = fc.property(text, fc.array(fc.nat(3), { maxLength: 4 }), (said, places) => {
    const content: { type: string; text?: string }[] = [{ type: "text", text: said }];
    for (const place of places) content.splice(Math.min(place, content.length), 0, image);
    assert.equal(askOf([{ role: "user", content }]), askOf([{ role: "user", content: said }]));
  });
  fc.assert(property, { numRuns: 200 });
});

test("a longer system prompt never changes the tier", async () => {
  const property = fc.asyncProperty(turns, text, text, fc.nat(50), async (earlier, last, prompt, times) => {
    const messages = messagesOf(earlier, last);
    const long: ChatMessage[] = [{ role: "system", content: prompt.repeat(times + 1) }, ...messages];
    assert.equal(await setUp()(long), await setUp()(messages));
  });
  await fc.assert(property, { numRuns: 200 });
});

test("any messages have an ask, and reading it changes none of them", () => {
  const role = fc.constantFrom("user", "assistant", "system", "tool", "developer", "function");
  const content = fc.oneof(
    text,
    fc.constant(null),
    fc.array(fc.record({ type: fc.constantFrom("text", "image_url"), text })),
  );
  const property = fc.property(fc.array(fc.record({ role, content }), { maxLength: 8 }), (messages) => {
    const before = JSON.stringify(messages);
    const { turns } = readAsk(messages as ChatMessage[]);
    assert.ok(turns.every((turn) => typeof turn === "string"));
    assert.equal(JSON.stringify(messages), before);
  });
  fc.assert(property, { numRuns: 500 });
});
