import { z } from "zod";

/** A multinomial logistic regression: `logits = weights · features + bias`, one row a label. */
export interface Regression {
  /** k × d. Standardisation is folded in: features go in as they are. */
  weights: Float32Array[];
  /** k. */
  bias: Float32Array;
}

/** Both heads, with what belongs to them: what training leaves behind, and what a judgement needs. */
export interface Head {
  /** Cheapest first. */
  labels: readonly string[];
  /** The surface signs that both regressions read, by name, after the vector. */
  signs: readonly string[];
  /** Over the static vector and the signs. */
  static: Regression;
  /** Over the deep vector, the static vector and the signs. */
  deep: Regression;
  /** The share of each label in the traffic that is expected; training saw all labels alike. */
  prior: readonly number[];
  /** The static head answers alone from this probability on. */
  threshold: number;
  /** What each regression's logits were multiplied by so that probabilities mean what they say; it is in the weights. */
  scale: { static: number; deep: number };
  /** Where it comes from: for people, not for the program. */
  training: Record<string, unknown>;
}

const numbers = z.array(z.number().refine(Number.isFinite));
const regression = z.strictObject({ bias: numbers, weights: z.record(z.string(), numbers) });
const file = z.strictObject({
  format: z.literal(1),
  labels: z.array(z.string().min(1)).min(2),
  signs: z.array(z.string()),
  prior: z.array(z.number().positive()),
  threshold: z.number().min(0).max(1.01),
  scale: z.strictObject({ static: z.number().positive(), deep: z.number().positive() }),
  static: regression,
  deep: regression,
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
  return {
    labels,
    signs,
    prior,
    threshold,
    scale,
    training,
    static: read("static", dimensions + signs.length),
    deep: read("deep", 2 * dimensions + signs.length),
  };
}

/** Head → file: one line a label's weights, five digits each, so that two heads can be compared line by line. */
export function formatHead(head: Head): string {
  const short = (values: Iterable<number>) =>
    `[${Array.from(values, (value) => Number(value.toPrecision(5))).join(",")}]`;
  const regression = ({ bias, weights }: Regression) => {
    const rows = head.labels.map((label, at) => `      ${JSON.stringify(label)}: ${short(weights[at] ?? [])}`);
    return `{\n    "bias": ${short(bias)},\n    "weights": {\n${rows.join(",\n")}\n    }\n  }`;
  };
  const lines = [
    `"format": 1`,
    `"labels": ${JSON.stringify(head.labels)}`,
    `"signs": ${JSON.stringify(head.signs)}`,
    `"prior": ${short(head.prior)}`,
    `"threshold": ${head.threshold}`,
    `"scale": ${JSON.stringify(head.scale)}`,
    `"training": ${JSON.stringify(head.training)}`,
    `"static": ${regression(head.static)}`,
    `"deep": ${regression(head.deep)}`,
  ];
  return `{\n  ${lines.join(",\n  ")}\n}\n`;
}

/** Probabilities of the labels. `features`: in parts, which together are as long as a row of weights. */
export function probabilitiesOf(
  head: Pick<Head, "prior">,
  regression: Regression,
  features: readonly Float32Array[],
): number[] {
  const logits = regression.weights.map((row, label) => {
    let sum = regression.bias[label] ?? 0;
    let at = 0;
    for (const part of features) {
      for (let d = 0; d < part.length; d++) sum += row[at + d]! * part[d]!;
      at += part.length;
    }
    return sum + Math.log(head.prior[label] ?? 1);
  });
  return softmax(logits);
}

/** exp(x) / Σ exp(x), without overflow. */
export function softmax(logits: readonly number[]): number[] {
  const most = Math.max(...logits);
  const powers = logits.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}
