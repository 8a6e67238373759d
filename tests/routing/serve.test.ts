import assert from "node:assert/strict";
import { test } from "node:test";
import { createTarget } from "../../src/providers/target.ts";
import { firstWas, serving } from "../../src/routing/serve.ts";

const targetOf = (model: string, context: number) =>
  createTarget({
    ...{ provider: "custom", model, baseUrl: "http://127.0.0.1:1/v1", apiKey: undefined },
    ...{ refuses: [], headers: {}, extraBody: {}, can: undefined, context },
  }, { timeoutSeconds: undefined, streamUsage: true });
const tierOf = (name: string, ...contexts: number[]) => ({
  name,
  targets: contexts.map((context) => targetOf(`${name}-${context}`, context)),
  configured: true,
});
const TIERS = [tierOf("a", 9000), tierOf("b", 100, 1000), tierOf("c", 500), tierOf("d", 5000)];

for (
  const [wanted, from, to, tokens, tier, models] of [
    [1, 0, 3, 50, "b", ["b-100", "b-1000"]],
    [1, 0, 3, 800, "b", ["b-1000"]],
    [1, 0, 3, 4000, "d", ["d-5000"]],
    [1, 0, 3, 8000, "a", ["a-9000"]],
    [1, 1, 2, 4000, undefined, []],
    [2, 1, 2, 800, "b", ["b-1000"]],
    [3, 3, 3, 8000, undefined, []],
  ] as const
) {
  test(`of ${wanted} within ${from}–${to}, ${tokens} tokens are served by ${tier ?? "nobody"}`, () => {
    const served = serving(TIERS, wanted, { from, to, needs: { capabilities: [], tokens } });
    assert.equal(served?.tier.name, tier);
    assert.deepEqual(served?.targets.map(({ model }) => model) ?? [], models);
  });
}

test("who answered before goes first, and the rest keep their order", () => {
  const targets = [1, 2, 3].map((context) => targetOf(`m${context}`, context));
  const names = (name: string | undefined) => firstWas(targets, name).map(({ model }) => model).join();
  assert.equal(names("custom/m3"), "m3,m1,m2");
  assert.equal(names("custom/m1"), "m1,m2,m3");
  assert.equal(names("custom/other"), "m1,m2,m3");
  assert.equal(names(undefined), "m1,m2,m3");
});
