import assert from "node:assert/strict";
import { test } from "node:test";
import { createEcho, createTarget, type Target } from "../../src/providers/target.ts";
import { fillTiers, misfit } from "../../src/routing/tiers.ts";

const NAMES = ["a", "b", "c", "d"];

function targetOf(model: string): Target {
  const nothing = { apiKey: undefined, refuses: [], headers: {}, extraBody: {}, context: undefined, can: undefined };
  const config = { provider: "custom", model, baseUrl: "http://127.0.0.1:1/v1", ...nothing };
  return createTarget(config, { timeoutSeconds: undefined, streamUsage: true });
}

/** Who serves each tier when these are configured. */
function servedBy(configured: readonly string[], names = NAMES) {
  const tiers = names.map((name) => ({ name, targets: configured.includes(name) ? [targetOf(name)] : [] }));
  return fillTiers(tiers, createEcho());
}

for (
  const [configured, serving] of [
    [["a", "b", "c", "d"], ["a", "b", "c", "d"]],
    // The second tier serves what is not set, above it and below.
    [["b"], ["b", "b", "b", "b"]],
    [["a", "b"], ["a", "b", "b", "b"]],
    [["b", "d"], ["b", "b", "b", "d"]],
    // Without it the nearest stronger one, else the nearest weaker.
    [["a"], ["a", "a", "a", "a"]],
    [["a", "c"], ["a", "c", "c", "c"]],
    [["c", "d"], ["c", "c", "c", "d"]],
    [["a", "d"], ["a", "d", "d", "d"]],
    [["d"], ["d", "d", "d", "d"]],
    [[], ["echo", "echo", "echo", "echo"]],
  ] as const
) {
  test(`with ${configured.join(" ") || "nothing"} configured, ${NAMES.join(" ")} are served by ${serving.join(" ")}`, () => {
    const tiers = servedBy(configured);
    assert.deepEqual(tiers.map(({ targets }) => targets[0]?.model), serving);
    assert.deepEqual(tiers.map(({ name }) => name), NAMES);
    assert.deepEqual(
      tiers.map((tier) => tier.configured),
      NAMES.map((name) => (configured as readonly string[]).includes(name)),
    );
  });
}

test("an unconfigured tier has the other's fallbacks, too", () => {
  const tiers = [{ name: "a", targets: [] }, { name: "b", targets: [targetOf("one"), targetOf("two")] }];
  assert.deepEqual(fillTiers(tiers, createEcho())[0]?.targets.map(({ model }) => model), ["one", "two"]);
});

for (
  const [labels, map, why] of [
    [["a", "b", "c", "d"], {}, undefined],
    [["d", "c", "b", "a"], {}, undefined],
    [["x", "b", "c", "d"], { x: "a" }, undefined],
    [["w", "x", "y", "z", "v"], { v: "a", w: "a", x: "b", y: "c", z: "d" }, undefined],
    [["a", "b", "c", "d", "x"], {}, 'its label "x" has no tier'],
    [["a", "b", "c", "d"], { d: "nowhere" }, 'its label "d" has no tier'],
    [["a", "b", "c"], {}, 'none of its labels (a, b, c) leads to the tier "d"'],
    [["a", "b", "c", "d"], { d: "c" }, 'none of its labels (a, b, c, d) leads to the tier "d"'],
  ] as [string[], Record<string, string>, string | undefined][]
) {
  test(`labels ${labels.join(" ")} with ${JSON.stringify(map)} ${why ? "cannot" : "can"} serve ${NAMES.join(" ")}`, () => {
    assert.equal(misfit(labels, NAMES, new Map(Object.entries(map))), why);
  });
}
