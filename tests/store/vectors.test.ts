import assert from "node:assert/strict";
import { test } from "node:test";
import { hashOf } from "../../src/classifier/cache.ts";
import { DIMENSIONS } from "../../src/classifier/static.ts";
import { packVectors, unpackVectors } from "../../src/store/vectors.ts";

const VERSION = "0123456789abcdef";
const vector = (seed: number) => Float32Array.from({ length: DIMENSIONS }, (_, d) => Math.sin(seed + d) * (1 + seed));

test("packed vectors come back within half a step of int8, by key", async () => {
  const vectors = new Map([[await hashOf("a"), vector(1)], [await hashOf("b"), vector(2)]]);
  const back = unpackVectors(packVectors(vectors, VERSION), VERSION);
  assert.deepEqual([...back.keys()], [...vectors.keys()]);
  for (const [key, values] of vectors) {
    const step = Math.max(...values.map(Math.abs)) / 127;
    back.get(key)?.forEach((value, d) => assert.ok(Math.abs(value - values[d]!) <= step / 2 + 1e-6));
  }
});

test("another encoder's vectors, and damaged ones, are as good as none", async () => {
  const packed = packVectors(new Map([[await hashOf("a"), vector(1)]]), VERSION);
  assert.equal(unpackVectors(packed, "fedcba9876543210").size, 0);
  assert.equal(unpackVectors(packed.slice(0, -1), VERSION).size, 0);
  assert.equal(unpackVectors(new Uint8Array(), VERSION).size, 0);
  assert.equal(unpackVectors(undefined, VERSION).size, 0);
});
