import assert from "node:assert/strict";
import { test } from "node:test";
import { lengthFactor, softmax } from "../../src/classifier/head.ts";
import {
  blended,
  chooseThreshold,
  fitScales,
  type Judged,
  type Pair,
  scaleOf,
  type Unseen,
} from "../../src/trainer/calibrate.ts";
import { createChance } from "../support/chance.ts";

const EVEN = [1 / 3, 1 / 3, 1 / 3];

const temperature = (unseen: readonly Unseen[], prior: readonly number[]) => fitScales(unseen, prior)[0] ?? Number.NaN;

/** Texts whose labels come exactly as often as `scale` times their logits, and the prior, say. */
function textsCalibratedBy(scale: number, prior: readonly number[], seed = 1): Unseen[] {
  const chance = createChance(seed);
  return Array.from({ length: 40 }).flatMap(() => {
    const logits = prior.map(() => 6 * chance() - 3);
    const shares = softmax(logits.map((logit, k) => scale * logit + Math.log(prior[k] ?? 0)));
    return shares.map((weight, label) => ({ logits: [logits], label, weight }));
  });
}

for (const scale of [0.3, 1, 2.5]) {
  for (const prior of [EVEN, [0.7, 0.2, 0.1]]) {
    test(`logits that should be multiplied by ${scale} are (prior ${prior[0]?.toFixed(2)} …)`, () => {
      assert.ok(Math.abs(temperature(textsCalibratedBy(scale, prior), prior) - scale) < 1e-3);
    });
  }
}

test("a text counts by its weight", () => {
  const right = { logits: [[4, 0]], label: 0 };
  const wrong = { logits: [[4, 0]], label: 1 };
  // Right three times in four: the scale s at which 1/(1 + e^(−4s)) is ¾.
  const scale = temperature([{ ...right, weight: 3 }, { ...wrong, weight: 1 }], [0.5, 0.5]);
  assert.ok(Math.abs(scale - Math.log(3) / 4) < 1e-3, `${scale}`);
});

test("logits that are always right are sharpened, but not without end", () => {
  const scale = scaleOf([judged({ label: 0 })], [0.5, 0.5]);
  assert.ok(scale.static > 9 && scale.static <= 10 && scale.deep <= 10, JSON.stringify(scale));
});

test("logits that are always wrong are flattened, but not turned round", () => {
  const scale = scaleOf([judged({ label: 1 })], [0.5, 0.5]);
  assert.ok(scale.static >= 0.05 && scale.static < 0.06 && scale.deep >= 0.05, JSON.stringify(scale));
});

test("what the static head says of longer texts counts more, where it deserves that", () => {
  const chance = createChance(7);
  const texts = (length: number) =>
    [4, 10, 20, 40, 64].flatMap((tokens) =>
      Array.from({ length: 40 }).flatMap(() => {
        const quick = EVEN.map(() => 4 * chance() - 2);
        const deep = EVEN.map(() => 4 * chance() - 2);
        const shares = softmax(quick.map((logit) => 1.4 * lengthFactor({ length }, tokens) * logit));
        return shares.map((weight, label) => judged({ tokens, quick, deep, label, weight }));
      })
    );
  const scale = scaleOf(texts(0.3), EVEN);
  assert.ok(Math.abs(scale.static - 1.4) < 1e-2 && Math.abs(scale.length - 0.3) < 1e-2, JSON.stringify(scale));
  // The deep logits were noise: nothing but the static head's is left.
  assert.ok(scale.deep === 0.05 && Math.abs(scale.blend - 1) < 0.05, JSON.stringify(scale));
  assert.ok(scaleOf(texts(0), EVEN).length < 1e-2);
});

test("two regressions are blended as their logits deserve", () => {
  const chance = createChance(5);
  const unseen = Array.from({ length: 60 }).flatMap(() => {
    const logits = [0, 1].map(() => EVEN.map(() => 4 * chance() - 2));
    return blended(logits, [0.4, 1.3], EVEN).map((weight, label) => ({ logits, label, weight }));
  });
  const [first = 0, second = 0] = fitScales(unseen, EVEN);
  assert.ok(Math.abs(first - 0.4) < 1e-3 && Math.abs(second - 1.3) < 1e-3, `${first} ${second}`);
});

/** A text of which both heads think that the first label is likelier. */
function judged(more: Partial<Judged> = {}): Judged {
  return { tokens: 33, quick: [1, 0], deep: [1, 0], label: 0, weight: 1, ...more };
}

/** A text on which the static head is so sure, and who is right. */
function pair(confidence: number, staticRight: boolean, deepRight: boolean, weight = 1): Pair {
  const say = (right: boolean, sure: number) => right ? [sure, 1 - sure] : [1 - sure, sure];
  return { static: say(staticRight, confidence), deep: say(deepRight, 0.9), label: 0, weight };
}

test("a static head that is as good as the deep one may answer everything", () => {
  const threshold = chooseThreshold([pair(0.95, true, true), pair(0.7, false, false), pair(0.6, true, false)], 0);
  assert.ok(threshold <= 0.6 && threshold > 0.59, `${threshold}`);
});

test("a static head that is wrong where it is surest may answer nothing", () => {
  assert.equal(chooseThreshold([pair(0.99, false, true), pair(0.9, false, true)], 0.1), 1.01);
});

test("it answers down to where it would cost more than the margin", () => {
  const pairs = [pair(0.95, true, true), pair(0.9, true, true), pair(0.8, false, true), pair(0.7, false, true)];
  const rounded = (margin: number) => Math.round(chooseThreshold(pairs, margin) * 100) / 100;
  // One loss in four, and its standard error, a quarter as well; then two, and √2 quarters.
  assert.equal(rounded(0), 0.9);
  assert.equal(rounded(0.49), 0.9);
  assert.equal(rounded(0.5), 0.8);
  assert.equal(rounded(0.86), 0.7);
});

test("what it gains at first may be spent below", () => {
  const gains = [pair(0.95, true, false), pair(0.95, true, false), pair(0.95, true, false)];
  const pairs = [...gains, pair(0.8, false, true), pair(0.7, false, true)];
  assert.equal(Math.round(chooseThreshold(pairs, 0) * 100), 80);
});

test("a text counts by its weight, here too", () => {
  const pairs = (weight: number) => [pair(0.95, true, true), pair(0.8, false, true, weight)];
  assert.equal(Math.round(chooseThreshold(pairs(0.1), 0.2) * 100), 80);
  assert.equal(Math.round(chooseThreshold(pairs(1), 0.2) * 100), 95);
});

test("texts of equal confidence are answered together or not at all", () => {
  const equal = [pair(0.8, true, false), pair(0.8, false, true), pair(0.8, false, true)];
  assert.equal(chooseThreshold(equal, 0), 1.01);
  assert.equal(chooseThreshold(equal.toReversed(), 0), 1.01);
});

test("the loss stays within the margin, and no lower threshold among the confidences would do", () => {
  const chance = createChance(11);
  const rightOf = (probabilities: readonly number[]) => (probabilities[0] ?? 0) >= 0.5 ? 1 : 0;
  for (let round = 0; round < 200; round++) {
    const pairs = Array.from({ length: 12 }, () => {
      // Some are equal, and some differ by less than a thousandth.
      const confidence = 0.5 + Math.floor(chance() * 40) / 80 + (chance() < 0.5 ? 0.0004 : 0);
      return pair(confidence, chance() < confidence, chance() < 0.85, 0.5 + chance());
    });
    const margin = chance() * 0.1;
    const total = pairs.reduce((sum, { weight }) => sum + weight, 0);
    const changeAt = (threshold: number) => {
      const changes = pairs.filter((one) => Math.max(...one.static) >= threshold)
        .map((one) => one.weight * (rightOf(one.static) - rightOf(one.deep)));
      const sum = changes.reduce((total, change) => total + change, 0);
      return (sum - Math.sqrt(changes.reduce((total, change) => total + change ** 2, 0))) / total;
    };
    const threshold = chooseThreshold(pairs, margin);
    assert.ok(changeAt(threshold) >= -margin - 1e-9, `round ${round}: ${changeAt(threshold)} for ${-margin}`);
    // In thousandths, as it is stored.
    const bounds = pairs.map((one) => Math.floor(Math.max(...one.static) * 1000) / 1000);
    const better = bounds.find((bound) => bound < threshold - 0.0015 && changeAt(bound) >= -margin + 1e-9);
    assert.equal(better, undefined, `round ${round}: ${better} would do, ${threshold} was chosen`);
  }
});

test("a threshold has at most three digits behind the point", () => {
  const threshold = chooseThreshold([pair(0.123456789 + 0.5, true, true)], 0);
  assert.ok(Math.abs(threshold * 1000 - Math.round(threshold * 1000)) < 1e-9);
});
