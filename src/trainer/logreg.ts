import { Matrix } from "ml-matrix";
import type { Grams } from "../classifier/grams.ts";
import { minimise, type Step } from "./lbfgs.ts";

/** What a regression is fitted to. */
export interface Problem {
  /** n × d. */
  x: Matrix;
  /** n classes, 0 … classes−1. */
  y: Int32Array;
  /** n, not negative: how much each example counts. */
  weights: Float64Array;
  classes: number;
  /** Strength of the L2 penalty on the weights (not on the bias), against the mean log loss. */
  l2: number;
  words?: Words | undefined;
}

/** Sparse features beside the dense ones. */
export interface Words {
  /** n. */
  rows: readonly Grams[];
  /** How many numbers a row stands for. */
  buckets: number;
  /** The penalty on their weights. */
  l2: number;
}

/** A fitted softmax regression: `logits = x · weights + words · grams + bias`. */
export interface Fit {
  /** d × k. */
  weights: Matrix;
  /** k. */
  bias: Float64Array;
  /** buckets × k, row by row; empty without words. */
  grams: Float64Array;
}

const NONE: Grams = { buckets: new Uint16Array(), value: 0 };

interface FitOptions {
  /** Where to begin: a similar problem's fit saves most of the way. */
  start?: Fit;
  maxIterations?: number;
  tolerance?: number;
}

/**
 * Softmax regression: minimises Σ wᵢ · −log p(yᵢ | xᵢ) / Σ wᵢ + l2/2 · ‖W‖². Deterministic. Yields each iteration's
 * value (nats), so that the caller can show progress and breathe.
 */
export function* fitRegression(problem: Problem, options: FitOptions = {}): Generator<Step, Fit> {
  const { x, classes, words } = problem;
  const size = (x.columns + 1 + (words?.buckets ?? 0)) * classes;
  const start = options.start ? flatten(options.start) : new Float64Array(size);
  const { maxIterations = 300, tolerance = 1e-4 } = options;
  const point = yield* minimise(objectiveOf(problem), start, { maxIterations, tolerance });
  return unflatten(point, x.columns, classes);
}

/** The loss and its gradient as functions of one point: weights row by row (d × k), the bias, the words' (buckets × k). */
export function objectiveOf({ x, y, weights, classes, l2, words }: Problem) {
  const columns = x.columns;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const size = columns * classes;
  const sparse = size + classes;
  const rows = Float64Array.from(x.to1DArray());
  const errors = new Float64Array(classes);
  // One pass over the examples: a row's numbers are used for the logits and for the gradient while they are at hand.
  return (point: Float64Array) => {
    const gradient = new Float64Array(point.length);
    let value = 0;
    for (let row = 0; row < x.rows; row++) {
      const from = row * columns;
      for (let k = 0; k < classes; k++) errors[k] = point[size + k]!;
      addLogits(rows, from, columns, point, errors);
      const { buckets, value: present } = words?.rows[row] ?? NONE;
      for (let g = 0; g < buckets.length; g++) {
        const at = sparse + buckets[g]! * classes;
        for (let k = 0; k < classes; k++) errors[k]! += present * point[at + k]!;
      }
      value += loss(errors, y[row]!, weights[row]! / total);
      addSlopes(rows, from, columns, gradient, errors);
      for (let k = 0; k < classes; k++) gradient[size + k]! += errors[k]!;
      for (let g = 0; g < buckets.length; g++) {
        const at = sparse + buckets[g]! * classes;
        for (let k = 0; k < classes; k++) gradient[at + k]! += present * errors[k]!;
      }
    }
    const punish = (from: number, to: number, strength: number) => {
      for (let at = from; at < to; at++) {
        value += strength / 2 * point[at]! ** 2;
        gradient[at]! += strength * point[at]!;
      }
    };
    punish(0, size, l2);
    punish(sparse, point.length, words?.l2 ?? 0);
    return { value, gradient };
  };
}

/** logits += a row · weights. Four classes at a time in variables of their own: a third less time than in the array. */
function addLogits(rows: Float64Array, from: number, columns: number, point: Float64Array, logits: Float64Array): void {
  const classes = logits.length;
  let k = 0;
  for (; k + 3 < classes; k += 4) {
    let first = 0, second = 0, third = 0, fourth = 0;
    for (let d = 0, at = k; d < columns; d++, at += classes) {
      const feature = rows[from + d]!;
      first += feature * point[at]!;
      second += feature * point[at + 1]!;
      third += feature * point[at + 2]!;
      fourth += feature * point[at + 3]!;
    }
    logits[k]! += first;
    logits[k + 1]! += second;
    logits[k + 2]! += third;
    logits[k + 3]! += fourth;
  }
  for (; k < classes; k++) {
    for (let d = 0, at = k; d < columns; d++, at += classes) logits[k]! += rows[from + d]! * point[at]!;
  }
}

/** gradient += a row × errors, likewise. */
function addSlopes(
  rows: Float64Array,
  from: number,
  columns: number,
  gradient: Float64Array,
  errors: Float64Array,
): void {
  const classes = errors.length;
  let k = 0;
  for (; k + 3 < classes; k += 4) {
    const first = errors[k]!, second = errors[k + 1]!, third = errors[k + 2]!, fourth = errors[k + 3]!;
    for (let d = 0, at = k; d < columns; d++, at += classes) {
      const feature = rows[from + d]!;
      gradient[at]! += feature * first;
      gradient[at + 1]! += feature * second;
      gradient[at + 2]! += feature * third;
      gradient[at + 3]! += feature * fourth;
    }
  }
  for (; k < classes; k++) {
    for (let d = 0, at = k; d < columns; d++, at += classes) gradient[at]! += rows[from + d]! * errors[k]!;
  }
}

/** The weighted log loss of one example's logits, which become its error: share × (p − 1 for the label, p elsewhere). */
function loss(logits: Float64Array, label: number, share: number): number {
  let most = -Infinity;
  for (let k = 0; k < logits.length; k++) most = Math.max(most, logits[k]!);
  const own = logits[label]!;
  let sum = 0;
  for (let k = 0; k < logits.length; k++) sum += logits[k] = Math.exp(logits[k]! - most);
  for (let k = 0; k < logits.length; k++) logits[k] = share * (logits[k]! / sum - (k === label ? 1 : 0));
  return share * (Math.log(sum) + most - own);
}

/** n × k logits. `words`: n, for a fit that read them. */
export function logitsOf(x: Matrix, { weights, bias, grams }: Fit, words: readonly Grams[] = []): Matrix {
  const logits = x.mmul(weights).addRowVector([...bias]);
  const classes = bias.length;
  words.forEach(({ buckets, value }, row) => {
    for (let k = 0; k < classes; k++) {
      const added = value * buckets.reduce((sum, bucket) => sum + grams[bucket * classes + k]!, 0);
      logits.set(row, k, logits.get(row, k) + added);
    }
  });
  return logits;
}

function flatten({ weights, bias, grams }: Fit): Float64Array {
  const point = new Float64Array(weights.size + bias.length + grams.length);
  point.set(weights.to1DArray());
  point.set(bias, weights.size);
  point.set(grams, weights.size + bias.length);
  return point;
}

function unflatten(point: Float64Array, columns: number, classes: number): Fit {
  const size = columns * classes;
  return {
    weights: Matrix.from1DArray(columns, classes, point.subarray(0, size)),
    bias: point.slice(size, size + classes),
    grams: point.slice(size + classes),
  };
}
