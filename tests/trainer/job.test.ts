import assert from "node:assert/strict";
import { test } from "node:test";
import type { CompleteFeatures } from "../../src/classifier/cache.ts";
import type { Head } from "../../src/classifier/head.ts";
import { DIMENSIONS } from "../../src/classifier/static.ts";
import { SIGN_NAMES, signsOf } from "../../src/classifier/surface.ts";
import { RouterError } from "../../src/errors.ts";
import type { Example } from "../../src/trainer/example.ts";
import { createJob } from "../../src/trainer/job.ts";
import { RECIPE } from "../../src/trainer/recipe.ts";
import { train } from "../../src/trainer/train.ts";

// The real trainer on features of our own making: a text's first word says where it lies.
const featuresOf = (texts: readonly string[]): Promise<CompleteFeatures[]> =>
  Promise.resolve(texts.map((text) => {
    const place = text.startsWith("low") ? -1 : 1;
    const vector = () =>
      Float32Array.from({ length: DIMENSIONS }, (_, d) => d < 4 ? place + Math.sin(text.length + d) / 4 : 0);
    return { tokens: 20, static: vector(), deep: vector(), signs: signsOf("same") };
  }));
const rows = (word: string, tier: string, count: number, from = 0): Example[] =>
  Array.from(
    { length: count },
    (_, at) => ({ text: `${word} ${"x".repeat(from + at)}`, tier, lang: "en", tags: [], group: "a" }),
  );
const shippedExamples = [...rows("low", "small", 12), ...rows("high", "large", 12)];

function fit(
  examples: readonly Example[],
  features: readonly CompleteFeatures[],
  options: Pick<Head, "labels" | "prior">,
) {
  const training = train(examples, features, { ...RECIPE, ...options });
  let step = training.next();
  while (!step.done) step = training.next();
  return Promise.resolve(step.value);
}

async function jobOf(frozen: Example[] = []) {
  const features = await featuresOf(shippedExamples.map(({ text }) => text));
  const { head } = await fit(shippedExamples, features, { labels: ["small", "large"], prior: [0.5, 0.5] });
  head.training = { examples: 24, cvAccuracy: 1 };
  const saved: Head[] = [];
  const kept: { text: string; tier: string }[] = [];
  const job = createJob({
    shipped: () => Promise.resolve({ examples: shippedExamples, head }),
    frozen: () => Promise.resolve(frozen),
    own: { read: () => Promise.resolve([]), add: (added) => Promise.resolve(void kept.push(...added)) },
    featuresOf,
    fit,
    heads: {
      current: () => Promise.resolve(saved.at(-1) ?? head),
      save: (next) => Promise.resolve(void saved.push(next)),
      rollback: () => Promise.resolve(saved.pop() && (saved.at(-1) ?? head)),
    },
    orderOf: (labels) => labels,
    now: () => 0,
  });
  return { job, saved, kept, head };
}
const plain = { examples: [], mode: "extend", dryRun: false, force: false, rollback: false } as const;

test("the same examples give a head that is as good, and it is swapped in", async () => {
  const { job, saved, kept } = await jobOf();
  const examples = [{ text: "low and new", tier: "small" }];
  const report = await job.run({ ...plain, examples });
  assert.equal(report.accepted, true);
  assert.deepEqual(report.samples_per_tier, { small: 13, large: 12 });
  assert.equal(report.cv_accuracy, 1);
  assert.equal(saved.length, 1);
  assert.equal(saved[0]?.training.cvAccuracy, 1);
  assert.deepEqual(kept, examples);
});

test("a fall out of fold is refused, and nothing is kept", async () => {
  const { job, saved, kept } = await jobOf();
  const examples = rows("low", "large", 12, 12);
  const report = await job.run({ ...plain, examples });
  assert.equal(report.accepted, false);
  assert.match(report.reason, /^refused: out-of-fold accuracy falls from 100\.0 % to /);
  assert.deepEqual([saved.length, kept.length], [0, 0]);
  const forced = await job.run({ ...plain, examples, force: true });
  assert.equal(forced.accepted, true);
  assert.match(forced.reason, /^forced, although /);
  assert.equal((await job.run({ ...plain, rollback: true })).accepted, true);
});

test("prompts that must not flip are named when they do", async () => {
  const { job } = await jobOf(rows("low frozen", "small", 4));
  const examples = [...rows("low", "large", 12), ...rows("high", "small", 12)];
  const { accepted, flipped } = await job.run({ ...plain, examples, mode: "extend" });
  assert.equal(accepted, false);
  assert.equal(flipped.length, 4);
  assert.deepEqual([flipped[0]?.tier, flipped[0]?.judged], ["small", "large"]);
});

test("unknown tiers extend nothing, and too few examples replace nothing", async () => {
  const { job } = await jobOf();
  const because = (words: RegExp) => (error: unknown) =>
    error instanceof RouterError && error.status === 400 && words.test(error.message);
  await assert.rejects(
    job.run({ ...plain, examples: [{ text: "a", tier: "huge" }] }),
    because(/"huge" is none of small, large/),
  );
  await assert.rejects(
    job.run({ ...plain, mode: "replace", examples: rows("low", "a", 4) }),
    because(/at least 5 .*a 4/),
  );
  // A failure does not leave it busy.
  assert.equal((await job.run({ ...plain, dryRun: true })).accepted, false);
});

test("signs are read by name: the head knows those of this program", async () => {
  const { head } = await jobOf();
  assert.deepEqual(head.signs, SIGN_NAMES);
});
