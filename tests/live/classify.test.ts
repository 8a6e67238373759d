import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, test } from "node:test";
import { post, type Running, runProgram, startRouter, SUBJECT } from "../support/subject.ts";
import { STANDARDS } from "../support/standards.ts";

let router: Running;
before(async () => {
  router = await startRouter();
  await ready(router.url);
});
after(() => router.stop());

async function ready(url: string) {
  while ((await (await fetch(`${url}/health`)).json()).status === "starting") {
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

for (const [tier, prompts] of Object.entries(STANDARDS)) {
  for (const text of prompts) {
    test(`"${text}" is ${tier}`, async () => {
      const judged = await (await post(`${router.url}/classify`, { text })).json();
      assert.equal(judged.tier, tier, JSON.stringify(judged));
    });
  }
}

test("a judgement has exactly the agreed shape", async () => {
  const judged = await (await post(`${router.url}/classify`, { text: "Compare tea and coffee" })).json();
  assert.deepEqual(Object.keys(judged).sort(), [
    "confidence",
    "flagged",
    "latency_ms",
    "probabilities",
    "reason",
    "reasoning",
    "tier",
  ]);
  assert.deepEqual(Object.keys(judged.probabilities), ["simple", "medium", "complex", "reasoning"]);
  const sum = Object.values<number>(judged.probabilities).reduce((total, value) => total + value, 0);
  assert.ok(Math.abs(sum - 1) < 0.01);
  assert.equal(judged.flagged, judged.confidence < 0.6);
  assert.match(judged.reasoning, /^(\w+=[01]\.\d\d(, )?){4}$/);
  assert.ok(["static", "deep", "cached"].includes(judged.reason));
});

test("a chat body is judged by its last user message", async () => {
  const messages = [
    { role: "system", content: "You are a professor of mathematics. Prove everything." },
    { role: "user", content: "Prove the four colour theorem" },
    { role: "assistant", content: "No." },
    { role: "user", content: [{ type: "text", text: "thanks" }] },
  ];
  const chat = await (await post(`${router.url}/classify`, { messages })).json();
  const text = await (await post(`${router.url}/classify`, { text: "thanks" })).json();
  assert.equal(chat.tier, "simple");
  assert.deepEqual(chat.probabilities, text.probabilities);
});

for (
  const body of [{ text: "" }, { text: " \n\t" }, {
    messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "data:" } }] }],
  }]
) {
  test(`no words are the cheapest tier for certain: ${JSON.stringify(body).slice(0, 60)}`, async () => {
    const { tier, confidence, reason } = await (await post(`${router.url}/classify`, body)).json();
    assert.deepEqual({ tier, confidence, reason }, { tier: "simple", confidence: 1, reason: "empty" });
  });
}

for (const body of [{ text: 5 }, { text: null }, {}, [], "text", { messages: [] }, { messages: "x" }]) {
  test(`what is no text is refused: ${JSON.stringify(body)}`, async () => {
    const response = await post(`${router.url}/classify`, body);
    assert.equal(response.status, 400);
    const { error } = await response.json();
    assert.deepEqual(Object.keys(error).sort(), ["code", "message", "param", "type"]);
    assert.equal(error.code, "invalid_value");
  });
}

for (
  const [name, text] of [
    ["a lone surrogate", "\ud800 what"],
    ["a NUL", "a\u0000b"],
    ["30 MB of text", "word ".repeat(6_000_000)],
    ["one endless word", "x".repeat(1_000_000)],
    ["emoji", "🙂".repeat(5000)],
  ] as const
) {
  test(`${name} is judged`, async () => {
    const response = await post(`${router.url}/classify`, { text });
    assert.equal(response.status, 200);
    assert.ok((await response.json()).confidence > 0);
  });
}

test("equal questions at once are judged once and alike", async () => {
  const text = `Which is heavier, ${Math.random()} kg of lead or a ton of feathers?`;
  const all = await Promise.all(
    Array.from({ length: 20 }, async () => (await post(`${router.url}/classify`, { text })).json()),
  );
  assert.equal(new Set(all.map(({ confidence }) => confidence)).size, 1);
});

// One start of the program a text: a few are enough to show that this build's numbers are the reference's.
const parity = JSON.parse(readFileSync(new URL("../golden/parity.json", import.meta.url), "utf8"));
for (const { text, static: mean, deep } of parity.filter((_: unknown, at: number) => at % 5 === 1)) {
  test(`the ${SUBJECT} build's vectors are the reference's: ${JSON.stringify(text.slice(0, 40))}`, async () => {
    const { stdout, stderr } = await runProgram(["classify", "--vectors"], { stdin: text });
    assert.equal(stderr, "");
    const { vectors } = JSON.parse(stdout);
    assert.ok(cosine(vectors.static, mean) >= 0.999);
    assert.ok(cosine(vectors.deep, deep) >= 0.985);
  });
}

function cosine(a: number[], b: number[]): number {
  const dot = (x: number[], y: number[]) => x.reduce((sum, value, at) => sum + value * (y[at] ?? 0), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
