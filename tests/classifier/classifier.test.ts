import assert from "node:assert/strict";
import { test } from "node:test";
import { BUCKETS } from "../../src/classifier/grams.ts";
import { createClassifier, type StaticStage } from "../../src/classifier/classifier.ts";
import type { Head } from "../../src/classifier/head.ts";
import type { Encoded, Pool } from "../../src/classifier/pool.ts";
import { SIGN_NAMES } from "../../src/classifier/surface.ts";

/**
 * A head over one number: the more above nought, the surer of "high". The deep regression reads the deep vector alone,
 * so that it can contradict the static one.
 */
function headOf(labels = ["low", "high"], threshold = 0.9): Head {
  const row = (...weights: number[]) => Float32Array.from([...weights, ...SIGN_NAMES.map(() => 0)]);
  const bias = Float32Array.of(0, 0);
  return {
    labels,
    signs: SIGN_NAMES,
    prior: [0.5, 0.5],
    threshold,
    scale: { static: 1, deep: 1, blend: 0, length: 0 },
    training: {},
    static: { weights: [row(0), row(1)], bias, grams: [new Float32Array(BUCKETS), new Float32Array(BUCKETS)] },
    deep: { weights: [row(0, 0), row(1, 0)], bias },
  };
}

/** The static vector of a text is the number it begins with. */
function stageOf(head = headOf()) {
  const tokenized: string[] = [];
  const stage: StaticStage = {
    head,
    tokenize: (text) => {
      tokenized.push(text);
      return [Number.parseFloat(text)];
    },
    embed: ([value = 0]) => ({ states: Float32Array.of(value), mean: Float32Array.of(value) }),
  };
  return { stage, tokenized };
}

/** A pool that answers each job with the next of these, a vector's number or why there is none; the last repeats. */
function poolOf(...answers: (number | "deadline" | "queue_full" | "failed")[]) {
  const encoded: number[] = [];
  const up = Promise.withResolvers<void>();
  let closed = false;
  const pool: Pool = {
    ready: up.promise,
    waiting: 0,
    async encode(states) {
      encoded.push(states[0] ?? Number.NaN);
      // As long as the real one takes, so that equal texts can meet.
      await new Promise((resolve) => setTimeout(resolve, 20));
      const answer = answers.length > 1 ? answers.shift() : answers[0];
      const result: Encoded = typeof answer === "number"
        ? { vector: Float32Array.of(answer) }
        : { missed: answer ?? "failed" };
      return result;
    },
    close: () => void (closed = true),
  };
  return { pool, up, encoded, isClosed: () => closed };
}

async function setUp(...answers: Parameters<typeof poolOf>) {
  const { stage, tokenized } = stageOf();
  const parts = poolOf(...answers);
  const classifier = createClassifier({ stage: Promise.resolve(stage), createPool: () => parts.pool });
  parts.up.resolve();
  await classifier.deepReady;
  return { classifier, tokenized, ...parts };
}

const SURE = "5";
const UNSURE = "0.1";
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));
const near = (actual: number, expected: number) => assert.ok(Math.abs(actual - expected) < 1e-6, `${actual}`);

for (const text of ["", " ", "\n\t ", "\u00a0"]) {
  test(`${JSON.stringify(text)} holds no words to judge: the cheapest tier, for certain, and nothing is run`, async () => {
    const { classifier, tokenized, encoded } = await setUp(0);
    assert.deepEqual(await classifier.classify(text), {
      tier: "low",
      confidence: 1,
      flagged: false,
      probabilities: { low: 1, high: 0 },
      reason: "empty",
    });
    assert.deepEqual([tokenized, encoded], [[], []]);
  });
}

test("where the static head is sure it answers alone", async () => {
  const { classifier, encoded } = await setUp(-9);
  const { tier, confidence, reason, flagged, probabilities } = await classifier.classify(SURE);
  assert.deepEqual([tier, reason, flagged], ["high", "static", false]);
  near(confidence, sigmoid(5));
  near(probabilities.low ?? 0, 1 - sigmoid(5));
  assert.deepEqual(Object.keys(probabilities), ["low", "high"]);
  assert.deepEqual(encoded, []);
});

test("where it is not sure the deep head decides, and may contradict", async () => {
  const { classifier, encoded } = await setUp(-3);
  const { tier, confidence, reason } = await classifier.classify(UNSURE);
  assert.deepEqual([tier, reason], ["low", "deep"]);
  near(confidence, sigmoid(3));
  assert.deepEqual(encoded, [Math.fround(0.1)]);
});

test("a judgement below 0.6 is doubtful", async () => {
  const { classifier } = await setUp(0.40, 0.41);
  // The logistic function passes 0.6 at ln 1.5 = 0.405.
  assert.equal((await classifier.classify("0.1 first")).flagged, true);
  assert.equal((await classifier.classify("0.1 second")).flagged, false);
});

test("what was judged before is not computed again", async () => {
  const { classifier, encoded, tokenized } = await setUp(-3);
  const first = await classifier.classify(UNSURE);
  const second = await classifier.classify(UNSURE);
  assert.deepEqual(second, { ...first, reason: "cached" });
  assert.deepEqual([encoded.length, tokenized.length], [1, 1]);
  await classifier.classify(SURE);
  assert.equal((await classifier.classify(SURE)).reason, "cached");
});

test("equal texts at the same time share one computation, unequal ones do not", async () => {
  const { classifier, encoded } = await setUp(-3);
  const texts = [UNSURE, UNSURE, "0.2", UNSURE];
  const answers = await Promise.all(texts.map((text) => classifier.classify(text)));
  assert.ok(answers.every(({ reason }) => reason === "deep"));
  assert.equal(encoded.length, 2);
});

test("until the deep head is up the static one answers, and afterwards the deep one does", async () => {
  const { stage } = stageOf();
  const { pool, up, encoded } = poolOf(-3);
  const classifier = createClassifier({ stage: Promise.resolve(stage), createPool: () => pool });
  const early = await classifier.classify(UNSURE);
  assert.deepEqual([early.tier, early.reason, encoded.length], ["high", "starting", 0]);
  up.resolve();
  await classifier.deepReady;
  assert.deepEqual(await classifier.classify(UNSURE).then(({ tier, reason }) => [tier, reason]), ["low", "deep"]);
});

for (
  const [missed, reason] of [["deadline", "deadline"], ["queue_full", "queue_full"], ["failed", "deadline"]] as const
) {
  test(`a deep head that says "${missed}" leaves the static one's answer, for once`, async () => {
    const { classifier } = await setUp(missed, -3);
    const first = await classifier.classify(UNSURE);
    assert.deepEqual([first.tier, first.reason], ["high", reason]);
    const second = await classifier.classify(UNSURE);
    assert.deepEqual([second.tier, second.reason], ["low", "deep"]);
  });
}

test("a request that comes before the static head is up waits for it", async () => {
  const { stage } = stageOf();
  const loading = Promise.withResolvers<StaticStage>();
  const { pool } = poolOf(0);
  const classifier = createClassifier({ stage: loading.promise, createPool: () => pool });
  const answers = Promise.all([classifier.classify(SURE), classifier.classify("")]);
  const early = await Promise.race([answers, new Promise((resolve) => setTimeout(() => resolve("none"), 20))]);
  assert.equal(early, "none");
  loading.resolve(stage);
  assert.deepEqual((await answers).map(({ tier }) => tier), ["high", "low"]);
});

test("the deep stage is not begun before the static one is up", async () => {
  const { stage } = stageOf();
  const loading = Promise.withResolvers<StaticStage>();
  const { pool } = poolOf(0);
  let begun = false;
  const createPool = () => {
    begun = true;
    return pool;
  };
  const classifier = createClassifier({ stage: loading.promise, createPool });
  await Promise.resolve();
  assert.equal(begun, false);
  loading.resolve(stage);
  await classifier.ready;
  await classifier.classify(SURE);
  assert.equal(begun, true);
});

test("a static stage that cannot be had fails each request, and nothing besides", async () => {
  const loading = Promise.withResolvers<StaticStage>();
  const { pool } = poolOf(0);
  const classifier = createClassifier({ stage: loading.promise, createPool: () => pool });
  loading.reject(new Error("no such asset"));
  // Time enough for a rejection that nobody handles to end the process.
  await new Promise((resolve) => setTimeout(resolve, 20));
  await assert.rejects(classifier.classify(SURE), /no such asset/);
  await assert.rejects(classifier.ready, /no such asset/);
  await assert.rejects(classifier.deepReady, /no such asset/);
  await classifier.close();
});

test("a deep stage that cannot be had leaves the static one at work", async () => {
  const { stage } = stageOf();
  const { pool, up } = poolOf(0);
  const classifier = createClassifier({ stage: Promise.resolve(stage), createPool: () => pool });
  up.reject(new Error("no WASM"));
  await assert.rejects(classifier.deepReady, /no WASM/);
  assert.equal((await classifier.classify(UNSURE)).reason, "starting");
  await assert.rejects(classifier.features(UNSURE), /no WASM/);
});

test("of a long text the middle makes no difference", async () => {
  const { classifier, encoded } = await setUp(-3);
  const long = (middle: string) => `0.1 ${"a".repeat(3000)}${middle}${"b".repeat(3000)}`;
  await classifier.classify(long("x"));
  assert.equal((await classifier.classify(long("y".repeat(100)))).reason, "cached");
  assert.equal(encoded.length, 1);
});

test("another head serves from the next request on, and what was encoded stays known", async () => {
  const { classifier, encoded } = await setUp(-3);
  await classifier.classify(UNSURE);
  classifier.swap(headOf(["small", "large"]));
  const { tier, reason, probabilities } = await classifier.classify(UNSURE);
  assert.deepEqual([tier, reason, Object.keys(probabilities)], ["small", "cached", ["small", "large"]]);
  assert.equal((await classifier.classify(" ")).tier, "small");
  assert.equal(encoded.length, 1);
});

test("a head that was swapped in before the static stage was up is the one that serves", async () => {
  const { stage } = stageOf();
  const loading = Promise.withResolvers<StaticStage>();
  const classifier = createClassifier({ stage: loading.promise, createPool: () => poolOf(0).pool });
  classifier.swap(headOf(["small", "large"]));
  loading.resolve(stage);
  assert.equal((await classifier.classify(SURE)).tier, "large");
});

test("features are what both heads read, however long the queue", async () => {
  const { classifier, encoded } = await setUp("queue_full", "queue_full", 7);
  const features = await classifier.features("2 words");
  assert.deepEqual([features.static, features.deep], [Float32Array.of(2), Float32Array.of(7)]);
  assert.equal(features.signs.length, SIGN_NAMES.length);
  assert.equal(encoded.length, 3);
});

test("features whose deep vector is known are not encoded", async () => {
  const { classifier, encoded } = await setUp(7);
  const known = Float32Array.of(3);
  assert.equal((await classifier.features("2", known)).deep, known);
  assert.deepEqual(encoded, []);
});

test("features that cannot be had are an error", async () => {
  const { classifier } = await setUp("failed");
  await assert.rejects(classifier.features("2"), /Cannot encode the text: failed/);
});

test("closing closes the deep stage", async () => {
  const { classifier, isClosed } = await setUp(0);
  await classifier.close();
  assert.equal(isClosed(), true);
});
