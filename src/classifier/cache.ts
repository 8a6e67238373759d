import type { Head } from "./head.ts";

/** What a text's judgement needs, whatever the head. */
export interface Features {
  /** Read of the text, at most 64. */
  tokens: number;
  static: Float32Array<ArrayBuffer>;
  signs: Float32Array<ArrayBuffer>;
  /** Undefined while only the static head was asked. */
  deep: Float32Array<ArrayBuffer> | undefined;
  /** What this head made of them, for good. Another head judges anew. */
  judged?: { head: Head; probabilities: readonly number[] };
}

/** Features with the deep vector there. */
export type CompleteFeatures = Features & { deep: Float32Array<ArrayBuffer> };

/** Features by text: the most recently used, bounded by entries and bytes. Holds hashes, not texts. */
export interface FeatureCache {
  get(key: string): Features | undefined;
  set(key: string, features: Features): void;
  readonly size: number;
}

interface Bounds {
  entries: number;
  bytes: number;
}

/** What an entry costs beside its numbers: key, object, the map's own. */
const OVERHEAD = 400;

export function createFeatureCache({ entries, bytes }: Bounds): FeatureCache {
  // A Map remembers the order of insertion: the first key is the one that was not used for longest.
  const kept = new Map<string, Features>();
  let held = 0;
  const remove = (key: string) => {
    const features = kept.get(key);
    if (!features) return;
    held -= costOf(features);
    kept.delete(key);
  };
  return {
    get(key) {
      const features = kept.get(key);
      if (!features) return undefined;
      kept.delete(key);
      kept.set(key, features);
      return features;
    },
    set(key, features) {
      remove(key);
      kept.set(key, features);
      held += costOf(features);
      for (const oldest of kept.keys()) {
        if (kept.size <= entries && held <= bytes) break;
        remove(oldest);
      }
    },
    get size() {
      return kept.size;
    },
  };
}

function costOf({ static: mean, signs, deep }: Features): number {
  return OVERHEAD + mean.byteLength + signs.byteLength + (deep?.byteLength ?? 0);
}

/** A text's key: the first 16 bytes of its SHA-256. */
export async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return String.fromCharCode(...new Uint8Array(digest, 0, 16));
}
