import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../support/properties.ts";
import {
  bytesOf,
  CALL,
  cleaned,
  cuts,
  DONE,
  EMOJI,
  events,
  LOGPROBS,
  OPENING,
  pairs,
  shown,
  strict,
  usageChunk,
  usageOf,
} from "./streams.ts";

for (const [name, pair] of Object.entries(pairs)) {
  const options = { wantsUsage: pair.usage, fixToolFinish: pair.fixToolFinish ?? false };
  for (const [end, sign] of [["LF", "\n"], ["CRLF", "\r\n"], ["CR", "\r"]] as const) {
    for (const space of ["data: ", "data:"]) {
      const text = pair.raw.replace(/\r\n/g, "\n").replace(/^data: ?/gm, space).replaceAll("\n", sign);
      for (const [how, pieces] of Object.entries(cuts(bytesOf(text)))) {
        test(`${name}: ${pair.why} (${end}, "${space}", ${how})`, async () => {
          assert.deepEqual(shown(await cleaned(pieces, options)), pair.want);
        });
      }
    }
  }
}

/** Streams as OpenAI sends them, the parts of them in its own order and spelling. */
const CLEAN: Record<string, { wantsUsage?: boolean; payloads: unknown[] }> = {
  "text": { payloads: [strict(OPENING), strict({ content: EMOJI }), strict({}, "stop")] },
  "text with usage": {
    wantsUsage: true,
    payloads: [
      strict(OPENING, null, { usage: null }),
      strict({ content: "Hi" }, null, { usage: null }),
      strict({}, "stop", { usage: null }),
      usageChunk(usageOf(3, 1)),
    ],
  },
  "text with logprobs, tier and fingerprint": {
    payloads: [
      strict(OPENING, null, { service_tier: "default", system_fingerprint: "fp_1", obfuscation: "xyz" }),
      strict({ content: "Hi" }, null, { logprobs: LOGPROBS, service_tier: "default", obfuscation: "x" }),
      strict({}, "stop", { service_tier: "default" }),
    ],
  },
  "a call that opens the choice": {
    payloads: [
      strict({ role: "assistant", content: null, tool_calls: [{ index: 0, ...CALL }], refusal: null }),
      strict({ tool_calls: [{ index: 0, function: { arguments: "" } }] }),
      strict({}, "tool_calls"),
    ],
  },
  "two calls in fragments": {
    payloads: [
      strict(OPENING),
      strict({ tool_calls: [{ index: 0, ...CALL, function: { name: "a", arguments: "" } }] }),
      strict({ tool_calls: [{ index: 0, function: { arguments: '{"x":1}' } }] }),
      strict({ tool_calls: [{ index: 1, ...CALL, id: "f2", function: { name: "b", arguments: "" } }] }),
      strict({ tool_calls: [{ index: 1, function: { arguments: "{}" } }] }),
      strict({}, "tool_calls"),
    ],
  },
  "a refusal": {
    payloads: [strict(OPENING), strict({ refusal: "I cannot" }), strict({ refusal: " do that" }), strict({}, "stop")],
  },
  "annotations and unknown fields": {
    payloads: [
      strict(OPENING),
      strict({ annotations: [{ type: "url_citation", url_citation: { url: "https://a.b" } }], novelty: { a: [1] } }),
      strict({ content: "x" }, null, { novelty: true }),
      strict({}, "stop"),
    ],
  },
  "reasoning": {
    payloads: [strict(OPENING), strict({ reasoning_content: "hm" }), strict({ content: "x" }), strict({}, "stop")],
  },
  "two choices": {
    payloads: [
      strict(OPENING),
      strict(OPENING, null, { index: 1 }),
      strict({ content: "a" }),
      strict({ content: "b" }, null, { index: 1 }),
      strict({}, "stop"),
      strict({}, "length", { index: 1 }),
    ],
  },
};

for (const [name, { wantsUsage = false, payloads }] of Object.entries(CLEAN)) {
  // Escapes and white space that a rebuilt chunk would not have.
  const texts = payloads.map((payload) => JSON.stringify(payload).replace("ï", "\\u00ef").replace(",", ", "));
  test(`a clean stream is passed on byte for byte: ${name}`, async () => {
    const parts = await cleaned(events(...texts, DONE), { wantsUsage, fixToolFinish: true });
    assert.deepEqual(parts.flatMap((part) => part.type === "chunk" ? [part.data] : []), texts);
    assert.equal(parts.at(-1)?.type, "done");
  });
}

test("usage that only the router asked for is cut out of a clean stream, and all else stays byte for byte", async () => {
  const wordy = (delta: unknown, finish: unknown = null) =>
    JSON.stringify(strict(delta, finish, { usage: null, obfuscation: "x" })).replace("ï", "\\u00ef");
  const texts = [wordy(OPENING), wordy({ content: 'ï "usage":null' }), wordy({ content: "usage" }), wordy({}, "stop")];
  const parts = await cleaned(events(...texts, usageChunk(usageOf(3, 1)), DONE));
  const expected = texts.map((text) => ({ type: "chunk", data: text.replace(/,"usage":null(?=,"ob)/, "") }));
  assert.deepEqual(parts, [...expected, { type: "usage", usage: usageOf(3, 1) }, { type: "done" }]);
});
test("any chunking of any of the streams gives the same parts", async () => {
  const streams = Object.values(pairs).map(({ raw }) => bytesOf(raw));
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...streams), sizes, async (bytes, steps) => {
      const pieces: Uint8Array[] = [];
      for (let at = 0, turn = 0; at < bytes.length; turn++) {
        const size = steps[turn % steps.length] ?? 1;
        pieces.push(bytes.slice(at, at + size));
        at += size;
      }
      assert.deepEqual(await cleaned(pieces, { wantsUsage: true }), await cleaned([bytes], { wantsUsage: true }));
    }),
    { numRuns: 100 },
  );
});

/** Words that the cleaning looks for, so that the JSON made of them gets deep into it. */
const KEYS = [
  "choices",
  "delta",
  "message",
  "index",
  "finish_reason",
  "content",
  "tool_calls",
  "function",
  "usage",
  "error",
  "x_groq",
  "id",
];
const WORDS = fc.constantFrom<unknown>("stop", "", null, 0, 1.5, -1, true, "error", "text", "thinking", {
  prompt_tokens: 1,
});
const anything = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6 },
    WORDS,
    fc.jsonValue({ maxDepth: 1 }),
    fc.array(tie("value"), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...KEYS, "__proto__", "constructor"), tie("value"), { maxKeys: 6 }),
  ),
})).value;

test("whatever JSON comes, the stream ends with one end or one error, and chunks are objects", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(anything, { maxLength: 4 }), fc.boolean(), async (payloads, wantsUsage) => {
      const wrapped = payloads.flatMap((value) => [value, { choices: [{ delta: value }] }]);
      const parts = await cleaned(events(...wrapped, DONE), { wantsUsage });
      const ends = parts.filter(({ type }) => type === "done" || type === "error");
      assert.equal(ends.length, 1);
      assert.equal(ends[0], parts.at(-1));
      for (const part of parts) if (part.type === "chunk") assert.ok(JSON.parse(part.data).choices);
    }),
    { numRuns: 300 },
  );
});
