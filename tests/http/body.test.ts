import assert from "node:assert/strict";
import { test } from "node:test";
import { RouterError } from "../../src/errors.ts";
import { createReadJson, createReadText, parseJson } from "../../src/http/body.ts";

const JSON_TYPE = { "content-type": "application/json" };

function request(body: BodyInit | null, headers: Record<string, string> = JSON_TYPE): Request {
  return new Request("http://router/", { method: "POST", body, headers });
}

/** A body in pieces, without a length; and how many of them were taken. */
function inPieces(pieces: Iterable<Uint8Array>, headers: Record<string, string> = {}) {
  let taken = 0;
  const from = pieces[Symbol.iterator]();
  const body = new ReadableStream<Uint8Array>({
    pull(out) {
      const { done, value } = from.next();
      if (done) return out.close();
      taken++;
      out.enqueue(value);
    },
  }, { highWaterMark: 0 });
  // Streams are sent one way at a time: the standard wants it said, its types do not know it everywhere.
  const init = { method: "POST", body, headers: { ...JSON_TYPE, ...headers }, duplex: "half" };
  return { request: new Request("http://router/", init as RequestInit), taken: () => taken };
}

async function refusalOf(promise: Promise<unknown>): Promise<RouterError> {
  const error = await promise.then(() => undefined, (error: unknown) => error);
  assert.ok(error instanceof RouterError, String(error));
  return error;
}

const bytes = (text: string) => new TextEncoder().encode(text);
const readJson = createReadJson(0.001);

for (
  const type of [
    "application/json",
    "application/json; charset=utf-8",
    "application/json;charset=utf-8",
    "Application/JSON",
    "application/json ; x=y",
  ]
) {
  test(`a body of type "${type}" is read`, async () => {
    assert.deepEqual(await readJson(request('{"a":1}', { "content-type": type })), { a: 1 });
  });
}

for (const type of ["text/plain", "application/jsonx", "application/jsonl", "text/json", "multipart/form-data; a=b"]) {
  test(`a body of type "${type}" is refused by its type`, async () => {
    const { status, code, message } = await refusalOf(readJson(request("{}", { "content-type": type })));
    assert.deepEqual([status, code], [415, "unsupported_media_type"]);
    assert.ok(message.includes(type));
  });
}

test("a body without a type is refused", async () => {
  const { status } = await refusalOf(readJson(request(bytes("{}"), {})));
  assert.equal(status, 415);
});

for (
  const [what, body, said] of [
    ["empty", "", "it is empty"],
    ["blank", " \n", "it is empty"],
    ["no JSON", '{"a":1', "it is not valid JSON"],
    ["JSON with more behind it", "{}{}", "it is not valid JSON"],
    ["JavaScript", "{a: 1}", "it is not valid JSON"],
  ] as const
) {
  test(`a body that is ${what} is said to be so`, async () => {
    const { status, code, message, type } = await refusalOf(readJson(request(body)));
    assert.deepEqual([status, code, type], [400, "invalid_json", "invalid_request_error"]);
    assert.equal(message, `Cannot read the body: ${said}`);
  });
}

test("what the body holds is not repeated", () => {
  assert.throws(() => parseJson('{"key": "SECRET" oops'), (error: Error) => !error.message.includes("SECRET"));
});

test("no body at all is an empty one", async () => {
  assert.match((await refusalOf(readJson(request(null)))).message, /it is empty/);
  assert.equal(await createReadText(1)(request(null)), "");
});

test("values of every kind are read; what they must be, others know", async () => {
  for (const value of [null, 1, "x", [1], { a: "Grüße 🙂" }]) {
    assert.deepEqual(await readJson(request(JSON.stringify(value))), value);
  }
});

test("a character may come in pieces", async () => {
  const { request } = inPieces([...bytes('"🙂ß"')].map((byte) => Uint8Array.of(byte)));
  assert.equal(await readJson(request), "🙂ß");
});

test("a body of exactly the limit is read, one byte more is too large", async () => {
  const whole = `"${"x".repeat(998)}"`;
  assert.equal(await readJson(request(whole)), "x".repeat(998));
  assert.equal(await readJson(inPieces([bytes(whole)]).request), "x".repeat(998));
  for (const larger of [request(` ${whole}`), inPieces([bytes(whole), bytes(" ")]).request]) {
    const { status, code, message } = await refusalOf(readJson(larger));
    assert.deepEqual([status, code], [413, "request_too_large"]);
    assert.match(message, /0\.001 MB \(MAX_BODY_MB\)/);
  }
});

test("a megabyte is 10⁶ bytes", async () => {
  const readText = createReadText(1);
  assert.equal((await readText(request("x".repeat(1_000_000)))).length, 1_000_000);
  assert.equal((await refusalOf(readText(request("x".repeat(1_000_001))))).status, 413);
});

test("bytes count, not characters", async () => {
  assert.equal((await refusalOf(readJson(request(`"${"ß".repeat(600)}"`)))).status, 413);
});

test("a body that says that it is too large is refused before it is read", async () => {
  const { request: lying, taken } = inPieces([bytes("{}")], { "content-length": "2000" });
  const { status } = await refusalOf(readJson(lying));
  assert.deepEqual([status, taken()], [413, 0]);
});

for (const length of ["-1", "x", "5"]) {
  test(`a length of "${length}" is not believed`, async () => {
    const { request: lying } = inPieces([bytes(`"${"x".repeat(2000)}"`)], { "content-length": length });
    assert.equal((await refusalOf(readJson(lying))).status, 413);
  });
}

test("past the limit nothing more is read", async () => {
  function* forever() {
    while (true) yield bytes("x".repeat(400));
  }
  const { request: endless, taken } = inPieces(forever());
  assert.equal((await refusalOf(readJson(endless))).status, 413);
  assert.ok(taken() <= 5, `${taken()} pieces were taken`);
});
