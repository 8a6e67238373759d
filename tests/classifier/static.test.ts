import assert from "node:assert/strict";
import { test } from "node:test";
import { createEmbedding, DIMENSIONS } from "../../src/classifier/static.ts";
import { MAX_TOKENS } from "../../src/classifier/tokenizer.ts";

const TOKENS = 3;

interface Table {
  tokens: Int8Array;
  scales: Float32Array;
  positions: Float32Array;
  weight: Float32Array;
  bias: Float32Array;
}

/** A small table whose numbers differ from place to place. */
function someTable(): Table {
  return {
    tokens: Int8Array.from({ length: TOKENS * DIMENSIONS }, (_, at) => (at * 37) % 255 - 127),
    scales: Float32Array.of(0.01, 0.02, 0.005),
    positions: Float32Array.from({ length: MAX_TOKENS * DIMENSIONS }, (_, at) => Math.sin(at)),
    weight: Float32Array.from({ length: DIMENSIONS }, (_, at) => 1 + at / DIMENSIONS),
    bias: Float32Array.from({ length: DIMENSIONS }, (_, at) => Math.cos(at) / 10),
  };
}

/** The table as a safetensors file. `shift`: bytes by which all tensors stand off an address that four divides. */
function fileOf(table: Table, { shift = 0, leaveOut = "", type = "F32" } = {}): Uint8Array<ArrayBuffer> {
  const tensors: [string, string, Int8Array | Float32Array][] = [
    ["token.int8", "I8", table.tokens],
    ["token.scale", "F32", table.scales],
    ["position", "F32", table.positions],
    ["norm.weight", "F32", table.weight],
    ["norm.bias", type, table.bias],
  ];
  let at = 0;
  const header = Object.fromEntries(
    tensors.filter(([name]) => name !== leaveOut).map(([name, dtype, values]) => {
      const from = at;
      at += values.byteLength;
      return [name, { dtype, shape: [values.length], data_offsets: [from, at] }];
    }),
  );
  const text = JSON.stringify(header);
  const padded = text.padEnd(Math.ceil(text.length / 4) * 4 + shift);
  const bytes = new Uint8Array(8 + padded.length + at);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded.length), true);
  bytes.set(new TextEncoder().encode(padded), 8);
  for (const [name, , values] of tensors) {
    const [from] = header[name]?.data_offsets ?? [];
    if (from === undefined) continue;
    bytes.set(new Uint8Array(values.buffer), 8 + padded.length + from);
  }
  return bytes;
}

/** The layer by its definition: token · scale + position, mean 0 and variance 1, · weight + bias. */
function reference({ tokens, scales, positions, weight, bias }: Table, ids: readonly number[]): number[][] {
  return ids.map((id, t) => {
    const sum = Array.from(weight, (_, d) => {
      return (tokens[id * DIMENSIONS + d] ?? 0) * (scales[id] ?? 0) + (positions[t * DIMENSIONS + d] ?? 0);
    });
    const mean = sum.reduce((total, value) => total + value, 0) / DIMENSIONS;
    const variance = sum.reduce((total, value) => total + (value - mean) ** 2, 0) / DIMENSIONS;
    return sum.map((value, d) => (value - mean) / Math.sqrt(variance + 1e-12) * (weight[d] ?? 0) + (bias[d] ?? 0));
  });
}

function assertNear(actual: Float32Array, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length);
  const worst = actual.reduce((most, value, at) => Math.max(most, Math.abs(value - (expected[at] ?? 0))), 0);
  assert.ok(worst < 1e-4, `off by ${worst}`);
}

for (const ids of [[0], [2, 0, 1], [1, 1, 1, 1]]) {
  test(`states of the tokens ${ids} are layer-normed sums, and their mean is the static vector`, () => {
    const table = someTable();
    const { states, mean } = createEmbedding(fileOf(table))(ids);
    const rows = reference(table, ids);
    assertNear(states, rows.flat());
    const column = (d: number) => rows.reduce((sum, row) => sum + (row[d] ?? 0), 0) / rows.length;
    assertNear(mean, Array.from({ length: DIMENSIONS }, (_, d) => column(d)));
  });
}

test("the same token has another state in another place", () => {
  const { states } = createEmbedding(fileOf(someTable()))([1, 1]);
  assert.notDeepEqual(states.slice(0, DIMENSIONS), states.slice(DIMENSIONS));
});

test("tensors are read wherever they stand in memory", () => {
  const ids = [0, 1, 2];
  const expected = createEmbedding(fileOf(someTable()))(ids);
  for (const shift of [1, 2, 3]) {
    assert.deepEqual(createEmbedding(fileOf(someTable(), { shift }))(ids), expected, `shifted by ${shift}`);
  }
  const file = fileOf(someTable());
  const larger = new Uint8Array(file.length + 7);
  larger.set(file, 3);
  assert.deepEqual(createEmbedding(larger.subarray(3, 3 + file.length))(ids), expected, "as a part of another buffer");
});

test("more tokens than the encoder reads are left out", () => {
  const ids = Array.from({ length: MAX_TOKENS + 5 }, (_, at) => at % TOKENS);
  const embed = createEmbedding(fileOf(someTable()));
  assert.equal(embed(ids).states.length, MAX_TOKENS * DIMENSIONS);
  assert.deepEqual(embed(ids), embed(ids.slice(0, MAX_TOKENS)));
});

test("each call has memory of its own", () => {
  const embed = createEmbedding(fileOf(someTable()));
  const first = embed([0]);
  const before = first.states.slice();
  embed([2]);
  assert.deepEqual(first.states, before);
});

for (const name of ["token.int8", "token.scale", "position", "norm.weight", "norm.bias"]) {
  test(`a table without "${name}" is refused by name`, () => {
    assert.throws(() => createEmbedding(fileOf(someTable(), { leaveOut: name })), new RegExp(name));
  });
}

test("a tensor of another type is refused", () => {
  assert.throws(() => createEmbedding(fileOf(someTable(), { type: "F16" })), /norm\.bias/);
});

for (const [what, length] of [["nothing", 0], ["half a header", 20], ["no last byte", -1]] as const) {
  test(`a file with ${what} is refused`, () => {
    assert.throws(() => createEmbedding(fileOf(someTable()).slice(0, length)));
  });
}
