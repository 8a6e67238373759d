import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { findTwins, readRows, type Row, tellTwins } from "../scripts/duplicates.ts";
import { DEFAULT_TIERS } from "../src/routing/settings.ts";
import { STANDARDS } from "./support/standards.ts";

const FOLDER = fileURLToPath(new URL("../training", import.meta.url));
const rows = readRows(FOLDER);
const isExample = ({ file }: Row) => file.includes("/examples/");
const where = ({ file, number, text }: Row) => `${file.slice(FOLDER.length + 1)} ${number}: ${text.slice(0, 60)}`;

/** A text without regard to case, punctuation, spaces and width. */
const plain = (text: string) => text.normalize("NFKC").toLowerCase().replace(/[^\p{L}\p{M}\p{N}]+/gu, "");

const standards = Object.values(STANDARDS).flat();

test("the prompts that must go where everyone expects are in no file of training/", () => {
  const forbidden = new Set(standards.map(plain));
  assert.deepEqual(rows.filter(({ text }) => forbidden.has(plain(text))).map(where), []);
});

test("nor are they a part of a longer text there", () => {
  // Three words and more: that a text holds "hello" says nothing.
  const long = standards.filter((prompt) => prompt.split(" ").length > 2).map(plain);
  assert.ok(long.length > 10);
  assert.deepEqual(rows.filter(({ text }) => long.some((prompt) => plain(text).includes(prompt))).map(where), []);
});

test("nor do files there that are not JSON lines quote them as examples", () => {
  const quoted = new Set(standards.map(plain));
  const names = readdirSync(FOLDER, { recursive: true, encoding: "utf8" }).filter((name) =>
    /\.(csv|tsv|txt)$/.test(name)
  );
  const lines = names.flatMap((name) => readFileSync(`${FOLDER}/${name}`, "utf8").split("\n"));
  assert.deepEqual(lines.flatMap((line) => line.split(/[,\t]/)).filter((field) => quoted.has(plain(field))), []);
});

test("no text is there twice, and none is nearly another", () => {
  assert.deepEqual(findTwins(rows).map(tellTwins), []);
});

test("what is measured by shares no text with what is learnt from", () => {
  const learnt = new Set(rows.filter(isExample).map(({ text }) => plain(text)));
  const measured = rows.filter((row) => !isExample(row));
  assert.ok(learnt.size > 1000 && measured.length > 100);
  assert.deepEqual(measured.filter(({ text }) => learnt.has(plain(text))).map(where), []);
});

test("every text deserves one of the tiers, and every tier has examples", () => {
  assert.deepEqual(rows.filter(({ tier }) => !DEFAULT_TIERS.includes(tier)).map(where), []);
  for (const tier of DEFAULT_TIERS) {
    assert.ok(rows.filter((row) => isExample(row) && row.tier === tier).length >= 100, tier);
    assert.ok(rows.filter((row) => !isExample(row) && row.tier === tier).length >= 10, tier);
  }
});

test("every language is one of ISO 639-1's", () => {
  const names = new Intl.DisplayNames("en", { type: "language", fallback: "none" });
  assert.deepEqual(rows.filter(({ lang }) => !/^[a-z]{2}$/.test(lang) || !names.of(lang)).map(where), []);
});

/** Who writes so. Not the other way round: many write their language in Latin letters. */
const WRITERS: Readonly<Record<string, readonly string[]>> = {
  Han: ["zh", "ja"],
  Hiragana: ["ja"],
  Katakana: ["ja"],
  Hangul: ["ko"],
  Cyrillic: ["ru", "uk", "bg", "sr", "mk", "be", "kk", "ky", "mn"],
  Arabic: ["ar", "fa", "ur", "ps"],
  Hebrew: ["he", "yi"],
  Devanagari: ["hi", "mr", "ne"],
  Bengali: ["bn"],
  Tamil: ["ta"],
  Telugu: ["te"],
  Thai: ["th"],
  Greek: ["el"],
};

for (const [script, languages] of Object.entries(WRITERS)) {
  test(`a text in ${script} is in one of the languages that are written so: ${languages.join(", ")}`, () => {
    const sign = new RegExp(`\\p{sc=${script}}`, "gu");
    const wrong = rows.filter(({ text, lang }) => {
      const letters = text.match(/\p{L}/gu)?.length ?? 0;
      return (text.match(sign)?.length ?? 0) > 0.8 * letters && letters > 0 && !languages.includes(lang);
    });
    assert.deepEqual(wrong.map(where), []);
  });
}

test("texts are well-formed and not blank", () => {
  assert.deepEqual(rows.filter(({ text }) => text.trim() === "" || !text.isWellFormed()).map(where), []);
});
