// deno-lint-ignore-file no-explicit-any -- fixtures are looked into freely
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { anthropic } from "../../../src/protocols/anthropic/anthropic.ts";
import type { Destination, Exchange, StreamPart } from "../../../src/protocols/protocol.ts";
import { readEvents } from "../../../src/sse.ts";

const fixture = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../fixtures/formats/${name}.json`, import.meta.url), "utf8"));

const CREATED = 1764000000;
const exchangeOf = (more: Partial<Exchange> = {}): Exchange => ({
  wantsUsage: false,
  created: CREATED,
  newCallId: () => "call_test",
  ...more,
});
const destinationOf = (model: string): Destination => {
  return { provider: "anthropic", model, dialect: {}, refuses: [], extraBody: {}, streamUsage: true };
};

for (const [name, { openai, anthropic: want, note }] of Object.entries<any>(fixture("requests"))) {
  test(`request ${name}: ${note}`, () => {
    const asked = structuredClone(openai) as never as { model: string };
    const { body } = anthropic.request(asked as never, destinationOf(asked.model));
    const { stream: _, ...rest } = body;
    assert.deepEqual(rest, withoutStream(want));
    assert.deepEqual(asked, openai, "the input was changed");
  });
}

function withoutStream(value: Record<string, unknown>) {
  const { stream: _, ...rest } = value;
  return rest;
}

for (
  const [name, { openai, anthropic: given, jsonTool }] of Object.entries<any>(fixture("replies"))
) {
  test(`reply ${name}`, () => {
    assert.deepEqual(anthropic.reply(given, exchangeOf(jsonTool ? { jsonTool } : {})), openai);
  });
}

for (const { in: [status, body], out } of fixture("errors")) {
  test(`error ${status} ${body.error.type}`, () => {
    const { status: ours, error } = anthropic.failure(status, JSON.stringify(body));
    assert.deepEqual([ours, { error }], out);
  });
}

const FRAMES = [["\n", "data: "], ["\r\n", "data: "], ["\r", "data:"], ["\n", "data:"]] as const;

for (
  const [name, { anthropic: events, openai, include_usage }] of Object.entries<any>(
    fixture("streams"),
  )
) {
  for (const [eol, start] of FRAMES) {
    const text = events
      .map((event: { type: string }) => `event: ${event.type}${eol}${start}${JSON.stringify(event)}${eol}${eol}`).join(
        "",
      );
    const bytes = new TextEncoder().encode(text);
    for (const [how, pieces] of Object.entries(cuts(bytes))) {
      test(`stream ${name}, ${JSON.stringify(eol)} and ${JSON.stringify(start)}, ${how}`, async () => {
        assert.deepEqual(await payloads(pieces, exchangeOf({ wantsUsage: Boolean(include_usage) })), openai);
      });
    }
  }
}

function cuts(bytes: Uint8Array): Record<string, Uint8Array[]> {
  const half = bytes.length >> 1;
  return {
    whole: [bytes],
    "in halves": [bytes.slice(0, half), bytes.slice(half)],
    "byte by byte": Array.from(bytes, (byte) => Uint8Array.of(byte)),
  };
}

async function payloads(pieces: Uint8Array[], exchange: Exchange): Promise<unknown[]> {
  const parts = ReadableStream.from(pieces).pipeThrough(readEvents()).pipeThrough(anthropic.stream(exchange));
  return (await Array.fromAsync(parts)).flatMap((part: StreamPart) => {
    if (part.type === "usage") return [];
    if (part.type === "done") return ["[DONE]"];
    return part.type === "error" ? [{ error: part.error }, "[DONE]"] : [JSON.parse(part.data)];
  });
}
