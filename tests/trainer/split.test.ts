import assert from "node:assert/strict";
import { test } from "node:test";
import { foldsByGroup, foldsByText } from "../../src/trainer/split.ts";

const TEXTS = Array.from({ length: 2000 }, (_, at) => `text number ${at}`);

/** FNV-1a by its definition, in whole numbers of any size, and the last stir. */
function reference(text: string, folds: number): number {
  let hash = 0x811c9dc5n;
  for (let at = 0; at < text.length; at++) {
    hash = (hash ^ BigInt(text.charCodeAt(at))) * 0x01000193n % 2n ** 32n;
  }
  return Number((hash ^ hash >> 15n) % BigInt(folds));
}

test("the fold is the text's hash", () => {
  const texts = ["", "a", "hello", "Grüße", "漢字🙂", ...TEXTS.slice(0, 100)];
  for (const folds of [2, 5, 10]) {
    assert.deepEqual(foldsByText(texts, folds), texts.map((text) => reference(text, folds)));
  }
});

test("folds are about alike in size", () => {
  for (const folds of [2, 5, 10]) {
    const sizes = Map.groupBy(foldsByText(TEXTS, folds), (fold) => fold);
    assert.deepEqual([...sizes.keys()].sort((a, b) => a - b), [...Array(folds).keys()]);
    for (const [fold, members] of sizes) {
      // Five standard deviations of a fair die.
      const far = 5 * Math.sqrt(TEXTS.length / folds);
      assert.ok(Math.abs(members.length - TEXTS.length / folds) < far, `fold ${fold} of ${folds}: ${members.length}`);
    }
  }
});

test("a text keeps its fold whatever stands beside it", () => {
  const alone = foldsByText(["stay"], 7);
  assert.deepEqual(foldsByText(["new", "stay", "other"], 7).slice(1, 2), alone);
  assert.deepEqual(foldsByText(TEXTS.toReversed(), 7), foldsByText(TEXTS, 7).toReversed());
});

test("nothing is split into nothing", () => assert.deepEqual(foldsByText([], 5), []));

test("a group lies in one fold, and neighbouring names in different ones", () => {
  const groups = ["b", "a", "c", "a", "b", "d"];
  assert.deepEqual(foldsByGroup(groups, 2), [1, 0, 0, 0, 1, 1]);
});
