import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createEncoder } from "../../src/classifier/encoder.ts";
import type { FromWorker, ToWorker } from "../../src/classifier/messages.ts";
import { createPool } from "../../src/classifier/pool.ts";
import { DIMENSIONS } from "../../src/classifier/static.ts";

const bytes = (path: string) => new Uint8Array(readFileSync(new URL(`../../${path}`, import.meta.url)));
const load = () =>
  Promise.resolve({
    kernel: bytes("models/kernel.wasm"),
    model: bytes("models/encoder.onnx"),
  });
const createWorker = () => new Worker(new URL("../../src/classifier/worker.ts", import.meta.url), { type: "module" });

/** Some states of so many tokens. */
function states(tokens: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: tokens * DIMENSIONS }, (_, at) => Math.sin(at * 0.7));
}

/** A real Worker, asked one thing after the other. */
function setUp() {
  const worker = createWorker();
  const ask = (message: ToWorker, transfer: ArrayBuffer[] = []) =>
    new Promise<FromWorker>((resolve, reject) => {
      worker.onmessage = ({ data }: MessageEvent<FromWorker>) => resolve(data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage(message, transfer);
    });
  return { ask, end: () => worker.terminate() };
}

test("a Worker gives the vectors that the encoder gives, at every length", async () => {
  const { kernel, model } = await load();
  const encoder = await createEncoder(kernel, model);
  const trouble: string[] = [];
  const pool = createPool({
    createWorker,
    workers: 1,
    load,
    deadlineMs: 30_000,
    onTrouble: (message) => trouble.push(message),
  });
  try {
    await pool.ready;
    for (const tokens of [1, 3, 64]) {
      const expected = encoder.encode(states(tokens));
      assert.deepEqual(await pool.encode(states(tokens)), { vector: expected }, `${tokens} tokens`);
      assert.equal(expected.length, DIMENSIONS);
      assert.ok(expected.some((value) => Math.abs(value) > 0.01));
    }
  } finally {
    pool.close();
  }
  assert.deepEqual(trouble, []);
});

test("a Worker that has nothing loaded says so, and to which job", async () => {
  const { ask, end } = setUp();
  const said = await ask({ type: "encode", id: 17, states: states(1) });
  end();
  assert.deepEqual(said, { type: "failed", id: 17, message: "the encoder is not loaded" });
});

test("a model that is none is a failure without a job, and the Worker lives", async () => {
  const { ask, end } = setUp();
  const { kernel } = await load();
  const broken = await ask({ type: "load", kernel, model: new Uint8Array([1, 2, 3]) });
  assert.ok(broken.type === "failed" && broken.id === undefined && broken.message !== "", JSON.stringify(broken));
  const said = await ask({ type: "encode", id: 1, states: states(1) });
  end();
  assert.equal(said.type, "failed");
});

test("states that are no whole rows fail alone: the next job is done", async () => {
  const { ask, end } = setUp();
  const { kernel, model } = await load();
  assert.deepEqual(await ask({ type: "load", kernel, model }), { type: "ready" });
  const broken = await ask({ type: "encode", id: 2, states: new Float32Array(DIMENSIONS + 1) });
  assert.ok(broken.type === "failed" && broken.id === 2, JSON.stringify(broken));
  const good = await ask({ type: "encode", id: 3, states: states(2) });
  end();
  assert.ok(good.type === "encoded" && good.id === 3 && good.vector.length === DIMENSIONS);
});
