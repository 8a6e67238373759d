import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { createFeatureCache, type Features, hashOf } from "../../src/classifier/cache.ts";

/** Features of so many numbers. */
function features(numbers = 1, deep?: number): Features {
  return {
    tokens: 1,
    static: new Float32Array(numbers),
    signs: new Float32Array(0),
    deep: deep === undefined ? undefined : new Float32Array(deep),
  };
}

const ROOMY = { entries: 3, bytes: 1_000_000 };

test("what was kept is given back, the very same", () => {
  const cache = createFeatureCache(ROOMY);
  const kept = features();
  cache.set("a", kept);
  assert.equal(cache.get("a"), kept);
  assert.equal(cache.get("b"), undefined);
});

test("when there are too many, the one goes that was not used for longest", () => {
  const cache = createFeatureCache(ROOMY);
  for (const key of ["a", "b", "c"]) cache.set(key, features());
  cache.get("a");
  cache.set("d", features());
  assert.deepEqual(["a", "b", "c", "d"].map((key) => cache.get(key) !== undefined), [true, false, true, true]);
  assert.equal(cache.size, 3);
});

test("to set again is to use", () => {
  const cache = createFeatureCache(ROOMY);
  for (const key of ["a", "b", "c", "a", "d"]) cache.set(key, features());
  assert.deepEqual(["a", "b"].map((key) => cache.get(key) !== undefined), [true, false]);
});

test("bytes are bounded: one large entry pushes out several small ones", () => {
  // Each small entry costs 1000 × 4 bytes and some hundred more.
  const cache = createFeatureCache({ entries: 100, bytes: 20_000 });
  for (const key of ["a", "b", "c", "d"]) cache.set(key, features(1000));
  assert.equal(cache.size, 4);
  cache.set("large", features(1000, 2500));
  const there = ["a", "b", "c", "d", "large"].filter((key) => cache.get(key) !== undefined);
  assert.deepEqual(there, ["d", "large"]);
});

test("an entry that grows is counted once, at its new size", () => {
  const cache = createFeatureCache({ entries: 100, bytes: 10_000 });
  for (let round = 0; round < 50; round++) cache.set("a", features(1000, round % 2 === 0 ? 500 : undefined));
  cache.set("b", features(100));
  assert.equal(cache.size, 2);
});

test("what is larger than the whole cache is not kept, and does no harm", () => {
  const cache = createFeatureCache({ entries: 10, bytes: 10_000 });
  cache.set("huge", features(10_000));
  assert.equal(cache.size, 0);
  cache.set("a", features(10));
  assert.equal(cache.size, 1);
});

test("a text's key is the first half of its SHA-256, one character a byte", async () => {
  for (const text of ["", "hello", "Grüße 🙂"]) {
    const expected = createHash("sha256").update(text).digest().subarray(0, 16).toString("latin1");
    assert.equal(await hashOf(text), expected);
  }
});
