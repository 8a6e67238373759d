import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { readInitializers } from "../../src/classifier/onnx.ts";

const model = new Uint8Array(readFileSync(new URL("../../models/encoder.onnx", import.meta.url)));

/** A field with a length. */
const field = (number: number, bytes: readonly number[]) => [number * 8 + 2, bytes.length, ...bytes];
const text = (value: string) => [...new TextEncoder().encode(value)];
const modelOf = (...tensors: readonly number[][]) => Uint8Array.from(field(7, tensors.flatMap((one) => field(5, one))));

test("weights are found by name, with their shape and their bytes", () => {
  const tensors = readInitializers(model);
  const weights = tensors.get("wi5_quantized");
  assert.deepEqual(weights?.shape, [384, 1536]);
  assert.equal(weights.bytes.length, 384 * 1536);
  assert.deepEqual(tensors.get("wi5_scale")?.shape, [1536]);
  const scales = tensors.get("wi5_scale")!.bytes.slice();
  assert.ok(new Float32Array(scales.buffer).every((scale) => scale > 0 && scale < 0.1));
});

test("shapes are read whether their numbers stand together or alone; unknown fields are passed over", () => {
  const raw = field(9, [1, 2, 3]);
  const together = [...field(1, [3, 0x80, 0x01]), 2 * 8, 3, ...field(8, text("together")), ...raw];
  const alone = [
    1 * 8,
    3,
    1 * 8,
    0x80,
    0x01,
    13 * 8 + 5,
    0,
    0,
    0,
    0,
    14 * 8 + 1,
    ...Array(8).fill(9),
    ...field(8, text("alone")),
    ...raw,
  ];
  const tensors = readInitializers(modelOf(together, alone));
  for (const name of ["together", "alone"]) {
    assert.deepEqual(tensors.get(name), { shape: [3, 128], bytes: Uint8Array.from([1, 2, 3]) }, name);
  }
});

test("bytes that are no model, or not a whole one, are refused in words", () => {
  assert.throws(() => readInitializers(new Uint8Array()), /no ONNX file with weights/);
  assert.throws(() => readInitializers(Uint8Array.from(field(8, text("no graph")))), /no ONNX file with weights/);
  assert.throws(() => readInitializers(Uint8Array.from([0xff, 0xff])), /cut short or no ONNX file/);
  assert.throws(() => readInitializers(Uint8Array.from([7 * 8 + 3])), /cut short or no ONNX file/);
  for (const length of [10, 1_000, 1_000_000, model.length - 1]) {
    assert.throws(() => readInitializers(model.subarray(0, length)), /cut short or no ONNX file/, `${length} bytes`);
  }
});
