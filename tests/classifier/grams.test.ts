import assert from "node:assert/strict";
import { test } from "node:test";
import { BUCKETS, gramsOf } from "../../src/classifier/grams.ts";

const bucketsOf = (text: string) => [...gramsOf(text).buckets];
const shared = (a: string, b: string) => bucketsOf(a).filter((bucket) => bucketsOf(b).includes(bucket)).length;

test("grams are ascending, each once, within the buckets, and as long as any other text's together", () => {
  const { buckets, value } = gramsOf(
    "Write a function that sorts, and a function that does not: 12 of 345. 数学の証明",
  );
  assert.deepEqual([...buckets], [...new Set(buckets)].sort((a, b) => a - b));
  assert.ok(buckets.every((bucket) => bucket < BUCKETS));
  assert.ok(Math.abs(buckets.length * value ** 2 - 36) < 1e-9);
});

test("they are the same numbers tomorrow: heads are kept", () => {
  assert.deepEqual(bucketsOf("Hi 1"), [3522, 20623, 30095]);
});

test("case, marks and how many digits a number has make no difference", () => {
  assert.deepEqual(gramsOf("PROVE it: 12!"), gramsOf("prove it 345"));
  assert.notDeepEqual(gramsOf("1"), gramsOf("2"));
});

test("the order of words makes a difference", () => {
  assert.notDeepEqual(bucketsOf("dog bites man"), bucketsOf("man bites dog"));
});

test("forms of one word share parts", () => {
  assert.ok(shared("Implementierung", "Implementierungen") > shared("Implementierung", "Beobachtungsstation"));
});

test("scripts without spaces are read by character", () => {
  assert.ok(shared("证明素数有无穷多个", "请证明这个定理") >= 3);
  assert.ok(shared("素数を証明せよ", "定理を証明") >= 3);
});

for (const text of ["", "   ", "?!", "🙂"]) {
  test(`${JSON.stringify(text)} has none`, () => assert.equal(gramsOf(text).buckets.length, 0));
}

test("of a long text its start and its end are read", () => {
  const long = `Prove this. ${"lorem ipsum dolor ".repeat(200)} Thank you.`;
  const other = `Prove this. ${"lorem ipsum dolor ".repeat(200)} sit amet ${
    "lorem ipsum dolor ".repeat(200)
  } Thank you.`;
  assert.deepEqual(bucketsOf(long), bucketsOf(other));
});
