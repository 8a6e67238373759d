import type { CompleteFeatures } from "./cache.ts";
import type { Head } from "./head.ts";

/** A surface sign, and how far it pulls towards a tier. */
export interface SignPull {
  name: string;
  value: number;
  /** Its part of the tier's logit, above what it gives the other tiers on average. */
  weight: number;
}

/** The signs that pull most for or against a label, strongest first. */
export function pullsOf(head: Head, { deep, static: mean, signs }: CompleteFeatures, label: string): SignPull[] {
  const at = head.labels.indexOf(label);
  const start = deep.length + mean.length;
  const pulls = head.signs.map((name, sign) => {
    const value = signs[sign] ?? 0;
    const parts = head.deep.weights.map((row) => (row[start + sign] ?? 0) * value);
    const others = parts.filter((_, other) => other !== at);
    const average = others.reduce((sum, part) => sum + part, 0) / Math.max(1, others.length);
    return { name, value, weight: (parts[at] ?? 0) - average };
  });
  return pulls.filter(({ value }) => value !== 0).toSorted((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
}

/** The most pieces that are tried. */
const MOST = 60;

/** A text without one of its sentences, or one of its words: what could be left out. */
export function omissions(text: string): { without: string; text: string }[] {
  const sentences = text.split(/(?<=[.!?。！？])\s+|\n+/u).filter((sentence) => sentence.trim() !== "");
  const words = [...new Set(text.match(/[\p{L}\p{M}\p{N}'’-]{2,}/gu) ?? [])];
  const pieces = [...(sentences.length > 1 ? sentences.slice(0, MOST / 3) : []), ...words.slice(0, MOST)].slice(
    0,
    MOST,
  );
  return pieces.map((without) => ({ without, text: text.replace(without, " ").replaceAll(/ {2,}/g, " ").trim() }))
    .filter((one) => one.text !== "");
}
