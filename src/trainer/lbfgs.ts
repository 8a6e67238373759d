/** A function's value and gradient at a point. */
export type Objective = (point: Float64Array) => { value: number; gradient: Float64Array };

export interface Step {
  iteration: number;
  value: number;
}

interface Options {
  maxIterations: number;
  /** Ends when no part of the gradient is larger. */
  tolerance: number;
}

/** Steps that are remembered to guess the curvature. */
const MEMORY = 10;
/** The Armijo condition's share of the promised descent. */
const SUFFICIENT = 1e-4;

/**
 * Minimises a smooth convex function by L-BFGS (Nocedal & Wright, Numerical Optimization, algorithm 7.4) with
 * backtracking. Yields each iteration's value; returns the point.
 */
export function* minimise(objective: Objective, start: Float64Array, options: Options): Generator<Step, Float64Array> {
  let point: Float64Array = start.slice();
  let { value, gradient } = objective(point);
  const memory: { s: Float64Array; y: Float64Array; rho: number }[] = [];
  for (let iteration = 0; iteration < options.maxIterations; iteration++) {
    yield { iteration, value };
    if (largest(gradient) <= options.tolerance) break;
    const direction = descent(gradient, memory);
    let slope = dot(direction, gradient);
    if (slope >= 0) {
      // Rounding spoilt the curvature: start over, downhill.
      memory.length = 0;
      direction.set(gradient.map((part) => -part));
      slope = -dot(gradient, gradient);
    }
    let size = memory.length === 0 ? Math.min(1, 1 / Math.sqrt(-slope)) : 1;
    let reached = moved(point, direction, size);
    let next = objective(reached);
    // Asked this way round, a value that is no number is too far as well.
    while (!(next.value <= value + SUFFICIENT * size * slope) && size > 1e-12) {
      size /= 2;
      reached = moved(point, direction, size);
      next = objective(reached);
    }
    if (!(next.value < value)) break;
    const s = direction.map((part) => part * size);
    const y = next.gradient.map((part, at) => part - gradient[at]!);
    const curvature = dot(s, y);
    if (curvature > 1e-12) memory.push({ s, y, rho: 1 / curvature });
    if (memory.length > MEMORY) memory.shift();
    point = reached;
    ({ value, gradient } = next);
  }
  return point;
}

/** −H · gradient, H approximated from the remembered steps (the two-loop recursion). */
function descent(
  gradient: Float64Array,
  memory: readonly { s: Float64Array; y: Float64Array; rho: number }[],
): Float64Array {
  const q = gradient.slice();
  const alphas: number[] = [];
  for (const { s, y, rho } of memory.toReversed()) {
    const alpha = rho * dot(s, q);
    alphas.push(alpha);
    for (let at = 0; at < q.length; at++) q[at]! -= alpha * y[at]!;
  }
  const last = memory.at(-1);
  const scale = last ? 1 / (last.rho * dot(last.y, last.y)) : 1;
  for (let at = 0; at < q.length; at++) q[at]! *= scale;
  for (const { s, y, rho } of memory) {
    const change = (alphas.pop() ?? 0) - rho * dot(y, q);
    for (let at = 0; at < q.length; at++) q[at]! += change * s[at]!;
  }
  return q.map((part) => -part);
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
}

function moved(point: Float64Array, direction: Float64Array, size: number): Float64Array {
  return point.map((part, at) => part + size * direction[at]!);
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
}
