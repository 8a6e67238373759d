import assert from "node:assert/strict";
import { test } from "node:test";
import { eventText, readEvents, SseError } from "../src/sse.ts";

const bytesOf = (text: string) => new TextEncoder().encode(text);

async function eventsOf(pieces: Uint8Array[], options = {}) {
  const stream = ReadableStream.from(pieces).pipeThrough(readEvents(options));
  return (await Array.fromAsync(stream)).map(({ data }) => data);
}

function cuts(bytes: Uint8Array): Record<string, Uint8Array[]> {
  const half = bytes.length >> 1;
  return {
    whole: [bytes],
    "in halves": [bytes.slice(0, half), bytes.slice(half)],
    "byte by byte": [...bytes].map((byte) => Uint8Array.of(byte)),
  };
}

const TEXT = ': hello\n\ndata: {"a":"☀️ é"}\n\nevent: x\ndata:two\ndata: lines\n\ndata: [DONE]\n\n';

for (const [eol, name] of [["\n", "LF"], ["\r\n", "CRLF"], ["\r", "CR"]] as const) {
  for (const [how, pieces] of Object.entries(cuts(bytesOf(TEXT.replaceAll("\n", eol))))) {
    test(`events with ${name}, fed ${how}, are read alike`, async () => {
      assert.deepEqual(await eventsOf(pieces), ['{"a":"☀️ é"}', "two\nlines", "[DONE]"]);
    });
  }
}

test("a last event that no empty line closes still counts", async () => {
  assert.deepEqual(await eventsOf([bytesOf("data: a\n\ndata: b")]), ["a", "b"]);
});

test("comments are told but are no events", async () => {
  let comments = 0;
  const events = await eventsOf([bytesOf(": one\n\n: two\n\ndata: x\n\n")], { onComment: () => comments++ });
  assert.deepEqual(events, ["x"]);
  assert.equal(comments, 2);
});

test("an event that never ends is refused at the limit", async () => {
  const pieces = Array.from({ length: 20 }, () => bytesOf(`data: ${"x".repeat(100)}\n`));
  await assert.rejects(eventsOf(pieces, { maxLength: 1000 }), SseError);
});

test("many events together may be longer than the limit of one", async () => {
  const pieces = Array.from({ length: 50 }, () => bytesOf(eventText("x".repeat(100))));
  assert.equal((await eventsOf(pieces, { maxLength: 1000 })).length, 50);
});

test("one piece that holds more events than the limit is long is read", async () => {
  assert.equal((await eventsOf([bytesOf(eventText("x".repeat(100)).repeat(50))], { maxLength: 1000 })).length, 50);
});
