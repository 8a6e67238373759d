import { type CompleteFeatures, hashOf } from "../classifier/cache.ts";
import type { Classifier } from "../classifier/classifier.ts";
import { cut } from "../classifier/tokenizer.ts";
import type { Files } from "../runtime/host.ts";
import { whyUnkept } from "./keeping.ts";
import { packVectors, unpackVectors } from "./vectors.ts";

interface FeatureStoreParts {
  files: Files;
  /** `DATA_DIR`. */
  folder: string;
  classifier: Pick<Classifier, "features">;
  /** The vectors that came with the program, and the encoder whose vectors they must be. */
  shipped: () => Promise<{ packed: Uint8Array<ArrayBuffer>; encoder: Uint8Array<ArrayBuffer> }>;
  /** Told why vectors could not be kept: they must be computed again. */
  onUnkept: (why: string) => void;
}

/** Texts judged between two breaths: requests are answered meanwhile. */
const BREATH = 16;

/** Texts → features. What had to be encoded is kept in `DATA_DIR`, by hash, so that the next time costs nothing. */
export function createFeatureStore({ files, folder, classifier, shipped, onUnkept }: FeatureStoreParts) {
  const path = `${folder}/vectors.bin`;
  const loaded = async () => {
    const { packed, encoder } = await shipped();
    const version = await versionOf(encoder);
    const own = unpackVectors(await files.read(path), version);
    return { version, own, known: unpackVectors(packed, version) };
  };
  return async (texts: readonly string[]): Promise<CompleteFeatures[]> => {
    const { version, own, known } = await loaded();
    const before = own.size;
    const all: CompleteFeatures[] = [];
    for (const [at, text] of texts.entries()) {
      const key = await hashOf(cut(text));
      const features = await classifier.features(text, known.get(key) ?? own.get(key));
      if (!known.has(key)) own.set(key, features.deep);
      all.push(features);
      if (at % BREATH === 0) await new Promise((resolve) => setTimeout(resolve));
    }
    if (own.size > before) {
      await files.replace(path, packVectors(own, version)).catch((error) => onUnkept(`${path}: ${whyUnkept(error)}`));
    }
    return all;
  };
}

/** Whose vectors: the first 16 bytes of the encoder's SHA-256. */
export async function versionOf(encoder: Uint8Array<ArrayBuffer>): Promise<string> {
  return String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", encoder), 0, 16));
}
