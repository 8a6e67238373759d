import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createClaim, type Kernel } from "../../src/classifier/encoder.ts";

const module = new Uint8Array(readFileSync(new URL("../../models/kernel.wasm", import.meta.url)));

/** The kernel with a memory to put numbers into and to read them from. */
async function setUp() {
  const { instance } = await WebAssembly.instantiate(module);
  const kernel = instance.exports as unknown as Kernel;
  const claim = createClaim(kernel.memory);
  const put = (numbers: ArrayLike<number>) => {
    const at = claim(numbers.length * 4);
    new Float32Array(kernel.memory.buffer, at, numbers.length).set(numbers);
    return at;
  };
  const get = (at: number, count: number) => new Float32Array(kernel.memory.buffer, at, count).slice();
  return { kernel, claim, put, get };
}

/** Numbers that look random and are the same each time, within ±1. */
const noise = (count: number, seed: number) =>
  Float32Array.from({ length: count }, (_, at) => Math.sin(at * 12.9898 + seed * 78.233) * Math.cos(at * 0.37 + seed));

function close(actual: ArrayLike<number>, expected: ArrayLike<number>, within: number, what: string) {
  assert.equal(actual.length, expected.length);
  for (let at = 0; at < actual.length; at++) {
    assert.ok(Math.abs(actual[at]! - expected[at]!) <= within, `${what}, ${at}: ${actual[at]} and not ${expected[at]}`);
  }
}

for (const rows of [1, 2, 3, 4, 5, 6, 7, 8, 63]) {
  test(`a product of ${rows} rows is the plain product, but for a step of what is quantised`, async () => {
    const { kernel, claim, put, get } = await setUp();
    const [depth, columns] = [384, 24];
    const x = noise(rows * depth, rows);
    const weights = Int8Array.from(noise(depth * columns, 2), (value) => Math.round(value * 127));
    const [factors, bias] = [noise(columns, 3), noise(columns, 4)];
    const raw = claim(weights.length);
    new Int8Array(kernel.memory.buffer, raw, weights.length).set(weights);
    const packed = claim(2 * weights.length);
    kernel.pack(raw, depth, columns, packed);
    const [q, scales, out] = [claim((rows + 3) * depth * 2), claim((rows + 3) * 4), claim((rows + 3) * columns * 4)];
    kernel.quantize(put(x), rows, depth, q, scales);
    kernel.multiply(q, scales, rows, depth, packed, columns, put(factors), put(bias), out);
    const expected = new Float32Array(rows * columns);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        let sum = 0;
        for (let at = 0; at < depth; at++) sum += x[row * depth + at]! * weights[at * columns + column]!;
        expected[row * columns + column] = sum * factors[column]! + bias[column]!;
      }
    }
    // Half a step of 1/8191 in each of 384 numbers, by weights of up to 127: far less in sum, as they are of either sign.
    close(get(out, rows * columns), expected, 0.1, `${rows} rows`);
  });
}

test("rows of nothing stay nothing", async () => {
  const { kernel, claim, put, get } = await setUp();
  const [q, scales] = [claim(4 * 384 * 2), claim(16)];
  kernel.quantize(put(new Float32Array(384)), 1, 384, q, scales);
  assert.deepEqual(get(scales, 1), new Float32Array(1));
  assert.ok(new Int16Array(kernel.memory.buffer, q, 4 * 384).every((value) => value === 0));
});

for (const rows of [1, 2, 7, 8, 33, 64]) {
  test(`attention over ${rows} states is softmax(Q Kᵀ / √32) V`, async () => {
    const { kernel, claim, put, get } = await setUp();
    const qkv = noise(rows * 1152, 5).map((value) => value * 3);
    const out = claim(rows * 384 * 4);
    kernel.attend(put(qkv), rows, out, claim(33 * 64 * 4));
    const expected = new Float32Array(rows * 384);
    for (let head = 0; head < 12; head++) {
      for (let row = 0; row < rows; row++) {
        const scores = Array.from({ length: rows }, (_, key) => {
          let dot = 0;
          for (let at = head * 32; at < head * 32 + 32; at++) {
            dot += qkv[row * 1152 + at]! * qkv[key * 1152 + 384 + at]!;
          }
          return Math.exp(dot / Math.sqrt(32));
        });
        const sum = scores.reduce((a, b) => a + b);
        for (let at = head * 32; at < head * 32 + 32; at++) {
          let value = 0;
          for (let key = 0; key < rows; key++) value += scores[key]! / sum * qkv[key * 1152 + 768 + at]!;
          expected[row * 384 + at] = value;
        }
      }
    }
    close(get(out, rows * 384), expected, 1e-4, `${rows} states`);
  });
}

test("GELU is x · Φ(x) within 6e-5, far out too", async () => {
  const { kernel, put, get } = await setUp();
  const x = Float32Array.from({ length: 4000 }, (_, at) => (at - 2000) / 250);
  const at = put(x);
  kernel.gelu(at, x.length);
  close(get(at, x.length), x.map((value) => value * normal(value)), 6e-5, "GELU");
});

test("a sum is normalised over each row", async () => {
  const { kernel, claim, put, get } = await setUp();
  const [a, b, weight, bias] = [noise(3 * 384, 6), noise(3 * 384, 7), noise(384, 8), noise(384, 9)];
  const out = claim(3 * 384 * 4);
  kernel.normalize(put(a), put(b), 3, put(weight), put(bias), out);
  const expected = [0, 1, 2].flatMap((row) => {
    const values = Array.from({ length: 384 }, (_, at) => a[row * 384 + at]! + b[row * 384 + at]!);
    const mean = values.reduce((sum, value) => sum + value) / 384;
    const spread = Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / 384);
    return values.map((value, at) => (value - mean) / spread * weight[at]! + bias[at]!);
  });
  close(get(out, 3 * 384), expected, 1e-4, "normalised");
});

test("neighbours become their mean, a last one alone stays; the mean over the rows is the mean", async () => {
  const { kernel, claim, put, get } = await setUp();
  const x = noise(5 * 384, 10);
  const at = put(x);
  const mean = claim(384 * 4);
  kernel.average(at, 5, mean);
  close(
    get(mean, 384),
    x.slice(0, 384).map((_, d) => [0, 1, 2, 3, 4].reduce((sum, row) => sum + x[row * 384 + d]!, 0) / 5),
    1e-6,
    "mean",
  );
  kernel.merge(at, 5);
  const expected = Array.from({ length: 3 * 384 }, (_, place) => {
    const [row, d] = [Math.floor(place / 384), place % 384];
    return (x[2 * row * 384 + d]! + x[Math.min(2 * row + 1, 4) * 384 + d]!) / 2;
  });
  close(get(at, 3 * 384), expected, 1e-6, "merged");
});

/** Φ by the series of erf, in double precision; beyond 6 it is 0 or 1. */
function normal(x: number): number {
  if (Math.abs(x) > 6) return x > 0 ? 1 : 0;
  let [term, sum] = [x, x];
  for (let n = 1; n < 120; n++) {
    term *= x * x / (2 * n + 1);
    sum += term;
  }
  return 0.5 + sum * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
}
