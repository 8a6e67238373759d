import assert from "node:assert/strict";
import { test } from "node:test";
import { createKeeping, type Lower } from "../../src/routing/keep.ts";

const NAMES = ["low", "mid", "high"];
const keeping = (lower: Lower = "confident") => createKeeping(NAMES, lower);

test("a task keeps its tier and model", () => {
  const known = { tier: "mid", target: "custom/m" };
  assert.deepEqual(keeping().held(known, false), { tier: "mid", reason: "tool_loop", state: known });
});

test("an agent that is stuck gets a stronger tier, once, and the strongest stays", () => {
  const raised = keeping().held({ tier: "mid", target: "custom/m" }, true);
  assert.deepEqual(raised, { tier: "high", reason: "stuck", state: { tier: "high", stuck: true } });
  assert.equal(keeping().held({ tier: "low", stuck: true }, true).tier, "low");
  assert.deepEqual(keeping().held({ tier: "high" }, true), {
    tier: "high",
    reason: "tool_loop",
    state: { tier: "high" },
  });
});

for (
  const [lower, confidence, says, reason, keeps] of [
    ["never", 1, true, "static", true],
    ["confident", 0.74, true, "static", true],
    ["confident", 0.75, true, "static", false],
    ["confident", 1, true, "empty", true],
    ["confident", 0.9, false, "static", true],
    ["always", 0.3, true, "static", false],
    ["always", 0.3, false, "static", true],
  ] as const
) {
  test(
    `SESSION_LOWER=${lower}: a turn judged "low" at ${confidence} (${reason}, ${says ? "new" : "no new"} words) ${
      keeps ? "keeps" : "lowers"
    } the tier`,
    () => {
      assert.equal(keeping(lower).keeps({ tier: "mid" }, { tier: "low", confidence, reason }, says), keeps);
      assert.equal(keeping(lower).keeps({ tier: "mid" }, { tier: "mid", confidence, reason }, says), false);
      assert.equal(keeping(lower).keeps({ tier: "mid" }, { tier: "high", confidence, reason }, says), false);
    },
  );
}

test("a new turn keeps who answered for as long as the tier is the same", () => {
  const { stateOf } = keeping();
  assert.deepEqual(stateOf("mid", { tier: "mid", target: "a/b", stuck: true }), { tier: "mid", target: "a/b" });
  assert.deepEqual(stateOf("high", { tier: "mid", target: "a/b" }), { tier: "high" });
  assert.deepEqual(stateOf("mid", { tier: "mid" }), { tier: "mid" });
  assert.deepEqual(stateOf("mid", undefined), { tier: "mid" });
});
