import { z } from "zod";
import { BUCKETS, type Grams } from "./grams.ts";

/** A multinomial logistic regression: `logits = weights · features + bias`, one row a label. */
export interface Regression {
  /** k × d. Standardisation is folded in: features go in as they are. */
  weights: Float32Array[];
  /** k. */
  bias: Float32Array;
}

/** A regression that reads words, too: `logits = weights · features + grams · words + bias`. */
export interface WordRegression extends Regression {
  /** k × BUCKETS. */
  grams: Float32Array[];
}

/** Both heads, with what belongs to them: what training leaves behind, and what a judgement needs. */
export interface Head {
  /** Cheapest first. */
  labels: readonly string[];
  /** The surface signs that both regressions read, by name, after the vector. */
  signs: readonly string[];
  /** Over the static vector, the signs and the words. */
  static: WordRegression;
  /** Over the deep vector, the static vector and the signs; the static head's logits are added, `scale.blend` of them. */
  deep: Regression;
  /** The share of each label in the traffic that is expected; training saw all labels alike. */
  prior: readonly number[];
  /** The static head answers alone from this probability on. */
  threshold: number;
  /**
   * What logits are multiplied by so that probabilities mean what they say: each regression's own (in its weights), the
   * static head's by a text's length (`lengthFactor`), and the static head's where the deep one is asked.
   */
  scale: { static: number; deep: number; blend: number; length: number };
  /** Where it comes from: for people, not for the program. */
  training: Record<string, unknown>;
}

/** Shorter texts say as little as one of so many tokens. */
const LEAST_TOKENS = 8;
/** The natural logarithm of the tokens of a middling text. */
const MIDDLING = 3.5;
/** The most that `scale.length` may be: more could turn the shortest texts' logits around. */
export const MOST_LENGTH = 0.5;

/**
 * What the static head's logits are multiplied by for a text of so many tokens. Its features are means over the text, and
 * a mean of few tokens strays far: what looks sure of a short text is less so than the same of a long one.
 */
export function lengthFactor({ length }: Pick<Head["scale"], "length">, tokens: number): number {
  return 1 + length * (Math.log(Math.max(tokens, LEAST_TOKENS)) - MIDDLING);
}

const numbers = z.array(z.number().refine(Number.isFinite));
const regression = { bias: numbers, weights: z.record(z.string(), numbers) };
const packed = z.strictObject({ step: z.number().positive(), int8: z.base64() });
const file = z.strictObject({
  format: z.literal(1),
  labels: z.array(z.string().min(1)).min(2),
  signs: z.array(z.string()),
  prior: z.array(z.number().positive()),
  threshold: z.number().min(0).max(1.01),
  scale: z.strictObject({
    static: z.number().positive(),
    deep: z.number().positive(),
    blend: z.number(),
    length: z.number().min(0).max(MOST_LENGTH).default(0),
  }),
  static: z.strictObject({ ...regression, grams: z.record(z.string(), packed) }),
  deep: z.strictObject(regression),
  training: z.record(z.string(), z.unknown()),
});

interface Shape {
  /** Length of the static vector, and of the deep one. */
  dimensions: number;
  /** The signs that this program knows. */
  signs: readonly string[];
}

/** Reads a head file. Throws when it is damaged, or was made for another encoder or other signs. */
export function parseHead(text: string, { dimensions, signs }: Shape): Head {
  const value = file.parse(JSON.parse(text));
  const { labels, prior, threshold, scale, training } = value;
  if (value.signs.join("\n") !== signs.join("\n")) throw new Error("Cannot use the head: it reads other surface signs");
  if (prior.length !== labels.length) throw new Error("Cannot use the head: it has not one prior a label");
  const read = (name: "static" | "deep", length: number): Regression => {
    const { bias, weights } = value[name];
    const rows = labels.map((label) => Float32Array.from(weights[label] ?? []));
    const fits = bias.length === labels.length && rows.every((row) => row.length === length);
    if (!fits) throw new Error(`Cannot use the head: its "${name}" weights are not ${labels.length} × ${length}`);
    return { weights: rows, bias: Float32Array.from(bias) };
  };
  const readGrams = () => {
    const grams = labels.map((label) => unpacked(value.static.grams[label]));
    if (grams.some((row) => row.length !== BUCKETS)) {
      throw new Error(`Cannot use the head: its grams are not ${labels.length} × ${BUCKETS}`);
    }
    return grams;
  };
  return {
    labels,
    signs,
    prior,
    threshold,
    scale,
    training,
    static: { ...read("static", dimensions + signs.length), grams: readGrams() },
    deep: read("deep", 2 * dimensions + signs.length),
  };
}

/** Head → file: one line a label's weights, five digits each, so that two heads can be compared line by line. */
export function formatHead(head: Head): string {
  const short = (values: Iterable<number>) =>
    `[${Array.from(values, (value) => Number(value.toPrecision(5))).join(",")}]`;
  const rows = (write: (at: number) => string) =>
    `{\n${head.labels.map((label, at) => `      ${JSON.stringify(label)}: ${write(at)}`).join(",\n")}\n    }`;
  const regression = ({ bias, weights }: Regression, more = "") =>
    `{\n    "bias": ${short(bias)},\n    "weights": ${rows((at) => short(weights[at] ?? []))}${more}\n  }`;
  const words = `,\n    "grams": ${rows((at) => JSON.stringify(packedOf(head.static.grams[at])))}`;
  const lines = [
    `"format": 1`,
    `"labels": ${JSON.stringify(head.labels)}`,
    `"signs": ${JSON.stringify(head.signs)}`,
    `"prior": ${short(head.prior)}`,
    `"threshold": ${head.threshold}`,
    `"scale": ${JSON.stringify(head.scale)}`,
    `"training": ${JSON.stringify(head.training)}`,
    `"static": ${regression(head.static, words)}`,
    `"deep": ${regression(head.deep)}`,
  ];
  return `{\n  ${lines.join(",\n  ")}\n}\n`;
}

const STEPS = 127;

/** A row's weights in 255 even steps: a word's weight is no more certain than that. */
function packedOf(row: Float32Array = new Float32Array()): z.infer<typeof packed> {
  const most = row.reduce((largest, weight) => Math.max(largest, Math.abs(weight)), 0);
  const step = most > 0 ? Number((most / STEPS).toPrecision(5)) : 1;
  return { step, int8: Uint8Array.from(row, (weight) => Math.round(weight / step)).toBase64() };
}

function unpacked(row: z.infer<typeof packed> | undefined): Float32Array {
  if (!row) return new Float32Array();
  return Float32Array.from(new Int8Array(Uint8Array.fromBase64(row.int8).buffer), (value) => value * row.step);
}

/** What a judgement reads of a text. */
interface Read {
  /** How many there are, [CLS] and [SEP] included. */
  tokens: number;
  static: Float32Array;
  signs: Float32Array;
  grams: Grams;
}

/** The static head's probabilities of the labels. */
export function quickProbabilities(head: Pick<Head, "prior" | "static" | "scale">, read: Read): number[] {
  return softmax(withPrior(head, quickLogits(head, read)));
}

/** The deep head's probabilities of the labels. */
export function deepProbabilities(
  head: Pick<Head, "prior" | "static" | "deep" | "scale">,
  read: Read & { deep: Float32Array },
): number[] {
  const quick = quickLogits(head, read);
  const logits = logitsOf(head.deep, [read.deep, read.static, read.signs]);
  return softmax(withPrior(head, logits.map((logit, k) => logit + head.scale.blend * quick[k]!)));
}

function withPrior({ prior }: Pick<Head, "prior">, logits: readonly number[]): number[] {
  return logits.map((logit, k) => logit + Math.log(prior[k] ?? 1));
}

function quickLogits(head: Pick<Head, "static" | "scale">, read: Read): number[] {
  const { tokens, static: mean, signs, grams: { buckets, value } } = read;
  const factor = lengthFactor(head.scale, tokens);
  return logitsOf(head.static, [mean, signs]).map((logit, k) => {
    const row = head.static.grams[k]!;
    return factor * (logit + value * buckets.reduce((sum, bucket) => sum + row[bucket]!, 0));
  });
}

/** `features`: in parts, which together are as long as a row of weights. */
function logitsOf({ weights, bias }: Regression, features: readonly Float32Array[]): number[] {
  return weights.map((row, label) => {
    let sum = bias[label] ?? 0;
    let at = 0;
    for (const part of features) {
      for (let d = 0; d < part.length; d++) sum += row[at + d]! * part[d]!;
      at += part.length;
    }
    return sum;
  });
}

/** exp(x) / Σ exp(x), without overflow. */
export function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
