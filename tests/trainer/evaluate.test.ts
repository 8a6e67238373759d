import assert from "node:assert/strict";
import { test } from "node:test";
import { evaluateOutcomes, type Outcome } from "../../src/trainer/evaluate.ts";

const TIERS = ["a", "b", "c", "d"];

/** A text that deserves one tier and was judged another, with this confidence; the rest is shared by the others. */
function outcome(label: number, guess: number, confidence = 0.7, tiers = 4): Outcome {
  const rest = (1 - confidence) / (tiers - 1);
  return { label, probabilities: Array.from({ length: tiers }, (_, at) => at === guess ? confidence : rest) };
}

const times = (count: number, one: Outcome) => Array.from({ length: count }, () => one);

/** 10 texts: of a 3 of 4 right, of b 1 of 2, of c 2 of 3, of d none of 1. */
const TEN = [
  ...times(3, outcome(0, 0)),
  outcome(0, 2),
  outcome(1, 1),
  outcome(1, 0),
  ...times(2, outcome(2, 2)),
  outcome(2, 1),
  outcome(3, 2),
];

const near = (actual: number | null | undefined, expected: number) =>
  assert.ok(typeof actual === "number" && Math.abs(actual - expected) < 1e-12, `${actual} is not ${expected}`);

test("accuracy is the share of texts that got their tier", () => {
  const { accuracy, samples } = evaluateOutcomes(TEN, TIERS);
  assert.equal(samples, 10);
  near(accuracy, 0.6);
});

test("the confusion counts who deserved what and got what", () => {
  assert.deepEqual(evaluateOutcomes(TEN, TIERS).confusion, {
    a: { a: 3, b: 0, c: 1, d: 0 },
    b: { a: 1, b: 1, c: 0, d: 0 },
    c: { a: 0, b: 1, c: 2, d: 0 },
    d: { a: 0, b: 0, c: 1, d: 0 },
  });
});

test("recall is counted tier by tier", () => {
  const { recall } = evaluateOutcomes(TEN, TIERS);
  assert.deepEqual(Object.keys(recall), TIERS);
  near(recall.a, 3 / 4);
  near(recall.b, 1 / 2);
  near(recall.c, 2 / 3);
  near(recall.d, 0);
});

test("macro F1 is the tiers' mean of 2·hits / (deserved + judged)", () => {
  // a: 2·3/(4+4), b: 2·1/(2+2), c: 2·2/(3+4), d: 0/(1+0).
  near(evaluateOutcomes(TEN, TIERS).macroF1, (6 / 8 + 2 / 4 + 4 / 7 + 0) / 4);
});

test("a tier that nobody deserves and nobody got has no recall, and no part in macro F1", () => {
  const { recall, macroF1 } = evaluateOutcomes([outcome(0, 0), outcome(1, 0)], TIERS);
  assert.equal(recall.c, null);
  near(macroF1, (2 / 3 + 0) / 2);
});

test("a tier that nobody deserves but somebody got pulls macro F1 down", () => {
  near(evaluateOutcomes([outcome(0, 0), outcome(0, 3)], TIERS).macroF1, (2 / 3 + 0) / 2);
});

test("strong recall is about the upper half: c for d is no failure, b is", () => {
  near(evaluateOutcomes(TEN, TIERS).strongRecall, 3 / 4);
  near(evaluateOutcomes([outcome(3, 2), outcome(2, 3), outcome(2, 0)], TIERS).strongRecall, 2 / 3);
  assert.equal(evaluateOutcomes([outcome(0, 3)], TIERS).strongRecall, null);
});

test("what was judged too low and too high is told apart", () => {
  const { underRouted, overRouted } = evaluateOutcomes(TEN, TIERS);
  near(underRouted, 3 / 10);
  near(overRouted, 1 / 10);
});

test("the calibration error is 0 where confidences are kept", () => {
  const kept = [...times(7, outcome(0, 0, 0.7)), ...times(3, outcome(1, 0, 0.7))];
  near(evaluateOutcomes(kept, TIERS).calibrationError, 0);
});

test("the calibration error weighs each bin's gap by its size", () => {
  const texts = [
    // Bin 0.9 …: surer than right by 0.95 − 3/4.
    ...times(3, outcome(0, 0, 0.95)),
    outcome(1, 0, 0.95),
    // Bin 0.6 …: less sure than right, by 1 − (0.62 + 0.68)/2.
    outcome(2, 2, 0.62),
    outcome(2, 2, 0.68),
  ];
  near(evaluateOutcomes(texts, TIERS).calibrationError, 4 / 6 * 0.2 + 2 / 6 * 0.35);
});

test("gaps of opposite sign within one bin cancel, in two bins they do not", () => {
  near(evaluateOutcomes([outcome(0, 0, 0.75), outcome(1, 0, 0.75)], TIERS).calibrationError, 0.25);
  near(evaluateOutcomes([outcome(0, 0, 0.75), outcome(1, 0, 0.45)], TIERS).calibrationError, (0.25 + 0.45) / 2);
});

test("a confidence of 1 belongs to the highest bin", () => {
  near(evaluateOutcomes([outcome(0, 0, 1), outcome(1, 0, 0.9)], TIERS).calibrationError, 0.45);
});

test("of equal probabilities the cheaper tier counts", () => {
  const { confusion } = evaluateOutcomes([{ label: 1, probabilities: [0.1, 0.4, 0.4, 0.1] }], TIERS);
  assert.equal(confusion.b?.b, 1);
});

test("nothing judged is no failure of arithmetic", () => {
  const { accuracy, macroF1, calibrationError, strongRecall, samples } = evaluateOutcomes([], TIERS);
  assert.deepEqual([accuracy, macroF1, calibrationError, strongRecall, samples], [0, 0, 0, null, 0]);
});
