import { type CompleteFeatures, createFeatureCache, type Features, hashOf } from "./cache.ts";
import { gramsOf } from "./grams.ts";
import { deepProbabilities, type Head, quickProbabilities } from "./head.ts";
import type { Pool } from "./pool.ts";
import type { Embed } from "./static.ts";
import { signsOf } from "./surface.ts";
import { cut, type Tokenize } from "./tokenizer.ts";

/** Below this confidence a judgement is doubtful. */
export const FLAGGED_BELOW = 0.6;

/** How a judgement came about. */
export type JudgementReason = "empty" | "static" | "deep" | "cached" | "deadline" | "queue_full" | "starting";

/** What the classifier says of a text. */
export interface Judgement {
  tier: string;
  /** The tier's probability, 0 … 1. */
  confidence: number;
  flagged: boolean;
  /** By tier, cheapest first; they add up to 1. */
  probabilities: Record<string, number>;
  reason: JudgementReason;
}

export interface Classifier {
  /** Waits until the static head is up. */
  classify(text: string): Promise<Judgement>;
  /**
   * Everything that both heads read of a text. Encodes it, however long that takes, unless its deep vector is known.
   * Throws when the deep stage cannot be had.
   */
  features(text: string, deep?: Float32Array<ArrayBuffer>): Promise<CompleteFeatures>;
  /** The static head's probabilities, by tier. */
  quickly(text: string): Promise<Record<string, number>>;
  /** The head that serves. */
  head(): Promise<Head>;
  /** Serves another head from now on; what was encoded stays known. */
  swap(head: Head): void;
  /** Resolves when the static head is up; rejects when it cannot be. */
  readonly ready: Promise<void>;
  /** Resolves when the deep head is up; rejects when it cannot be. */
  readonly deepReady: Promise<void>;
  /** Judgements that wait for the deep stage. */
  waiting(): number;
  close(): Promise<void>;
}

/** What the static head needs. */
export interface StaticStage {
  tokenize: Tokenize;
  embed: Embed;
  head: Head;
}

interface ClassifierParts {
  /** Loading: the classifier can be had before it can judge. */
  stage: Promise<StaticStage>;
  /** The deep stage; not started before the static one is up, so that they do not fight for the same core. */
  createPool: () => Pool;
  /** Names a text in the cache; by default the standard's SHA-256, which takes a way through another thread. */
  hash?: (text: string) => string | Promise<string>;
}

/** The longest wait for an encoding that nobody's request waits for, ms. */
const PATIENT_MS = 60_000;
/** Some 10 MB: a day of a busy team's prompts. */
const CACHE = { entries: 10_000, bytes: 40_000_000 };

export function createClassifier({ stage, createPool, hash = hashOf }: ClassifierParts): Classifier {
  const cache = createFeatureCache(CACHE);
  // Equal texts at the same time share one computation.
  const underWay = new Map<string, Promise<Judgement>>();
  let deepUp = false;
  let swapped: Head | undefined;
  const ready = stage.then(() => {});
  // Whoever asks for a judgement hears of it; a rejection that nobody waits for would end the process.
  ready.catch(() => {});
  const pool = stage.then(() => createPool());
  let running: Pool | undefined;
  pool.then((created) => running = created, () => {});
  const deepReady = pool.then((created) => created.ready).then(() => void (deepUp = true));
  deepReady.catch(() => {});

  const judge = async (text: string, key: string): Promise<Judgement> => {
    const { tokenize, embed, head: loaded } = await stage;
    const head = swapped ?? loaded;
    const known = cache.get(key);
    const settled = (features: Features, probabilities: readonly number[], reason: JudgementReason) => {
      cache.set(key, { ...features, judged: { head, probabilities } });
      return judgementOf(head, probabilities, reason);
    };
    if (known?.judged?.head === head) return judgementOf(head, known.judged.probabilities, "cached");
    // Made anew where they are needed: that costs less time than they would cost room in the cache.
    const grams = gramsOf(text);
    if (known?.deep) return settled(known, deepProbabilities(head, { ...known, deep: known.deep, grams }), "cached");
    // The states are large and of use once: they are not kept, and made again only for who must be encoded after all.
    let states: Float32Array<ArrayBuffer> | undefined;
    const read = (): Features => {
      const { states: made, ...features } = staticFeatures({ tokenize, embed }, text);
      states = made;
      return { ...features, deep: undefined };
    };
    const features = known ?? read();
    const quick = quickProbabilities(head, { ...features, grams });
    if (Math.max(...quick) >= head.threshold) return settled(features, quick, known ? "cached" : "static");
    cache.set(key, features);
    const quickly = (reason: JudgementReason) => judgementOf(head, quick, reason);
    if (!deepUp) return quickly("starting");
    states ??= embed(tokenize(text)).states;
    const encoded = await (await pool).encode(states);
    if ("missed" in encoded) return quickly(encoded.missed === "queue_full" ? "queue_full" : "deadline");
    const complete = { ...features, deep: encoded.vector };
    return settled(complete, deepProbabilities(head, { ...complete, grams }), "deep");
  };

  const encodeAtAnyCost = async (states: Float32Array<ArrayBuffer>) => {
    await deepReady;
    const encoder = await pool;
    while (true) {
      const encoded = await encoder.encode(states, PATIENT_MS);
      if ("vector" in encoded) return encoded.vector;
      if (encoded.missed !== "queue_full") throw new Error(`Cannot encode the text: ${encoded.missed}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };

  return {
    ready,
    deepReady,
    async classify(text) {
      const read = cut(text);
      if (read.trim() === "") return nothingAsked((swapped ?? (await stage).head).labels);
      const key = await hash(read);
      const shared = underWay.get(key) ?? judge(read, key).finally(() => underWay.delete(key));
      underWay.set(key, shared);
      return await shared;
    },
    async features(text, deep) {
      const { states, ...features } = staticFeatures(await stage, cut(text));
      return { ...features, deep: deep ?? await encodeAtAnyCost(states) };
    },
    async quickly(text) {
      const loaded = await stage;
      const head = swapped ?? loaded.head;
      const read = cut(text);
      const probabilities = quickProbabilities(head, { ...staticFeatures(loaded, read), grams: gramsOf(read) });
      return Object.fromEntries(head.labels.map((label, at) => [label, probabilities[at] ?? 0]));
    },
    head: async () => swapped ?? (await stage).head,
    swap: (head) => void (swapped = head),
    waiting: () => running?.waiting ?? 0,
    async close() {
      await pool.then((created) => created.close(), () => {});
    },
  };
}

/** What the heads read of a text (cut) without the encoder, words aside; and `states`, the encoder's input. */
export function staticFeatures({ tokenize, embed }: Pick<StaticStage, "tokenize" | "embed">, text: string) {
  const ids = tokenize(text);
  const { states, mean } = embed(ids);
  return { states, tokens: ids.length, static: mean, signs: signsOf(text) };
}

function judgementOf({ labels }: Head, probabilities: readonly number[], reason: JudgementReason): Judgement {
  const confidence = Math.max(...probabilities);
  return {
    tier: labels[probabilities.indexOf(confidence)] ?? "",
    confidence,
    flagged: confidence < FLAGGED_BELOW,
    probabilities: Object.fromEntries(labels.map((label, at) => [label, probabilities[at] ?? 0])),
    reason,
  };
}

/** No words to judge: the cheapest tier, for certain. */
function nothingAsked(labels: readonly string[]): Judgement {
  const probabilities = Object.fromEntries(labels.map((label, at) => [label, at === 0 ? 1 : 0]));
  return { tier: labels[0] ?? "", confidence: 1, flagged: false, probabilities, reason: "empty" };
}
