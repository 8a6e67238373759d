import assert from "node:assert/strict";
import { test } from "node:test";
import { conditionOf } from "../../src/commands/condition.ts";
import { UsageError } from "../../src/commands/run.ts";

for (
  const [text, flips, cost, holds] of [
    ["flips>2%", 0.021, 0, true],
    ["flips>2%", 0.02, 0, false],
    ["flips>=2%", 0.02, 0, true],
    ["flips<1%", 0, 0, true],
    ["flips<=0%", 0, 0, true],
    [" flips > 2.5 % ", 0.03, 0, true],
    ["cost>10%", 0, 0.11, true],
    ["cost>10%", 1, 0.1, false],
    ["cost>0%", 0, -0.2, false],
    ["cost>-5%", 0, -0.04, true],
    ["cost>10%", 0, Infinity, true],
  ] as const
) {
  test(`"${text}" ${holds ? "holds" : "does not hold"} with ${100 * flips} % flips and ${100 * cost} % of cost`, () => {
    assert.equal(conditionOf(text).holds({ flips, cost }), holds);
  });
}

for (
  const text of ["flips", "flips>2", "flips=2%", "flips>>2%", "latency>2%", "flips>two%", "", "flips>2% or cost>1%"]
) {
  test(`"${text}" is no condition`, () => {
    assert.throws(() => conditionOf(text), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /write "flips>2%" or "cost>10%"/);
      return true;
    });
  });
}

test("a condition on a cost that nobody knows is wrong use, not a pass", () => {
  assert.throws(() => conditionOf("cost>10%").holds({ flips: 0, cost: undefined }), /no request .* known cost/);
  assert.equal(conditionOf("flips>10%").holds({ flips: 0, cost: undefined }), false);
});
