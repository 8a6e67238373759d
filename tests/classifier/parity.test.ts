import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { before, test } from "node:test";
import { createEncoder, type Encoder } from "../../src/classifier/encoder.ts";
import { createEmbedding, type Embed } from "../../src/classifier/static.ts";
import { createTokenizer, cut, MAX_TOKENS, type Tokenize } from "../../src/classifier/tokenizer.ts";

const bytes = (path: string) => new Uint8Array(readFileSync(new URL(`../../${path}`, import.meta.url)));
const json = (path: string) => JSON.parse(new TextDecoder().decode(bytes(path)));

/** Texts with the ids and vectors of the reference: PyTorch in float32. */
const parity: { text: string; ids: number[]; static: number[]; deep: number[] }[] = json("tests/golden/parity.json");

let tokenize: Tokenize;
let embed: Embed;
let encoder: Encoder;
before(async () => {
  tokenize = await createTokenizer(json("models/tokenizer.json"), json("models/tokenizer_config.json"));
  embed = createEmbedding(bytes("models/embed.safetensors"));
  encoder = await createEncoder(bytes("models/kernel.wasm"), bytes("models/encoder.onnx"));
});

for (const { text, ids, static: mean, deep } of parity) {
  test(`ids and vectors are the reference's: ${JSON.stringify(text.slice(0, 40))}`, () => {
    assert.deepEqual(tokenize(text), ids);
    const embedding = embed(ids);
    assert.ok(cosine(embedding.mean, mean) >= 0.999);
    assert.ok(cosine(encoder.encode(embedding.states), deep) >= 0.99);
  });
}

test("of a long text the first and the last 31 tokens are kept", () => {
  const words = Array.from({ length: 200 }, (_, at) => at % 2 === 0 ? "one" : "two");
  const ids = tokenize(`first ${words.join(" ")} last`);
  assert.equal(ids.length, MAX_TOKENS);
  assert.equal(ids[1], tokenize("first")[1]);
  assert.equal(ids.at(-2), tokenize("last")[1]);
  assert.deepEqual([ids[0], ids.at(-1)], [101, 102]);
});

test("of a megabyte only the two ends are looked at", () => {
  const text = `${"a".repeat(2000)}${"b".repeat(1_000_000)}${"c".repeat(2000)}`;
  assert.equal(cut(text), `${"a".repeat(2000)}\n${"c".repeat(2000)}`);
  assert.ok(cut("🙂".repeat(5000)).isWellFormed());
  assert.ok(cut("x\ud800y").isWellFormed());
});

function cosine(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let [dot, first, second] = [0, 0, 0];
  for (let at = 0; at < a.length; at++) {
    dot += a[at]! * b[at]!;
    first += a[at]! ** 2;
    second += b[at]! ** 2;
  }
  return dot / Math.sqrt(first * second);
}
