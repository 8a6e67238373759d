import { Matrix } from "ml-matrix";
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
}

/** A fitted softmax regression: `logits = x · weights + bias`. */
export interface Fit {
  /** d × k. */
  weights: Matrix;
  /** k. */
  bias: Float64Array;
}

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
  const { x, classes } = problem;
  const start = options.start ? flatten(options.start) : new Float64Array((x.columns + 1) * classes);
  const { maxIterations = 300, tolerance = 1e-4 } = options;
  const point = yield* minimise(objectiveOf(problem), start, { maxIterations, tolerance });
  return unflatten(point, x.columns, classes);
}

/** The loss and its gradient as functions of one point: weights row by row (d × k), then the bias. */
export function objectiveOf({ x, y, weights, classes, l2 }: Problem) {
  const columns = x.columns;
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const size = columns * classes;
  const rows = Float64Array.from(x.to1DArray());
  const errors = new Float64Array(classes);
  // One pass over the examples: a row's numbers are used for the logits and for the gradient while they are at hand.
  return (point: Float64Array) => {
    const gradient = new Float64Array(point.length);
    let value = 0;
    for (let row = 0; row < x.rows; row++) {
      const from = row * columns;
      for (let k = 0; k < classes; k++) errors[k] = point[size + k]!;
      for (let d = 0, at = 0; d < columns; d++) {
        const feature = rows[from + d]!;
        for (let k = 0; k < classes; k++, at++) errors[k]! += feature * point[at]!;
      }
      value += loss(errors, y[row]!, weights[row]! / total);
      for (let d = 0, at = 0; d < columns; d++) {
        const feature = rows[from + d]!;
        for (let k = 0; k < classes; k++, at++) gradient[at]! += feature * errors[k]!;
      }
      for (let k = 0; k < classes; k++) gradient[size + k]! += errors[k]!;
    }
    for (let at = 0; at < size; at++) {
      value += l2 / 2 * point[at]! ** 2;
      gradient[at]! += l2 * point[at]!;
    }
    return { value, gradient };
  };
}

/** The weighted log loss of one example's logits, which become its error: share × (p − 1 for the label, p elsewhere). */
function loss(logits: Float64Array, label: number, share: number): number {
  const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const own = logits[label]!;
  let sum = 0;
  for (let k = 0; k < logits.length; k++) sum += logits[k] = Math.exp(logits[k]! - most);
  for (let k = 0; k < logits.length; k++) logits[k] = share * (logits[k]! / sum - (k === label ? 1 : 0));
  return share * (Math.log(sum) + most - own);
}

/** n × k logits. */
export function logitsOf(x: Matrix, { weights, bias }: Fit): Matrix {
  return x.mmul(weights).addRowVector([...bias]);
}

function flatten({ weights, bias }: Fit): Float64Array {
  return Float64Array.from([...weights.to1DArray(), ...bias]);
}

function unflatten(point: Float64Array, columns: number, classes: number): Fit {
  const size = columns * classes;
  return { weights: Matrix.from1DArray(columns, classes, point.subarray(0, size)), bias: point.slice(size) };
}
