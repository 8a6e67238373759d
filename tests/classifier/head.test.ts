import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { BUCKETS } from "../../src/classifier/grams.ts";
import {
  deepProbabilities,
  formatHead,
  type Head,
  parseHead,
  quickProbabilities,
  softmax,
} from "../../src/classifier/head.ts";
import { DIMENSIONS } from "../../src/classifier/static.ts";
import { SIGN_NAMES } from "../../src/classifier/surface.ts";

const SHAPE = { dimensions: 2, signs: ["long"] };

/** Weights of words: nought but for bucket 7. */
const words = (weight: number) => Float32Array.from({ length: BUCKETS }, (_, bucket) => bucket === 7 ? weight : 0);
const NO_WORDS = { buckets: new Uint16Array(), value: 0 };

const HEAD: Head = {
  labels: ["low", "high"],
  signs: SHAPE.signs,
  prior: [0.25, 0.75],
  threshold: 0.8,
  scale: { static: 1.5, deep: 1, blend: 0.5, length: 0 },
  training: { examples: 3, note: 'a "quoted"\nnote' },
  static: {
    weights: [Float32Array.of(1, 2, 3), Float32Array.of(-1, 0, 0.5)],
    bias: Float32Array.of(0, 1),
    grams: [words(127), words(-254)],
  },
  deep: { weights: [new Float32Array(5).fill(0.25), new Float32Array(5)], bias: Float32Array.of(-1, 0) },
};

/** The head's file with one thing changed. */
function changed(change: (file: Record<string, unknown>) => void): string {
  const file: Record<string, unknown> = JSON.parse(formatHead(HEAD));
  change(file);
  return JSON.stringify(file);
}

const near = (actual: readonly number[], expected: readonly number[]) => {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, at) =>
    assert.ok(Math.abs(value - (expected[at] ?? 0)) < 1e-9, `${actual} is not ${expected}`)
  );
};

test("a head is the same after it was written and read", () => {
  assert.deepEqual(parseHead(formatHead(HEAD), SHAPE), HEAD);
});

test("each label's weights stand on a line of their own, so that heads can be compared", () => {
  const lines = formatHead(HEAD).split("\n");
  assert.ok(lines.includes('      "low": [1,2,3],'));
  assert.ok(lines.includes('      "high": [-1,0,0.5]'));
});

test("weights are written with five digits", () => {
  const bias = Float32Array.of(1 / 3, 123_456.7);
  const head = { ...HEAD, static: { ...HEAD.static, bias } };
  assert.match(formatHead(head), /"bias": \[0\.33333,123460\]/);
});

for (
  const [what, change, why] of [
    ["of another format", (file) => file.format = 2, /format/],
    ["with a key that nobody knows", (file) => file.extra = 1, /extra/],
    ["with one label", (file) => file.labels = ["low"], /labels/],
    ["that reads other signs", (file) => file.signs = ["short"], /other surface signs/],
    ["with signs in another order", (file) => file.signs = ["long", "short"], /other surface signs/],
    ["without a prior for each label", (file) => file.prior = [1], /prior/],
    ["with a prior of nought", (file) => file.prior = [0, 1], /prior/],
    ["without weights for a label", (file) => file.labels = ["low", "other"], /"static" weights are not 2 × 3/],
    ["with a threshold above 1.01", (file) => file.threshold = 2, /threshold/],
    ["with a scale below nought", (file) => file.scale = { static: -1, deep: 1, blend: 0 }, /scale/],
    ["whose length counts too much", (file) => file.scale = { ...file.scale as object, length: 0.6 }, /length/],
    ["with a bias too many", (file) => (file.deep as Head["deep"]).bias = [1, 2, 3] as never, /"deep" weights/],
    ["with a weight that is no number", (file) => {
      file.static = { ...file.static as object, weights: { low: [1, 2, null], high: [1, 2, 3] } };
    }, /static/],
    ["without words for a label", (file) => {
      const { grams } = file.static as { grams: Record<string, unknown> };
      delete grams.low;
    }, /grams are not 2 × 32768/],
    ["with words that are cut off", (file) => {
      const { grams } = file.static as { grams: Record<string, { int8: string }> };
      grams.low = { ...grams.low, int8: "AAAA" };
    }, /grams are not 2 × 32768/],
    ["with words that are no base64", (file) => {
      const { grams } = file.static as { grams: Record<string, { int8: string }> };
      grams.low = { ...grams.low, int8: "?" };
    }, /int8/],
    ["for another encoder", (file) => {
      file.static = { ...file.static as object, weights: { low: [1, 2], high: [1, 2] } };
    }, /"static" weights are not 2 × 3/],
  ] as [string, (file: Record<string, unknown>) => void, RegExp][]
) {
  test(`a head ${what} is refused`, () => assert.throws(() => parseHead(changed(change), SHAPE), why));
}

for (const text of ["", "{", "null", "[]", formatHead(HEAD).slice(0, -20)]) {
  test(`a head file of ${JSON.stringify(text.slice(0, 12))} (${text.length} characters) is refused`, () => {
    assert.throws(() => parseHead(text, SHAPE));
  });
}

test("the shipped head fits the shipped encoder and the signs of this program", () => {
  const text = readFileSync(new URL("../../models/head.json", import.meta.url), "utf8");
  const head = parseHead(text, { dimensions: DIMENSIONS, signs: SIGN_NAMES });
  assert.deepEqual(head.labels, ["simple", "medium", "complex", "reasoning"]);
  assert.ok(Math.abs(head.prior.reduce((sum, share) => sum + share, 0) - 1) < 1e-6);
  assert.equal(formatHead(head), text, "it was not written by this program");
});

const READ = { tokens: 20, static: Float32Array.of(2, 3), signs: Float32Array.of(4), grams: NO_WORDS };

test("probabilities follow from weights, bias and prior", () => {
  // By hand: logits 1·2 + 2·3 + 3·4 + 0 = 20 and −2 + 0 + 2 + 1 = 1, then the prior's logarithms.
  const odds = Math.exp(20 - 1) * 0.25 / 0.75;
  near(quickProbabilities(HEAD, READ), [odds / (1 + odds), 1 / (1 + odds)]);
});

test("words add their weights", () => {
  // 19 − 0.05 · (127 + 254) = −0.05
  const grams = { buckets: Uint16Array.of(7, 9), value: -0.05 };
  const odds = Math.exp(-0.05) * 0.25 / 0.75;
  const [low = 0] = quickProbabilities(HEAD, { ...READ, grams });
  assert.ok(Math.abs(low - odds / (1 + odds)) < 1e-6, `${low}`);
});

test("the deep head's logits and a share of the static head's are added", () => {
  const signs = Float32Array.of(-1);
  // Static: 2 + 6 − 3 = 5 and −2 − 0.5 + 1 = −1.5. Deep: 0.25 · (1 + 1 + 2 + 3 − 1) − 1 = 0.5 and 0.
  const odds = Math.exp(0.5 + 0.5 * (5 + 1.5)) * 0.25 / 0.75;
  near(deepProbabilities(HEAD, { ...READ, signs, deep: Float32Array.of(1, 1) }), [odds / (1 + odds), 1 / (1 + odds)]);
});

test("the static head's logits count by the length of the text, from eight tokens on", () => {
  const head = { ...HEAD, scale: { ...HEAD.scale, length: 0.4 } };
  const signs = Float32Array.of(-1);
  const differenceAt = (tokens: number) => {
    const [low = 0, high = 0] = quickProbabilities(head, { ...READ, signs, tokens });
    return Math.log(low / high) - Math.log(0.25 / 0.75);
  };
  // Static: 5 and −1.5.
  for (const [tokens, counted] of [[2, 8], [8, 8], [33, 33], [64, 64]] as const) {
    const expected = 6.5 * (1 + 0.4 * (Math.log(counted) - 3.5));
    assert.ok(Math.abs(differenceAt(tokens) - expected) < 1e-6, `${tokens} tokens`);
  }
  const odds = Math.exp(0.5 + 0.5 * 6.5 * (1 + 0.4 * (Math.log(64) - 3.5))) * 0.25 / 0.75;
  const deep = Float32Array.of(1, 1);
  near(deepProbabilities(head, { ...READ, tokens: 64, signs, deep }), [odds / (1 + odds), 1 / (1 + odds)]);
});

test("where the features say nothing, the prior speaks", () => {
  const none = Float32Array.of(0);
  const silent = {
    weights: [new Float32Array(2), new Float32Array(2)],
    bias: new Float32Array(2),
    grams: [words(0), words(0)],
  };
  near(quickProbabilities({ ...HEAD, static: silent }, { tokens: 20, static: none, signs: none, grams: NO_WORDS }), [
    0.25,
    0.75,
  ]);
});

for (
  const [logits, expected] of [
    [[0, 0, 0, 0], [0.25, 0.25, 0.25, 0.25]],
    [[Math.log(1), Math.log(3)], [0.25, 0.75]],
    [[1e308, 0], [1, 0]],
    [[-1e308, -1e308], [0.5, 0.5]],
    [[1000, 1000 + Math.log(3)], [0.25, 0.75]],
  ] as const
) {
  test(`softmax of ${logits.join(", ")} is ${expected.join(", ")}`, () => near(softmax(logits), expected));
}
