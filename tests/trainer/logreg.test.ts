import assert from "node:assert/strict";
import { test } from "node:test";
import { Matrix } from "ml-matrix";
import { type Fit, fitRegression, logitsOf, objectiveOf, type Problem } from "../../src/trainer/logreg.ts";
import { createChance } from "../support/chance.ts";

function fit(problem: Problem, options: Parameters<typeof fitRegression>[1] = {}) {
  const values: number[] = [];
  const going = fitRegression(problem, options);
  let step = going.next();
  for (; !step.done; step = going.next()) values.push(step.value.value);
  return { ...step.value, values };
}

const NO_WORDS = new Float64Array();

const PRECISE = { maxIterations: 1000, tolerance: 1e-12 };

/** Twelve examples of three classes that overlap, with unequal weights. */
const SMALL: Problem = {
  x: new Matrix(Array.from({ length: 12 }, (_, i) => [0, 1].map((d) => (i * 7 + d * 5) % 11 / 5 - 1))),
  y: Int32Array.of(0, 1, 2, 1, 0, 0, 0, 1, 2, 1, 0, 0),
  weights: Float64Array.from({ length: 12 }, (_, i) => 1 + i % 3),
  classes: 3,
  l2: 0.1,
};

/** Its solution by Newton's method with 50 digits (mpmath), the gradient below 10⁻⁴⁵; biases that add up to nought. */
const SOLUTION = {
  value: 0.91913977882484392,
  weights: [
    [-0.3851712629632436, 0.8495821773029662, -0.4644109143397226],
    [-0.2696572442958435, -0.05082500484635655, 0.3204822491422],
  ],
  bias: [0.4513922359207661, -0.07091670597782943, -0.3804755299429367],
};

/** Random examples; `spread` says how far the features reach. */
function randomProblem(seed: number, { n = 30, d = 5, classes = 4, l2 = 0.05, spread = 1 } = {}): Problem {
  const chance = createChance(seed);
  return {
    x: new Matrix(Array.from({ length: n }, () => Array.from({ length: d }, () => spread * (2 * chance() - 1)))),
    y: Int32Array.from({ length: n }, () => Math.floor(chance() * classes)),
    weights: Float64Array.from({ length: n }, () => chance() * 3),
    classes,
    l2,
  };
}

function assertSame(actual: Fit, expected: Fit, by = 1e-7): void {
  const numbers = ({ weights, bias, grams }: Fit) => [...weights.to1DArray(), ...bias, ...grams];
  const [a, b] = [numbers(actual), numbers(expected)];
  assert.equal(a.length, b.length);
  const worst = Math.max(...a.map((value, at) => Math.abs(value - (b[at] ?? Infinity))));
  assert.ok(worst <= by, `off by ${worst}`);
}

test("weights are the reference's, to eight digits", () => {
  const { weights, bias, grams, values } = fit(SMALL, PRECISE);
  assertSame(
    { weights, bias, grams },
    { weights: new Matrix(SOLUTION.weights), bias: Float64Array.from(SOLUTION.bias), grams: new Float64Array() },
    1e-8,
  );
  assert.ok(Math.abs((values.at(-1) ?? 0) - SOLUTION.value) < 1e-13, `${values.at(-1)}`);
});

for (const [seed, spread, l2] of [[1, 1, 0.05], [2, 10, 0], [3, 0.1, 2]] as const) {
  test(`the gradient is the slope that finite differences show (seed ${seed}, spread ${spread}, l2 ${l2})`, () => {
    const problem = randomProblem(seed, { spread, l2 });
    const chance = createChance(seed + 100);
    const objective = objectiveOf(problem);
    const point = Float64Array.from({ length: (problem.x.columns + 1) * problem.classes }, () => chance() - 0.5);
    const { gradient } = objective(point);
    const h = 1e-5;
    const valueAt = (at: number, by: number) => objective(point.map((x, i) => i === at ? x + by : x)).value;
    gradient.forEach((slope, at) => {
      const shown = (valueAt(at, h) - valueAt(at, -h)) / (2 * h);
      assert.ok(Math.abs(slope - shown) < 1e-7 * Math.max(1, spread * spread), `part ${at}: ${slope} is not ${shown}`);
    });
  });
}

test("at nought the loss is that of a guess among equals", () => {
  const problem = randomProblem(4);
  const { value } = objectiveOf(problem)(new Float64Array((problem.x.columns + 1) * problem.classes));
  assert.ok(Math.abs(value - Math.log(problem.classes)) < 1e-12);
});

test("huge logits neither overflow nor lose the loss", () => {
  const problem: Problem = {
    x: new Matrix([[1], [1]]),
    y: Int32Array.of(0, 1),
    weights: Float64Array.of(1, 1),
    classes: 2,
    l2: 0,
  };
  const { value, gradient } = objectiveOf(problem)(Float64Array.of(1000, -1000, 0, 0));
  // One example is right for certain, the other wrong by 2000 nats.
  assert.equal(value, 1000);
  assert.ok(gradient.every(Number.isFinite));
});

test("an example of weight 2 is that example twice, and one of weight 0 is none", () => {
  const { x, y, ...rest } = randomProblem(5, { n: 20 });
  const weights = Float64Array.from(y, (_, i) => i % 3);
  const weighted = fit({ ...rest, x, y, weights }, PRECISE);
  const rows = [...weights].flatMap((weight, i) => Array<number>(weight).fill(i));
  const repeated = fit({
    ...rest,
    x: x.subMatrixRow(rows),
    y: Int32Array.from(rows, (row) => y[row] ?? 0),
    weights: new Float64Array(rows.length).fill(1),
  }, PRECISE);
  assertSame(weighted, repeated);
});

test("only the proportion of weights matters", () => {
  const problem = randomProblem(6);
  const tenfold = { ...problem, weights: problem.weights.map((weight) => 10 * weight) };
  assertSame(fit(tenfold, PRECISE), fit(problem, PRECISE));
});

test("the penalty spares the bias: under a strong one the classes' shares remain", () => {
  const { weights, bias } = fit({ ...SMALL, l2: 1e6 }, PRECISE);
  assert.ok(weights.to1DArray().every((weight) => Math.abs(weight) < 1e-5));
  const shares = [0, 1, 2].map((k) => SMALL.weights.filter((_, i) => SMALL.y[i] === k).reduce((a, b) => a + b, 0));
  const powers = [...bias].map(Math.exp);
  shares.forEach((share, k) =>
    assert.ok(Math.abs((powers[k] ?? 0) / (powers[0] ?? 1) - share / (shares[0] ?? 1)) < 1e-4)
  );
});

test("classes that can be told apart without doubt do not drive the weights off", () => {
  const problem: Problem = {
    x: new Matrix([[-2], [-1], [1], [2]]),
    y: Int32Array.of(0, 0, 1, 1),
    weights: new Float64Array(4).fill(1),
    classes: 2,
    l2: 0.01,
  };
  const { weights } = fit(problem, PRECISE);
  assert.ok(weights.get(0, 1) > 0.5 && weights.get(0, 1) < 20);
  assert.ok(Math.abs(weights.get(0, 0) + weights.get(0, 1)) < 1e-9);
});

test("a fit that begins at a fit is over at once", () => {
  const problem = randomProblem(7);
  const first = fit(problem, PRECISE);
  const second = fit(problem, { start: first, tolerance: 1e-6 });
  assert.ok(first.values.length > 5);
  assert.equal(second.values.length, 1);
  assertSame(second, first, 0);
});

test("a fit that begins elsewhere ends at the same place", () => {
  const start = { weights: new Matrix([[1, -2, 3], [4, 0, -4]]), bias: Float64Array.of(1, 2, -3), grams: NO_WORDS };
  assertSame(fit(SMALL, { ...PRECISE, start }), fit(SMALL, PRECISE));
});

test("the loss falls from step to step, and two fits are the same to the bit", () => {
  const problem = randomProblem(8, { n: 200, d: 20 });
  const [first, second] = [fit(problem), fit(problem)];
  first.values.slice(1).forEach((value, at) => assert.ok(value < (first.values[at] ?? 0)));
  assert.deepEqual(first.weights.to1DArray(), second.weights.to1DArray());
  assert.deepEqual(first.bias, second.bias);
});

test("logits are x · weights + bias", () => {
  const x = new Matrix([[1, 2], [3, 4], [0, 0]]);
  const logits = logitsOf(x, {
    weights: new Matrix([[1, 10], [100, 1000]]),
    bias: Float64Array.of(0.5, -0.5),
    grams: NO_WORDS,
  });
  assert.deepEqual(logits.to2DArray(), [[201.5, 2009.5], [403.5, 4029.5], [0.5, -0.5]]);
});

test("words are features as others are: written out as columns they get the same weights", () => {
  const plain = randomProblem(9, { n: 40, d: 3 });
  const chance = createChance(10);
  const buckets = 6;
  const rows = Array.from({ length: 40 }, () => {
    const own = [0, 1, 2, 3, 4, 5].filter(() => chance() < 0.4);
    return { buckets: Uint16Array.from(own), value: 1 / Math.sqrt(Math.max(1, own.length)) };
  });
  const column = ({ buckets, value }: typeof rows[number], at: number) => buckets.includes(at) ? value : 0;
  const dense = rows.map((row) => Array.from({ length: buckets }, (_, at) => column(row, at)));
  const x = new Matrix(plain.x.to2DArray().map((row, at) => [...row, ...dense[at] ?? []]));
  const sparse = fit({ ...plain, words: { rows, buckets, l2: plain.l2 } }, PRECISE);
  const written = fit({ ...plain, x }, PRECISE);
  const expected = written.weights.to1DArray();
  [...sparse.weights.to1DArray(), ...sparse.grams].forEach((weight, at) => {
    assert.ok(Math.abs(weight - (expected[at] ?? Infinity)) < 1e-7, `weight ${at}`);
  });
  const logits = logitsOf(plain.x, sparse, rows);
  const wide = logitsOf(x, written);
  logits.to1DArray().forEach((logit, at) => assert.ok(Math.abs(logit - (wide.to1DArray()[at] ?? 0)) < 1e-6));
});
