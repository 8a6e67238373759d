// Which labelled texts are there twice, or nearly: `bun scripts/duplicates.ts [FILE…]`, by default all of training/.
// Exit code 1 when there are any.
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { parseExamples } from "../src/trainer/example.ts";

/** A labelled text and where it stands. */
export interface Row {
  text: string;
  tier: string;
  lang: string;
  file: string;
  /** From 1, blank lines not counted. */
  number: number;
}

/** Two texts that are nearly the same. */
export interface Twins {
  first: Row;
  second: Row;
  /** Jaccard's: the shingles that both have, as a share of those that either has. 1: only case or punctuation differ. */
  similarity: number;
}

/** From this similarity on, two texts are nearly the same. */
export const NEAR = 0.8;
/** Words in a shingle. A shorter text is one shingle. */
const SHINGLE = 5;

/** All labelled texts of a folder's .jsonl files, its subfolders' too. */
export function readRows(folder: string): Row[] {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".jsonl"));
  return names.sort().flatMap((name) => readFile(`${folder}/${name.replaceAll("\\", "/")}`));
}

function readFile(file: string): Row[] {
  const examples = parseExamples(readFileSync(file, "utf8"), file);
  return examples.map(({ text, tier, lang }, at) => ({ text, tier, lang, file, number: at + 1 }));
}

// Where words stand without spaces, each sign is a word. Of marks only those count that make another sum of it.
const UNSPACED = String.raw`\p{sc=Han}\p{sc=Hiragana}\p{sc=Katakana}\p{sc=Thai}`;
const WORD = new RegExp(
  String.raw`[${UNSPACED}]|(?:(?![${UNSPACED}])[\p{L}\p{M}\p{N}])+|[+*/=<>^%]|(?<=\d) *- *(?=\d)`,
  "gu",
);

/** A text's words, without regard to case, punctuation and width. */
export function wordsOf(text: string): string[] {
  const words = text.normalize("NFKC").toLowerCase().match(WORD) ?? [];
  return words.length > 0 ? words.map((word) => word.trim()) : [text];
}

function shinglesOf(text: string): Set<string> {
  const words = wordsOf(text);
  const count = Math.max(1, words.length - SHINGLE + 1);
  return new Set(Array.from({ length: count }, (_, at) => words.slice(at, at + SHINGLE).join(" ")));
}

/** All pairs of at least this similarity, the most alike first. */
export function findTwins(rows: readonly Row[], least = NEAR): Twins[] {
  const twins: Twins[] = [];
  const sizes: number[] = [];
  /** By shingle: the rows so far that have it. */
  const having = new Map<string, number[]>();
  for (const [at, second] of rows.entries()) {
    const shingles = shinglesOf(second.text);
    const shared = new Map<number, number>();
    for (const shingle of shingles) {
      const others = having.get(shingle) ?? [];
      for (const other of others) shared.set(other, (shared.get(other) ?? 0) + 1);
      having.set(shingle, others);
      others.push(at);
    }
    sizes.push(shingles.size);
    for (const [other, both] of shared) {
      const similarity = both / ((sizes[other] ?? 0) + shingles.size - both);
      const first = rows[other];
      if (first && similarity >= least) twins.push({ first, second, similarity });
    }
  }
  return twins.sort((a, b) => b.similarity - a.similarity);
}

/** Two texts and where they stand, in a few lines. */
export function tellTwins({ first, second, similarity }: Twins): string {
  const line = ({ file, number, tier, text }: Row) =>
    `  ${file} ${number} (${tier}): ${JSON.stringify(text.slice(0, 90))}`;
  return `${similarity.toFixed(2)}\n${line(first)}\n${line(second)}`;
}

if (import.meta.main) {
  const files = process.argv.slice(2);
  const rows = files.length > 0 ? files.flatMap(readFile) : readRows("training");
  const twins = findTwins(rows);
  for (const pair of twins) console.log(tellTwins(pair));
  console.log(`${rows.length} texts, ${twins.length} pairs that are nearly the same`);
  process.exit(twins.length > 0 ? 1 : 0);
}
