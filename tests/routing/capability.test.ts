import assert from "node:assert/strict";
import { test } from "node:test";
import { lackOf, needsOf } from "../../src/routing/capability.ts";
import { createTarget } from "../../src/providers/target.ts";
import type { Capability } from "../../src/providers/models.ts";
import type { ChatRequest } from "../../src/protocols/protocol.ts";

const chat = (content: unknown, more: Record<string, unknown> = {}) =>
  ({ model: "auto", messages: [{ role: "user", content }], ...more }) as unknown as ChatRequest;
const part = (type: string) => [{ type, [type]: {} }];

for (
  const [what, request, capabilities] of [
    ["text", chat("hi"), []],
    ["an image", chat(part("image_url")), ["vision"]],
    ["a file", chat(part("file")), ["pdf"]],
    ["sound", chat(part("input_audio")), ["audio"]],
    ["tools", chat("hi", { tools: [{ type: "function", function: { name: "f" } }] }), ["tools"]],
    ["no tools", chat("hi", { tools: [] }), []],
    ["a schema", chat("hi", { response_format: { type: "json_schema" } }), ["json"]],
    ["plain JSON", chat("hi", { response_format: { type: "json_object" } }), []],
  ] as [string, ChatRequest, Capability[]][]
) {
  test(`${what} needs ${capabilities.join(", ") || "nothing"}`, () => {
    assert.deepEqual(needsOf(request).capabilities, capabilities);
  });
}

test("tokens are what is sent and what may come back", () => {
  const text = "word ".repeat(400);
  assert.equal(needsOf(chat(text)).tokens, 500);
  assert.equal(needsOf(chat(text, { max_tokens: 100 })).tokens, 600);
  assert.equal(needsOf(chat(text, { max_completion_tokens: 200, max_tokens: 100 })).tokens, 700);
  assert.ok(needsOf(chat("漢字".repeat(1000))).tokens >= 1000);
});

function target(can: Capability[] | undefined, context: number | undefined) {
  const config = { provider: "custom", model: "m", baseUrl: "http://127.0.0.1:1/v1", apiKey: undefined };
  return createTarget({ ...config, refuses: [], headers: {}, extraBody: {}, can, context }, {
    timeoutSeconds: 60,
    streamUsage: true,
  });
}

for (
  const [what, can, context, lack] of [
    ["of which nothing is known is assumed able", undefined, undefined, undefined],
    ["that can is able", ["vision", "tools"], 10_000, undefined],
    ["that is blind lacks vision", ["tools"], undefined, "vision"],
    ["that can nothing lacks both", [], undefined, "vision, tools"],
    ["with a small window lacks room", ["vision", "tools"], 900, "a window of some"],
  ] as [string, Capability[] | undefined, number | undefined, string | undefined][]
) {
  test(`a target ${what}`, () => {
    const said = lackOf(target(can, context), { capabilities: ["vision", "tools"], tokens: 1000 });
    assert.equal(said?.slice(0, lack?.length), lack);
  });
}
