import assert from "node:assert/strict";
import { test } from "node:test";
import { partsOfReply } from "../../../src/protocols/openai/whole.ts";
import { CALL, cleaned, events, LOGPROBS, shown, usageOf } from "./streams.ts";

const MESSAGES = [
  { role: "assistant", content: "hi", refusal: null, reasoning_content: "hm", annotations: [{ type: "url_citation" }] },
  { role: "assistant", content: null, refusal: null, tool_calls: [CALL, { ...CALL, id: "f2" }] },
  { role: "assistant", content: null, refusal: "no" },
];
const REPLY = {
  id: "c1",
  object: "chat.completion",
  created: 5,
  model: "m",
  choices: MESSAGES.map((message, index) => ({
    index,
    message,
    logprobs: index === 0 ? LOGPROBS : null,
    finish_reason: message.tool_calls ? "tool_calls" : "stop",
  })),
  usage: usageOf(3, 1),
  service_tier: "default",
};

for (const wantsUsage of [true, false]) {
  test(`a whole reply as a stream is a clean one that says the same (usage asked: ${wantsUsage})`, async () => {
    const parts = partsOfReply(REPLY, { wantsUsage });
    const texts = parts.flatMap((part) => part.type === "chunk" ? [part.data] : []);
    assert.deepEqual(
      await cleaned(events(...texts, "[DONE]"), { wantsUsage }),
      parts.filter(({ type }) => wantsUsage || type !== "usage"),
    );
    const deltas = (index: number) =>
      texts.flatMap((text) => JSON.parse(text).choices).filter((choice) => choice.index === index).map(({ delta }) =>
        delta
      );
    for (const [index, { role, ...said }] of MESSAGES.entries()) {
      const joined = Object.assign({}, ...deltas(index));
      assert.deepEqual([joined.role, joined.content || null, joined.refusal], [role, said.content, said.refusal]);
      assert.deepEqual(joined.tool_calls?.map(({ index: _, ...call }: { index: number }) => call), said.tool_calls);
    }
    assert.equal(shown(parts).at(-1), "[DONE]");
    assert.equal(parts.filter(({ type }) => type === "usage").length, 1);
  });
}
