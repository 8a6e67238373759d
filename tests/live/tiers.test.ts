import assert from "node:assert/strict";
import { test } from "node:test";
import { post, runProgram, startRouter } from "../support/subject.ts";

const OTHER = {
  TIERS: "small,very-large",
  TIER_MAP: "simple:small,medium:small,complex:very-large,reasoning:very-large",
  VERY_LARGE_PROVIDER: "echo",
  VERY_LARGE_MODEL: "giant",
};

test("other tiers serve with the shipped head, in everything", async () => {
  const router = await startRouter({ environment: OTHER });
  try {
    const { data } = await (await fetch(`${router.url}/v1/models`)).json();
    assert.deepEqual(data.map(({ id }: { id: string }) => id).sort(), ["auto", "small", "very-large", "virtusoul-v1"]);
    const judged = await (await post(`${router.url}/classify`, { text: "Hello" })).json();
    assert.deepEqual([judged.tier, Object.keys(judged.probabilities)], ["small", ["small", "very-large"]]);
    const proof = { model: "auto", messages: [{ role: "user", content: "Prove sqrt(2) is irrational" }] };
    const chat = await (await post(`${router.url}/v1/chat/completions`, proof)).json();
    assert.deepEqual([chat._virtusoul.tier, chat._virtusoul.routed_to], ["very-large", "echo/giant"]);
    const direct = await post(`${router.url}/v1/chat/completions`, { ...proof, model: "small" });
    assert.deepEqual([direct.headers.get("x-virtusoul-tier"), direct.headers.get("x-virtusoul-reason")], [
      "small",
      "direct",
    ]);
    const bounded = await post(`${router.url}/v1/chat/completions`, proof, { "x-virtusoul-tier-max": "small" });
    assert.deepEqual([bounded.headers.get("x-virtusoul-tier"), bounded.headers.get("x-virtusoul-reason")], [
      "small",
      "bounds",
    ]);
    const unknown = await post(`${router.url}/v1/chat/completions`, { ...proof, model: "simple" });
    assert.equal(unknown.status, 400);
    assert.match((await unknown.json()).error.message, /virtusoul-v1, auto, small, very-large/);
    const { tiers } = await (await fetch(`${router.url}/health`)).json();
    assert.deepEqual(tiers["very-large"], { provider: "echo", model: "giant", configured: true });
    assert.equal(tiers.small.configured, false);
  } finally {
    await router.stop();
  }
});

for (
  const [what, environment, said] of [
    ["a label without a tier", { TIERS: "small,large" }, /TIERS: .*does not fit/],
    ["a tier that no label leads to", { ...OTHER, TIERS: "small,middle,very-large" }, /middle/],
    ["a map to nowhere", { ...OTHER, TIER_MAP: "simple:tiny" }, /tiny/],
    ["a tier named as a provider", { TIERS: "openai,large" }, /openai/],
    ["a tier of a wrong shape", { TIERS: "Small,large" }, /Small/],
  ] as [string, Record<string, string>, RegExp][]
) {
  test(`${what} is an error at start`, async () => {
    const { code, stderr } = await runProgram(["serve"], {
      environment: { HOST: "127.0.0.1", PORT: "0", ...environment },
    });
    assert.equal(code, 2);
    assert.match(stderr, said);
  });
}
