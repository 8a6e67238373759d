import assert from "node:assert/strict";
import { test } from "node:test";
import { minimise, type Objective, type Step } from "../../src/trainer/lbfgs.ts";

interface Result {
  point: Float64Array;
  steps: Step[];
  /** How often the function was asked. */
  asked: number;
}

function run(objective: Objective, start: readonly number[], { maxIterations = 500, tolerance = 1e-9 } = {}): Result {
  let asked = 0;
  const counted: Objective = (point) => {
    asked++;
    return objective(point);
  };
  const steps: Step[] = [];
  const going = minimise(counted, Float64Array.from(start), { maxIterations, tolerance });
  let step = going.next();
  for (; !step.done; step = going.next()) steps.push(step.value);
  return { point: step.value, steps, asked };
}

/** Σ cᵢ/2 · (xᵢ − mᵢ)². */
function bowl(curvatures: readonly number[], minimum: readonly number[]): Objective {
  return (point) => {
    const away = point.map((x, at) => x - (minimum[at] ?? 0));
    return {
      value: away.reduce((sum, x, at) => sum + (curvatures[at] ?? 0) / 2 * x * x, 0),
      gradient: away.map((x, at) => (curvatures[at] ?? 0) * x),
    };
  };
}

/** log(1 + exp(−x)) + log(1 + exp(x/2 − 3)) in each direction: convex, curved differently everywhere. */
const valley: Objective = (point) => ({
  value: point.reduce((sum, x) => sum + Math.log1p(Math.exp(-x)) + Math.log1p(Math.exp(x / 2 - 3)), 0),
  gradient: point.map((x) => -1 / (1 + Math.exp(x)) + 0.5 / (1 + Math.exp(3 - x / 2))),
});

const near = (actual: number, expected: number, by = 1e-7) =>
  assert.ok(Math.abs(actual - expected) <= by, `${actual} is not ${expected}`);

test("the bottom of a bowl is found, however stretched it is", () => {
  const minimum = [3, -2, 0.5, 10];
  const { point, steps } = run(bowl([10_000, 100, 1, 0.5], minimum), [0, 0, 0, 0]);
  minimum.forEach((expected, at) => near(point[at] ?? 0, expected));
  assert.ok(steps.length < 60, `${steps.length} iterations: it does not learn the curvature`);
});

test("the bottom of a valley that is no bowl is found", () => {
  const { point } = run(valley, [-10, 0, 25]);
  for (const part of valley(point).gradient) near(part, 0, 1e-9);
  assert.ok(Math.abs((point[0] ?? 0) - (point[2] ?? 0)) < 1e-6);
});

test("no iteration rises", () => {
  for (const { steps } of [run(valley, [-10, 0, 25]), run(bowl([1000, 1], [1, 1]), [9, 9])]) {
    const values = steps.map(({ value }) => value);
    assert.ok(values.length > 2);
    values.slice(1).forEach((value, at) => assert.ok(value < (values[at] ?? 0), `${values}`));
    assert.deepEqual(steps.map(({ iteration }) => iteration), [...steps.keys()]);
  }
});

test("at the bottom already, nothing is tried", () => {
  const { point, asked, steps } = run(bowl([1, 1], [4, 5]), [4, 5]);
  assert.deepEqual([[...point], asked, steps.length], [[4, 5], 1, 1]);
});

test("it ends as soon as no part of the gradient is larger than the tolerance", () => {
  const objective = bowl([100, 1, 3], [1, 2, 3]);
  const rough = run(objective, [0, 0, 0], { tolerance: 0.1 });
  const fine = run(objective, [0, 0, 0], { tolerance: 1e-9 });
  const largest = ({ point }: Result) => Math.max(...objective(point).gradient.map(Math.abs));
  assert.ok(largest(rough) <= 0.1 && largest(fine) <= 1e-9);
  assert.ok(rough.steps.length < fine.steps.length);
});

test("it ends after so many iterations", () => {
  const { steps } = run(bowl([10_000, 1], [1, 1]), [0, 0], { maxIterations: 3, tolerance: 0 });
  assert.equal(steps.length, 3);
});

test("it ends where rounding lets nothing fall any further", () => {
  const { steps } = run(bowl([3, 7], [0.1, 0.3]), [5, 5], { maxIterations: 100_000, tolerance: 0 });
  assert.ok(steps.length < 1000);
});

test("the start is left as it was, and the same start leads to the same bits", () => {
  const start = Float64Array.of(-10, 0, 25);
  const end = () => {
    const going = minimise(valley, start, { maxIterations: 20, tolerance: 0 });
    let step = going.next();
    while (!step.done) step = going.next();
    return step.value;
  };
  assert.deepEqual(end(), end());
  assert.deepEqual([...start], [-10, 0, 25]);
});

test("a step to where the function has no value is made shorter", () => {
  // x − log x: beyond nought there is nothing (NaN), and the first step from 0.1 leads far; its bottom is 1.
  const objective: Objective = (point) => ({
    value: point.reduce((sum, x) => sum + x * x - 2 * Math.log(x), 0),
    gradient: point.map((x) => 2 * x - 2 / x),
  });
  for (const start of [[0.1], [9], [1000, 0.001]]) {
    const { point, steps } = run(objective, start);
    point.forEach((x) => near(x, 1, 1e-6));
    assert.ok(steps.every(({ value }) => Number.isFinite(value)));
  }
});
