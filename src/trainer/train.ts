import { Matrix } from "ml-matrix";
import type { CompleteFeatures } from "../classifier/cache.ts";
import { BUCKETS, gramsOf } from "../classifier/grams.ts";
import { type Head, lengthFactor, type WordRegression } from "../classifier/head.ts";
import { SIGN_NAMES } from "../classifier/surface.ts";
import { cut } from "../classifier/tokenizer.ts";
import { blended, chooseThreshold, multiplied, scaleOf } from "./calibrate.ts";
import { evaluateOutcomes, type Evaluation, type Outcome } from "./evaluate.ts";
import type { Example } from "./example.ts";
import { type Fit, fitRegression, logitsOf, type Words } from "./logreg.ts";
import { foldsByGroup, foldsByText } from "./split.ts";

export interface TrainOptions {
  /** Cheapest first; every example's tier is one of them. */
  labels: readonly string[];
  /** The share of each label in the traffic that is expected. */
  prior: readonly number[];
  /** How much an example counts beside the others of its tier. */
  weightOf: (example: Example) => number;
  /** Folds of the out-of-fold figures, of many examples fewer. */
  folds: number;
  /** Penalty of the static head, of its words, and of the deep head. */
  l2: { static: number; words: number; deep: number };
  /**
   * For an encoder that was itself fitted to these examples: its vectors flatter. One entry a fold: which examples it
   * holds out, and all examples' deep vectors by an encoder that did not see those.
   */
  unseen?: readonly { held: readonly boolean[]; deep: readonly Float32Array[] }[];
  /** The accuracy that may be given up for answering by the static head alone. */
  margin: number;
  /** A head whose scale and threshold stay: they were fitted by what the encoder had not seen. */
  calibratedBy?: Pick<Head, "scale" | "threshold">;
}

export interface TrainReport {
  samples: number;
  samplesPerTier: Record<string, number>;
  /** Out of fold, each head by itself, and the two as they work together. */
  static: Evaluation;
  deep: Evaluation;
  cascade: Evaluation;
  /** Example by example, what `cascade` sums up. */
  cascadeOutcomes: Outcome[];
  /** The share that the static head answers alone, out of fold. */
  answeredByStatic: number;
}

export interface TrainProgress {
  /** What is being fitted. */
  stage: string;
  iteration: number;
  /** Mean loss, nats. */
  loss: number;
}

/** Fits both heads and says how good they are on what they did not see. Yields its progress; deterministic. */
export function* train(
  examples: readonly Example[],
  features: readonly CompleteFeatures[],
  options: TrainOptions,
): Generator<TrainProgress, { head: Head; report: TrainReport }> {
  const { labels, prior, unseen, calibratedBy } = options;
  const y = Int32Array.from(examples, ({ tier }) => labels.indexOf(tier));
  const weights = balancedWeights(examples, y, options);
  const { foldOf, folds } = foldsOf(examples, options);
  const problem = { y, weights, foldOf, folds, classes: labels.length };
  const quick = features.map(({ static: mean, signs }) => [mean, signs]);
  const deepRows = (deep: readonly Float32Array[]) =>
    features.map(({ static: mean, signs }, at) => [deep[at]!, mean, signs]);
  const deep = deepRows(features.map((one) => one.deep));
  const words = { rows: examples.map(({ text }) => gramsOf(cut(text))), buckets: BUCKETS, l2: options.l2.words };
  // What the encoder has seen does not matter to the static head: more of its examples can be inside.
  const byGroup = unseen &&
    { foldOf: foldsByGroup(examples.map(({ group }) => group), options.folds), folds: options.folds };
  const staticHead = yield* fitHead("static", quick, { ...problem, ...byGroup, l2: options.l2.static, words });
  const deepHead = yield* fitHead("deep", deep, {
    ...problem,
    l2: options.l2.deep,
    foldRows: unseen?.map((fold) => deepRows(fold.deep)),
  });
  const judged = features.map(({ tokens }, at) => ({
    label: y[at]!,
    weight: weights[at]! * prior[y[at]!]!,
    tokens,
    quick: staticHead.unseen[at] ?? [],
    deep: deepHead.unseen[at] ?? [],
  }));
  const scale = calibratedBy?.scale ?? scaleOf(judged, prior);
  const pairs = judged.map(({ tokens, quick: logits, deep, ...one }) => {
    const quick = multiplied(logits, lengthFactor(scale, tokens));
    return {
      ...one,
      static: blended([quick], [scale.static], prior),
      deep: blended([deep, quick], [scale.deep, scale.static * scale.blend], prior),
    };
  });
  const threshold = calibratedBy?.threshold ?? chooseThreshold(pairs, options.margin);
  const outcomes = (pick: (pair: typeof pairs[number]) => readonly number[]): Outcome[] =>
    pairs.map((pair) => ({ label: pair.label, probabilities: pick(pair) }));
  const alone = (pair: typeof pairs[number]) => Math.max(...pair.static) >= threshold;
  const cascadeOutcomes = outcomes((pair) => alone(pair) ? pair.static : pair.deep);
  const report: TrainReport = {
    samples: pairs.length,
    samplesPerTier: Object.fromEntries(
      labels.map((tier, at) => [tier, pairs.filter(({ label }) => label === at).length]),
    ),
    static: evaluateOutcomes(outcomes((pair) => pair.static), labels),
    deep: evaluateOutcomes(outcomes((pair) => pair.deep), labels),
    cascade: evaluateOutcomes(cascadeOutcomes, labels),
    cascadeOutcomes,
    answeredByStatic: pairs.filter(alone).length / pairs.length,
  };
  const head: Head = {
    labels,
    signs: SIGN_NAMES,
    prior,
    threshold,
    scale,
    training: {},
    static: staticHead.regression(scale.static),
    deep: deepHead.regression(scale.deep),
  };
  return { head, report };
}

/** Beyond so many examples two folds say what more would, in half the time. */
const MANY = 10_000;

/** By text, unless the encoder's own folds are given. */
function foldsOf(
  examples: readonly Example[],
  { folds, unseen }: TrainOptions,
): { foldOf: readonly number[]; folds: number } {
  if (unseen) {
    return { foldOf: examples.map((_, at) => unseen.findIndex(({ held }) => held[at])), folds: unseen.length };
  }
  const enough = examples.length > MANY ? 2 : folds;
  return { foldOf: foldsByText(examples.map(({ text }) => text), enough), folds: enough };
}

interface HeadProblem {
  y: Int32Array;
  weights: Float64Array;
  foldOf: readonly number[];
  folds: number;
  l2: number;
  classes: number;
  words?: Words;
  /** The features by which each fold's fit is made and judged, where they are not those of the full fit. */
  foldRows?: Float32Array[][][] | undefined;
}

interface FittedHead {
  /** For features as they are, the logits multiplied by a scale. */
  regression: (scale: number) => WordRegression;
  /** n × k logits, each from a fit that did not see its example. */
  unseen: number[][];
}

/** What is left to gain after these is the words of single examples. */
const WORD_ITERATIONS = 50;

function* fitHead(stage: string, rows: Float32Array[][], problem: HeadProblem): Generator<TrainProgress, FittedHead> {
  const { y, weights, foldOf, folds, foldRows, l2, classes, words } = problem;
  const { x, mean, spread } = standardised(rows);
  const begun = words ? { maxIterations: WORD_ITERATIONS } : {};
  const full = yield* told(stage, fitRegression({ x, y, weights, classes, l2, words }, begun));
  const wordsOf = (places: readonly number[]) => places.map((at) => words?.rows[at]).filter((row) => row !== undefined);
  const logits = new Array<number[]>(rows.length);
  for (let fold = 0; fold < folds; fold++) {
    const own = foldRows?.[fold];
    const features = own ? standardised(own).x : x;
    const inside = [...foldOf.keys()].filter((at) => foldOf[at] !== fold);
    const outside = [...foldOf.keys()].filter((at) => foldOf[at] === fold);
    const part = {
      x: features.subMatrixRow(inside),
      y: y.filter((_, at) => foldOf[at] !== fold),
      weights: weights.filter((_, at) => foldOf[at] !== fold),
      classes,
      l2,
      words: words && { ...words, rows: wordsOf(inside) },
    };
    // Another encoder's features need another fit; the same ones start close to where they end. Words are so many that
    // what the full fit learnt from this fold would still be there at the end.
    const options = words || own ? begun : { start: full, maxIterations: 60 };
    const fit = yield* told(`${stage} ${fold + 1}/${folds}`, fitRegression(part, options));
    const predicted = logitsOf(features.subMatrixRow(outside), fit, wordsOf(outside));
    outside.forEach((at, row) => logits[at] = predicted.getRow(row));
  }
  return { regression: (scale) => folded(full, mean, spread, scale), unseen: logits };
}

function* told(
  stage: string,
  fitting: Generator<{ iteration: number; value: number }, Fit>,
): Generator<TrainProgress, Fit> {
  let result = fitting.next();
  for (; !result.done; result = fitting.next()) {
    yield { stage, iteration: result.value.iteration, loss: result.value.value };
  }
  return result.value;
}

/** Each tier counts alike in sum (n/k), each example within it by its weight. */
function balancedWeights(
  examples: readonly Example[],
  y: Int32Array,
  { labels, weightOf }: TrainOptions,
): Float64Array {
  const weights = Float64Array.from(examples, weightOf);
  const totals = labels.map((_, label) => weights.reduce((sum, weight, at) => y[at] === label ? sum + weight : sum, 0));
  return weights.map((weight, at) => weight / totals[y[at]!]! * examples.length / labels.length);
}

interface Standardised {
  x: Matrix;
  mean: number[];
  spread: number[];
}

/** Columns with mean 0 and spread 1; a constant column becomes 0. */
function standardised(rows: Float32Array[][]): Standardised {
  const x = new Matrix(rows.map((parts) => parts.flatMap((part) => [...part])));
  const mean = x.mean("column");
  const spread = x.standardDeviation("column", { mean }).map((value) => value < 1e-6 ? 1 : value);
  return { x: x.subRowVector(mean).divRowVector(spread), mean, spread };
}

/** The fit as weights for features as they are: standardisation and scale folded in. */
function folded({ weights, bias, grams }: Fit, mean: number[], spread: number[], scale: number): WordRegression {
  const columns = [...bias.keys()].map((k) => weights.getColumn(k).map((weight, d) => scale * weight / spread[d]!));
  const classes = bias.length;
  return {
    weights: columns.map((column) => Float32Array.from(column)),
    bias: Float32Array.from(
      bias,
      (value, k) => scale * value - columns[k]!.reduce((sum, weight, d) => sum + weight * mean[d]!, 0),
    ),
    grams: Array.from(
      bias,
      (_, k) =>
        Float32Array.from({ length: grams.length / classes }, (_, bucket) => scale * grams[bucket * classes + k]!),
    ),
  };
}
