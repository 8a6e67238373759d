import { softmax } from "../classifier/head.ts";

/** Logits of a text that the regression did not see, its label, and how much it counts. */
export interface Unseen {
  logits: readonly number[];
  label: number;
  weight: number;
}

/**
 * The factor by which logits are multiplied so that probabilities mean what they say: minimises the weighted log loss
 * (temperature scaling, Guo et al. 2017; the factor is 1/T), with the log-prior added after scaling.
 */
export function fitScale(unseen: readonly Unseen[], prior: readonly number[]): number {
  const loss = (scale: number) =>
    unseen.reduce((sum, { logits, label, weight }) => {
      const probabilities = softmax(logits.map((logit, k) => scale * logit + Math.log(prior[k] ?? 1)));
      return sum - weight * Math.log(Math.max(probabilities[label] ?? 0, 1e-12));
    }, 0);
  // Golden-section search: the loss has one valley.
  const ratio = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [0.05, 10];
  while (high - low > 1e-4) {
    const [left, right] = [high - ratio * (high - low), low + ratio * (high - low)];
    if (loss(left) < loss(right)) high = right;
    else low = left;
  }
  return (low + high) / 2;
}

/** Both heads' probabilities of a text that neither saw. */
export interface Pair {
  static: readonly number[];
  deep: readonly number[];
  label: number;
  weight: number;
}

/**
 * The lowest probability from which the static head may answer alone: the most answers at a loss of accuracy of at
 * most `margin` against the deep head's. 1.01 (never) when it cannot be trusted at all.
 */
export function chooseThreshold(pairs: readonly Pair[], margin: number): number {
  const right = (probabilities: readonly number[], label: number) =>
    probabilities[label] === Math.max(...probabilities) ? 1 : 0;
  const total = pairs.reduce((sum, { weight }) => sum + weight, 0);
  const descending = pairs.map((pair) => ({
    confidence: Math.max(...pair.static),
    change: pair.weight * (right(pair.static, pair.label) - right(pair.deep, pair.label)),
  })).toSorted((a, b) => b.confidence - a.confidence);
  let gained = 0;
  let threshold = 1.01;
  let at = 0;
  while (at < descending.length) {
    // Stored in thousandths: all that reach the rounded bound are answered, or none of them.
    const bound = Math.floor(descending[at]!.confidence * 1000) / 1000;
    for (; at < descending.length && descending[at]!.confidence >= bound; at++) gained += descending[at]!.change;
    if (gained / total >= -margin) threshold = bound;
  }
  return threshold;
}
