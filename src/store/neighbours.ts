import { hashOf } from "../classifier/cache.ts";
import { cut } from "../classifier/tokenizer.ts";
import type { Example } from "../trainer/example.ts";
import type { Vectors } from "./vectors.ts";

/** An example that resembles a text. */
export interface Neighbour {
  text: string;
  tier: string;
  /** Cosine of the deep vectors. */
  similarity: number;
}

/** The examples nearest to a deep vector, nearest first. */
export type Neighbours = (vector: Float32Array, count: number) => Promise<Neighbour[]>;

/** Reads the shipped examples when it is first asked, not before. */
export function createNeighbours(load: () => Promise<{ examples: readonly Example[]; vectors: Vectors }>): Neighbours {
  let loading: ReturnType<typeof index> | undefined;
  return async (vector, count) => {
    loading ??= load().then(index);
    const length = lengthOf(vector);
    const near = (await loading).map(({ example, unit }) => ({ example, similarity: dot(unit, vector) / length }));
    return near.toSorted((a, b) => b.similarity - a.similarity).slice(0, count).map(({ example, similarity }) => {
      return { text: example.text, tier: example.tier, similarity };
    });
  };
}

async function index({ examples, vectors }: { examples: readonly Example[]; vectors: Vectors }) {
  const rows = await Promise.all(examples.map(async (example) => {
    const vector = vectors.get(await hashOf(cut(example.text)));
    const length = vector ? lengthOf(vector) : 1;
    return { example, unit: vector?.map((value) => value / length) };
  }));
  return rows.flatMap(({ example, unit }) => unit ? [{ example, unit }] : []);
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let d = 0; d < a.length; d++) sum += a[d]! * b[d]!;
  return sum;
}

function lengthOf(vector: Float32Array): number {
  return Math.sqrt(dot(vector, vector)) || 1;
}
