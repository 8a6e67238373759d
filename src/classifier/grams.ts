/** Numbers that words and their parts are hashed to: 0 … BUCKETS − 1. */
export const BUCKETS = 32_768;

/** A text's words as a sparse vector of BUCKETS numbers: which are not nought, ascending, and what each of them is. */
export interface Grams {
  buckets: Uint16Array<ArrayBuffer>;
  value: number;
}

/** How many words of a text's start, and of its end, are looked at. */
const EDGE = 60;
/** The length of the parts of words, marks of start and end included. */
const PART = 5;
/** The vector's length, beside features that are standardised. */
const LENGTH = 6;

const WORD = /\p{N}+|[\p{L}\p{M}]+/gu;
/** Scripts that write no spaces between words: each character counts as one. */
const UNSPACED = /([\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}])/u;

/** Kinds of grams: the same word is another number in each. */
const SEED = { word: 0x811c9dc5, part: 0x9747b28c, pair: 1 };

/**
 * The words of a text, pairs of neighbours, and parts of words, hashed (Weinberger et al. 2009, "Feature hashing for large
 * scale multitask learning"; parts as in Bojanowski et al. 2017). Unlike the tokenizer it has no vocabulary: it tells
 * the words of any language apart. Numbers of several digits are all alike.
 */
export function gramsOf(text: string): Grams {
  const words = edgesOf(wordsOf(text));
  const hashes = words.map((word) => hashed(word, SEED.word));
  const all = new Set<number>();
  for (const hash of hashes) all.add(bucketOf(hash));
  for (const pair of pairs(hashes, SEED.pair)) all.add(pair);
  for (const word of words) {
    const marked = `<${word}>`;
    for (let at = 0; at + PART <= marked.length; at++) {
      all.add(bucketOf(hashed(marked.slice(at, at + PART), SEED.part)));
    }
  }
  const buckets = Uint16Array.from(all).sort();
  return { buckets, value: LENGTH / Math.sqrt(Math.max(1, all.size)) };
}

function wordsOf(text: string): string[] {
  const words = text.toLowerCase().match(WORD) ?? [];
  return words.flatMap((word) => {
    if (/^\p{N}{2,}/u.test(word)) return ["0"];
    return UNSPACED.test(word) ? word.split(UNSPACED).filter((part) => part !== "") : [word];
  });
}

function edgesOf(words: string[]): string[] {
  return words.length <= 2 * EDGE ? words : [...words.slice(0, EDGE), ...words.slice(-EDGE)];
}

function pairs(hashes: readonly number[], seed: number): number[] {
  return hashes.slice(1).map((hash, at) => bucketOf(Math.imul(hashes[at] ?? 0, 31) + hash + seed));
}

/** FNV-1a over UTF-16 units, 32 bits. */
function hashed(word: string, seed: number): number {
  let value = seed;
  for (let at = 0; at < word.length; at++) value = Math.imul(value ^ word.charCodeAt(at), 0x01000193);
  return value;
}

/** Spreads a hash over all its bits (MurmurHash3's last step), so that its lowest ones will do. */
function bucketOf(hash: number): number {
  let bits = Math.imul(hash ^ hash >>> 16, 0x85ebca6b);
  bits = Math.imul(bits ^ bits >>> 13, 0xc2b2ae35);
  return ((bits ^ bits >>> 16) >>> 0) % BUCKETS;
}
