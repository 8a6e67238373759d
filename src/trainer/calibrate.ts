import { type Head, lengthFactor, MOST_LENGTH, softmax } from "../classifier/head.ts";
import { minimise } from "./lbfgs.ts";

/** Logits of a text that the regressions did not see, its label, and how much it counts. */
export interface Unseen {
  /** One row a regression. */
  logits: readonly (readonly number[])[];
  label: number;
  weight: number;
}

/**
 * The factors by which the regressions' logits are multiplied before they are added, so that probabilities mean what they say:
 * minimises the weighted log loss, with the log-prior added after scaling. With one regression this is temperature
 * scaling (Guo et al. 2017; the factor is 1/T), with two also the blend of both (stacking, Wolpert 1992).
 */
export function fitScales(unseen: readonly Unseen[], prior: readonly number[]): number[] {
  const total = unseen.reduce((sum, { weight }) => sum + weight, 0);
  const objective = (factors: Float64Array) => {
    const gradient = new Float64Array(factors.length);
    let value = 0;
    for (const { logits, label, weight } of unseen) {
      const probabilities = blended(logits, factors, prior);
      value -= weight / total * Math.log(Math.max(probabilities[label] ?? 0, 1e-12));
      logits.forEach((row, at) => {
        row.forEach((logit, k) => {
          gradient[at]! += weight / total * (probabilities[k]! - (k === label ? 1 : 0)) * logit;
        });
      });
    }
    return { value, gradient };
  };
  const start = new Float64Array(unseen[0]?.logits.length ?? 0).fill(1);
  const steps = minimise(objective, start, { maxIterations: 200, tolerance: 1e-7 });
  let step = steps.next();
  while (!step.done) step = steps.next();
  return [...step.value];
}

/** Both heads' logits of an example that they did not see. */
export interface Judged extends Omit<Unseen, "logits"> {
  tokens: number;
  quick: readonly number[];
  deep: readonly number[];
}

/** How far the heads' logits are to be trusted: the static head's alone, by length, and those of both together. */
export function scaleOf(judged: readonly Judged[], prior: readonly number[]): Head["scale"] {
  const byLength = (tokens: number) => lengthFactor({ length: 1 }, tokens) - 1;
  const alone = judged.map(({ tokens, quick, ...one }) => ({
    ...one,
    logits: [quick, multiplied(quick, byLength(tokens))],
  }));
  const [always = 1, lengthened = 0] = fitScales(alone, prior);
  const quick = bounded(always);
  const length = Math.min(MOST_LENGTH, Math.max(0, lengthened / quick));
  const together = judged.map(({ tokens, quick: logits, deep, ...one }) => ({
    ...one,
    logits: [deep, multiplied(logits, quick * lengthFactor({ length }, tokens))],
  }));
  const [deep = 1, blend = 0] = fitScales(together, prior);
  return { static: quick, deep: bounded(deep), blend: bounded(blend), length };
}

/** Regressions that are always right, or always wrong, have no best factor. */
function bounded(factor: number): number {
  return Math.min(10, Math.max(0.05, factor));
}

export function multiplied(logits: readonly number[], factor: number): number[] {
  return logits.map((logit) => logit * factor);
}

/** The probabilities that several regressions' logits give together. */
export function blended(
  logits: readonly (readonly number[])[],
  factors: ArrayLike<number>,
  prior: readonly number[],
): number[] {
  const sumOf = (share: number, k: number) =>
    logits.reduce((sum, row, at) => sum + (factors[at] ?? 0) * (row[k] ?? 0), Math.log(share));
  return softmax(prior.map(sumOf));
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
 * most `margin` against the deep head's, a standard error of that loss included: of many bounds the luckiest would be
 * chosen otherwise. 1.01 (never) when it cannot be trusted at all.
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
  let squares = 0;
  let threshold = 1.01;
  let at = 0;
  while (at < descending.length) {
    // Stored in thousandths: all that reach the rounded bound are answered, or none of them.
    const bound = Math.floor(descending[at]!.confidence * 1000) / 1000;
    for (; at < descending.length && descending[at]!.confidence >= bound; at++) {
      gained += descending[at]!.change;
      squares += descending[at]!.change ** 2;
    }
    if (gained - Math.sqrt(squares) >= -margin * total) threshold = bound;
  }
  return threshold;
}
