import assert from "node:assert/strict";
import { test } from "node:test";
import { UpstreamError } from "../../../src/errors.ts";
import { anthropic } from "../../../src/protocols/anthropic/anthropic.ts";
import { choiceOf, exchangeOf, type Json, message, SONNET } from "./given.ts";

const text = (value: string) => ({ type: "text", text: value });
const thought = (thinking: string) => ({ type: "thinking", thinking, signature: "c2ln" });
const use = (id: string, input: Json = {}, name = "w") => ({ type: "tool_use", id, name, input });
const call = (id: string, args: string) => ({ id, type: "function", function: { name: "w", arguments: args } });
const HIDDEN = { type: "redacted_thinking", data: "ZGF0YQ==" };
const PLAIN = { role: "assistant", refusal: null };

for (
  const [what, content, said] of [
    ["texts are joined without anything between", [text("a"), text(""), text("b")], { content: "ab" }],
    ["nothing is an empty text", [], { content: "" }],
    ["calls without text have a null content", [use("t1", { city: "Oslo" })], {
      content: null,
      tool_calls: [call("t1", '{"city":"Oslo"}')],
    }],
    ["calls keep their ids, order and text", [text("a"), use("t1"), use("t2", { a: [1] })], {
      content: "a",
      tool_calls: [call("t1", "{}"), call("t2", '{"a":[1]}')],
    }],
    ["a call without any input has an empty object", [{ type: "tool_use", id: "t1", name: "w" }], {
      content: null,
      tool_calls: [call("t1", "{}")],
    }],
    ["thinking is told beside the text, with its signatures", [thought("a"), HIDDEN, thought("b"), text("c")], {
      content: "c",
      reasoning_content: "ab",
      thinking_blocks: [thought("a"), HIDDEN, thought("b")],
    }],
    ["thinking without words is told by its signature alone", [thought(""), text("c")], {
      content: "c",
      thinking_blocks: [thought("")],
    }],
    [
      "what is the server's own affair is left out",
      [
        { type: "server_tool_use", id: "s1", name: "web_search", input: {} },
        { type: "web_search_tool_result", tool_use_id: "s1", content: [] },
        { type: "a_block_of_next_year" },
        { ...text("a"), citations: [{ type: "page_location" }] },
      ],
      { content: "a" },
    ],
  ] as [string, Json[], Json][]
) {
  test(`reply: ${what}`, () => assert.deepEqual(choiceOf(content).message, { ...PLAIN, ...said }));
}

for (
  const [reason, finish] of [
    ["end_turn", "stop"],
    ["stop_sequence", "stop"],
    ["pause_turn", "stop"],
    ["max_tokens", "length"],
    ["model_context_window_exceeded", "length"],
    ["tool_use", "tool_calls"],
    ["refusal", "content_filter"],
    ["compaction", "stop"],
    ["a_reason_of_next_year", "stop"],
    ["constructor", "stop"],
    [null, "stop"],
    [5, "stop"],
  ] as const
) {
  test(`reply: stop_reason ${JSON.stringify(reason)} is finish_reason "${finish}"`, () => {
    assert.equal(choiceOf([text("a")], reason).finish_reason, finish);
  });
}

for (
  const [what, content, reason, said, finish] of [
    [
      "its input is the content",
      [text("Here:"), use("t", { a: 1 }, "json")],
      "tool_use",
      { content: '{"a":1}' },
      "stop",
    ],
    ["the client's own call is a call", [use("t1")], "tool_use", {
      content: null,
      tool_calls: [call("t1", "{}")],
    }, "tool_calls"],
    [
      "words instead of it are the content",
      [text("I will not")],
      "refusal",
      { content: "I will not" },
      "content_filter",
    ],
    ["cut off, it is as far as it came", [use("t", { a: 1 }, "json")], "max_tokens", { content: '{"a":1}' }, "length"],
  ] as [string, Json[], string, Json, string][]
) {
  test(`reply: with structured output emulated, ${what}`, () => {
    const choice = choiceOf(content, reason, { jsonTool: "json" });
    assert.deepEqual([choice.message, choice.finish_reason], [{ ...PLAIN, ...said }, finish]);
  });
}

test("reply: a client's own tool may be called json", () => {
  assert.equal(choiceOf([use("t", {}, "json")], "tool_use").message.tool_calls[0].function.name, "json");
});

test("reply: the envelope is OpenAI's", () => {
  const { choices: _, usage: __, ...envelope } = anthropic.reply(message([text("a")]), exchangeOf());
  assert.deepEqual(envelope, { id: "chatcmpl-m1", object: "chat.completion", created: 1764000000, model: SONNET });
});

for (
  const [what, usage, [prompt, completion, cached, written, reasoning]] of [
    ["plain counts", {}, [10, 5, 0, 0, 0]],
    ["cached tokens are a part of the prompt", { cache_read_input_tokens: 100, cache_creation_input_tokens: 7 }, [
      117,
      5,
      100,
      7,
      0,
    ]],
    ["thinking is a part of the completion", { output_tokens: 30, output_tokens_details: { thinking_tokens: 20 } }, [
      10,
      30,
      0,
      0,
      20,
    ]],
    ["nulls are zero", { cache_read_input_tokens: null, output_tokens: null, output_tokens_details: null }, [
      10,
      0,
      0,
      0,
      0,
    ]],
    ["what is no number is zero", { input_tokens: "many", output_tokens: {} }, [0, 0, 0, 0, 0]],
  ] as [string, Json, number[]][]
) {
  test(`reply: usage: ${what}`, () => {
    assert.deepEqual(anthropic.reply(message([], "end_turn", usage), exchangeOf()).usage, {
      prompt_tokens: prompt,
      completion_tokens: completion,
      total_tokens: (prompt ?? 0) + (completion ?? 0),
      prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
      completion_tokens_details: { reasoning_tokens: reasoning },
    });
  });
}

for (
  const [what, body, status, code] of [
    [
      "an error with status 200",
      { type: "error", error: { type: "overloaded_error", message: "x" } },
      503,
      "overloaded_error",
    ],
    ["an error of an unknown kind", { type: "error", error: { type: "odd_error", message: "x" } }, 502, null],
    ["no message", { ok: true }, 502, "upstream_invalid"],
    ["a message without content", { type: "message", content: null }, 502, "upstream_invalid"],
    ["a text", "hi", 502, "upstream_invalid"],
    ["nothing", null, 502, "upstream_invalid"],
  ] as const
) {
  test(`reply: ${what} is a failure that another target may better`, () => {
    assert.throws(() => anthropic.reply(body, exchangeOf()), (error) => {
      assert.ok(error instanceof UpstreamError);
      assert.deepEqual([error.status, error.detail.code, error.retryable], [status, code, true]);
      return true;
    });
  });
}
