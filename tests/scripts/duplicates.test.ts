import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { findTwins, type Row, wordsOf } from "../../scripts/duplicates.ts";

const SCRIPT = fileURLToPath(new URL("../../scripts/duplicates.ts", import.meta.url));

const rowsOf = (...texts: string[]): Row[] =>
  texts.map((text, at) => ({ text, tier: "simple", lang: "en", file: "f", number: at + 1 }));

const similarity = (a: string, b: string) => findTwins(rowsOf(a, b), 0)[0]?.similarity ?? 0;

for (
  const [text, words] of [
    ["Hello, World!", ["hello", "world"]],
    ["  it's  “fine” ", ["it", "s", "fine"]],
    ["7*8 = 56", ["7", "*", "8", "=", "56"]],
    ["10 - 3, well-known", ["10", "-", "3", "well", "known"]],
    ["今日は wifi", ["今", "日", "は", "wifi"]],
    ["Ａ１", ["a1"]],
    ["naïve Straße", ["naïve", "straße"]],
    ["?!", ["?!"]],
  ] as const
) {
  test(`the words of ${JSON.stringify(text)} are ${words.join(" ")}`, () => assert.deepEqual(wordsOf(text), words));
}

for (
  const [a, b, expected] of [
    ["Hello, how are you?", "hello how are you", 1],
    ["What is 7*8?", "What is 7/8?", 0],
    ["What is up", "What is down", 0],
    // Six words have two shingles, seven have three: both of the one are among them.
    ["a b c d e f", "a b c d e f g", 2 / 3],
    ["a b c d e f g h i j k l m n", "x b c d e f g h i j k l m n", 9 / 11],
    ["一二三四五六七八九十", "一二三四五六七八九百", 5 / 7],
    ["?!", "!?", 0],
  ] as const
) {
  test(`${JSON.stringify(a)} and ${JSON.stringify(b)} are alike to ${expected.toFixed(2)}`, () => {
    assert.ok(Math.abs(similarity(a, b) - expected) < 1e-12, `${similarity(a, b)}`);
  });
}

test("all pairs are found, the most alike first, and only from the bound on", () => {
  const long = "one two three four five six seven eight nine ten eleven";
  const twins = findTwins(rowsOf(long, "something else", `${long} twelve`, long.toUpperCase()));
  const pairs = twins.map(({ first, second }) => [first.number, second.number]);
  assert.deepEqual(pairs, [[1, 4], [1, 3], [3, 4]]);
  assert.equal(findTwins(rowsOf("a b c d e f", "a b c d e f g")).length, 0);
});

test("on the command line it says where twins stand, and that there are some by its exit code", () => {
  const folder = mkdtempSync(join(tmpdir(), "twins-"));
  const file = join(folder, "a.jsonl");
  const run = (...texts: string[]) => {
    writeFileSync(file, texts.map((text) => `${JSON.stringify({ text, tier: "simple" })}\n`).join(""));
    return spawnSync("bun", [SCRIPT, file], { encoding: "utf8" });
  };
  const found = run("Good morning!", "something else", "good morning");
  const clean = run("Good morning!", "something else");
  rmSync(folder, { recursive: true });
  assert.deepEqual([found.status, clean.status], [1, 0]);
  assert.match(found.stdout, /a\.jsonl 1 .*\n.*a\.jsonl 3 .*\n3 texts, 1 pairs/);
  assert.match(clean.stdout, /2 texts, 0 pairs/);
});
