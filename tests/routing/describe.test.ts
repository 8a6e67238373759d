import assert from "node:assert/strict";
import { test } from "node:test";
import { describe, round } from "../../src/routing/describe.ts";

const OPINION = {
  tier: "complex",
  confidence: 0.98765,
  flagged: false,
  reason: "deep" as const,
  probabilities: { simple: 0.00049, medium: 0.00951, complex: 0.98765, reasoning: 0.00235 },
  latencyMs: 12.3456,
};

test("probabilities are told in descending order, with two decimals", () => {
  assert.equal(describe(OPINION).reasoning, "complex=0.99, medium=0.01, reasoning=0.00, simple=0.00");
});

test("confidences have three decimals, times one, and tiers keep their order", () => {
  assert.deepEqual(describe(OPINION), {
    tier: "complex",
    confidence: 0.988,
    reasoning: "complex=0.99, medium=0.01, reasoning=0.00, simple=0.00",
    probabilities: { simple: 0, medium: 0.01, complex: 0.988, reasoning: 0.002 },
    latency_ms: 12.3,
    flagged: false,
    reason: "deep",
  });
  assert.deepEqual(Object.keys(describe(OPINION).probabilities), ["simple", "medium", "complex", "reasoning"]);
});

test("what was not judged has no probabilities to tell", () => {
  const { reasoning, probabilities } = describe({ ...OPINION, probabilities: undefined });
  assert.deepEqual([reasoning, probabilities], ["", {}]);
});

test("a doubtful judgement is flagged, whatever its confidence rounds to", () => {
  const { flagged, confidence } = describe({ ...OPINION, confidence: 0.5999, flagged: true });
  assert.deepEqual([flagged, confidence], [true, 0.6]);
});

for (const [value, digits, expected] of [[0.0005, 3, 0.001], [1.25, 1, 1.3], [12, 1, 12], [0, 3, 0]] as const) {
  test(`${value} with ${digits} decimals is ${expected}`, () => assert.equal(round(value, digits), expected));
}
