import assert from "node:assert/strict";
import { test } from "node:test";
import { readText } from "../../src/providers/body.ts";

/** A body of these pieces, and whether its rest was given up. */
function bodyOf(pieces: Iterable<Uint8Array>) {
  let given = 0;
  let cancelled = false;
  const from = pieces[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>({
    pull(out) {
      const { done, value } = from.next();
      if (done) return out.close();
      given++;
      out.enqueue(value);
    },
    cancel: () => void (cancelled = true),
  }, { highWaterMark: 0 });
  return { response: new Response(body), given: () => given, cancelled: () => cancelled };
}

const bytes = (text: string) => new TextEncoder().encode(text);

test("a body is read to its end", async () => {
  const { response } = bodyOf([bytes("Grüße"), bytes(" 🙂")]);
  assert.deepEqual(await readText(response, 100), { text: "Grüße 🙂", cut: false });
});

test("no body is empty text", async () => {
  assert.deepEqual(await readText(new Response(null), 100), { text: "", cut: false });
});

test("a character may come in pieces", async () => {
  const { response } = bodyOf([...bytes("a🙂ß")].map((byte) => Uint8Array.of(byte)));
  assert.deepEqual(await readText(response, 100), { text: "a🙂ß", cut: false });
});

test("half a character at the end is not lost without a trace", async () => {
  const { response } = bodyOf([bytes("a🙂").subarray(0, 3)]);
  assert.deepEqual(await readText(response, 100), { text: "a\ufffd", cut: false });
});

test("a body of exactly the limit is whole, one byte more is cut", async () => {
  assert.equal((await readText(bodyOf([bytes("x".repeat(10))]).response, 10)).cut, false);
  assert.equal((await readText(bodyOf([bytes("x".repeat(10)), bytes("y")]).response, 10)).cut, true);
});

test("bytes count, not characters", async () => {
  assert.equal((await readText(bodyOf([bytes("ßßßßßß")]).response, 10)).cut, true);
});

test("past the limit nothing more is read, and the connection is let go", async () => {
  function* forever() {
    while (true) yield bytes("x".repeat(1000));
  }
  const { response, given, cancelled } = bodyOf(forever());
  const { text, cut } = await readText(response, 3500);
  assert.equal(cut, true);
  assert.ok(text.length >= 3500 && text.length <= 4000, `${text.length}`);
  assert.ok(given() <= 5, `${given()} pieces were read`);
  assert.equal(cancelled(), true);
});

test("a body that breaks off is an error", async () => {
  const body = new ReadableStream<Uint8Array>({
    pull(out) {
      out.enqueue(bytes("x"));
      out.error(new Error("connection reset"));
    },
  });
  await assert.rejects(readText(new Response(body), 100), /connection reset/);
});
