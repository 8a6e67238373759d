import assert from "node:assert/strict";
import { test } from "node:test";
import OpenAI from "openai";
import type { StreamPart } from "../../../src/protocols/protocol.ts";
import { eventText } from "../../../src/sse.ts";
import { type Chunk, chunk, cleaned, events, type Pair, pairs } from "./streams.ts";

/** The official client, whose server answers with these parts. */
function clientOf(parts: StreamPart[]): OpenAI {
  const text = parts.map((part) => {
    if (part.type === "chunk") return eventText(part.data);
    if (part.type === "error") return eventText(JSON.stringify({ error: part.error })) + eventText("[DONE]");
    return part.type === "done" ? eventText("[DONE]") : "";
  }).join("");
  const answer = () => Promise.resolve(new Response(text, { headers: { "content-type": "text/event-stream" } }));
  return new OpenAI({ apiKey: "none", fetch: answer, maxRetries: 0, dangerouslyAllowBrowser: true });
}

async function completionOf(raw: string, options: Partial<Pair> = {}) {
  const parts = await cleaned(raw, {
    wantsUsage: options.usage ?? false,
    fixToolFinish: options.fixToolFinish ?? false,
  });
  const request = { model: "m", messages: [{ role: "user" as const, content: "x" }] };
  return await clientOf(parts).chat.completions.stream(request).finalChatCompletion();
}

for (const [name, pair] of Object.entries(pairs)) {
  const failing = pair.want.some((payload) => typeof payload === "object" && payload !== null && "error" in payload);
  test(`the official client's stream helper ${failing ? "reports the error of" : "accepts"} ${name}`, async () => {
    if (failing) return await assert.rejects(completionOf(pair.raw, pair), OpenAI.APIError);
    const { choices: [choice], usage } = await completionOf(pair.raw, pair);
    const deltas = (pair.want.slice(0, -1) as Chunk[]).flatMap(({ choices }) => choices);
    const text = deltas.map(({ delta }) => delta.content ?? "").join("");
    assert.equal(choice?.message.content ?? "", text);
    assert.equal(choice?.finish_reason, deltas.at(-1)?.finish_reason);
    assert.equal(
      usage?.total_tokens ?? 0,
      pair.usage ? (pair.want.at(-2) as { usage: { total_tokens: number } }).usage.total_tokens : 0,
    );
  });
}

const DIRTY: Record<string, [string, string]> = {
  "H13: calls without id and type": [
    events(
      chunk({ tool_calls: [{ index: 0, function: { name: "a", arguments: '{"x":' } }] }),
      chunk({ tool_calls: [{ index: 0, function: { arguments: "1}" } }] }),
      chunk({}, "tool_calls"),
    ),
    '{"x":1}',
  ],
  "H14: id and name on each fragment": [
    events(
      chunk({ tool_calls: [{ index: 0, id: "f", type: "function", function: { name: "a", arguments: '{"x":' } }] }),
      chunk({ tool_calls: [{ index: 0, id: "f", type: "function", function: { name: "a", arguments: "1}" } }] }),
      chunk({}, "tool_calls"),
    ),
    '{"x":1}',
  ],
  "a call without arguments": [
    events(chunk({ tool_calls: [{ function: { name: "a", arguments: null } }] }), chunk({}, "tool_calls")),
    "{}",
  ],
};

for (const [what, [raw, expected]] of Object.entries(DIRTY)) {
  test(`the official client's stream helper reads ${what}`, async () => {
    const { choices: [choice] } = await completionOf(raw);
    const [call] = choice?.message.tool_calls ?? [];
    assert.equal(call?.type === "function" && call.function.name, "a");
    assert.equal(call?.type === "function" && call.function.arguments, expected);
  });
}
