import assert from "node:assert/strict";
import { test } from "node:test";
import {
  delta,
  ending,
  type Json,
  message,
  OPENING,
  partsOf,
  shown,
  SONNET,
  START,
  start,
  STOP,
  stop,
  text,
  tool,
} from "./given.ts";

const END = [ending("end_turn"), STOP];
const said = (value: Json) => [value, null];
const words = (content: string) => said({ content });
const fragment = (value: Json) => said({ tool_calls: [value] });
const opened = (index: number, id: string, name = "w") =>
  fragment({ index, id, type: "function", function: { name, arguments: "" } });
const argued = (index: number, args: string) => fragment({ index, function: { arguments: args } });
const finished = (reason: string) => [{}, reason];
const failed = (code: string, type: string, text: string) => ({ error: { message: text, type, param: null, code } });
const TRUNCATED = failed(
  "upstream_stream_truncated",
  "server_error",
  "Upstream closed the stream before message_stop",
);
const NOT_JSON = failed("upstream_invalid", "upstream_error", "The upstream sent an event that is not JSON");

/** Events, and what a client is shown of them after the opening. */
const ROWS: [what: string, events: Json[], shown: Json[], more?: Json][] = [
  ["words come as they come", [START, ...text(0, "a", "", "b"), ...END], [
    words("a"),
    words("b"),
    finished("stop"),
    "[DONE]",
  ]],
  [
    "a block of text may begin with words",
    [START, start(0, { type: "text", text: "a" }), stop(0), ...END],
    [words("a"), finished("stop"), "[DONE]"],
  ],
  [
    "calls are counted among calls, not among blocks",
    [
      START,
      ...text(0, "a"),
      ...tool(1, "t1", "w", "", '{"a"', ":1}"),
      ...tool(3, "t2", "w", "{}"),
      ending("tool_use"),
      STOP,
    ],
    [
      words("a"),
      opened(0, "t1"),
      argued(0, '{"a"'),
      argued(0, ":1}"),
      opened(1, "t2"),
      argued(1, "{}"),
      finished("tool_calls"),
      "[DONE]",
    ],
  ],
  [
    "a call that says no arguments has an empty object",
    [START, ...tool(0, "t1", "w"), ...tool(1, "t2", "w", ""), ending("tool_use"), STOP],
    [opened(0, "t1"), argued(0, "{}"), opened(1, "t2"), argued(1, "{}"), finished("tool_calls"), "[DONE]"],
  ],
  [
    "a call may say its arguments at once",
    [START, start(0, { type: "tool_use", id: "t1", name: "w", input: { a: 1 } }), stop(0), ending("tool_use"), STOP],
    [opened(0, "t1"), argued(0, '{"a":1}'), finished("tool_calls"), "[DONE]"],
  ],
  [
    "blocks may interleave",
    [
      START,
      ...tool(0, "t1", "w").slice(0, 1),
      ...tool(1, "t2", "v").slice(0, 1),
      delta(1, { type: "input_json_delta", partial_json: "[2]" }),
      delta(0, { type: "input_json_delta", partial_json: "[1]" }),
      stop(1),
      stop(0),
      ending("tool_use"),
      STOP,
    ],
    [opened(0, "t1"), opened(1, "t2", "v"), argued(1, "[2]"), argued(0, "[1]"), finished("tool_calls"), "[DONE]"],
  ],
  [
    "thinking is told, its signature is not",
    [
      START,
      start(0, { type: "thinking", thinking: "", signature: "" }),
      delta(0, { type: "thinking_delta", thinking: "hm" }),
      delta(0, { type: "thinking_delta", thinking: "" }),
      delta(0, { type: "signature_delta", signature: "c2ln" }),
      stop(0),
      start(1, { type: "redacted_thinking", data: "ZGF0YQ==" }),
      stop(1),
      ...text(2, "a"),
      ...END,
    ],
    [said({ reasoning_content: "hm" }), words("a"), finished("stop"), "[DONE]"],
  ],
  [
    "what is the server's own affair, or unknown, is left out",
    [
      { type: "ping" },
      START,
      { type: "ping" },
      { type: "an_event_of_next_year" },
      { type: "constructor" },
      { no: "type" },
      start(0, { type: "server_tool_use", id: "s", name: "web_search", input: {} }),
      delta(0, { type: "input_json_delta", partial_json: '{"q":1}' }),
      stop(0),
      ...text(1, "a"),
      delta(1, { type: "citations_delta", citation: {} }),
      delta(1, { type: "a_delta_of_next_year" }),
      delta(9, { type: "input_json_delta", partial_json: "of no block" }),
      stop(9),
      ...END,
    ],
    [words("a"), finished("stop"), "[DONE]"],
  ],
  ["a second beginning is none", [START, START, ...text(0, "a"), ...END], [words("a"), finished("stop"), "[DONE]"]],
  [
    "what comes before the beginning is none",
    [...text(0, "early"), ending("end_turn"), START, ...text(0, "a"), ...END],
    [words("a"), finished("stop"), "[DONE]"],
  ],
  ["what comes after the end is none", [START, ...END, ...text(0, "late"), STOP], [finished("stop"), "[DONE]"]],
  ["an end that is told twice is one", [START, ending(null), ending("max_tokens"), ...END], [
    finished("length"),
    "[DONE]",
  ]],
  ["an end without a reason is a plain one", [START, ...text(0, "a"), STOP], [words("a"), finished("stop"), "[DONE]"]],
  ["a refusal without words is a content filter", [START, ending("refusal"), STOP], [
    finished("content_filter"),
    "[DONE]",
  ]],
  ...[["max_tokens", "length"], ["pause_turn", "stop"], ["odd", "stop"], ["__proto__", "stop"]].map(
    ([reason, finish]): [string, Json[], Json[]] => [
      `the reason ${reason} is told as ${finish}`,
      [START, ending(reason), STOP],
      [finished(finish ?? ""), "[DONE]"],
    ],
  ),
  [
    "an error ends it",
    [START, ...text(0, "a"), { type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, ...END],
    [words("a"), failed("overloaded_error", "server_error", "Overloaded"), "[DONE]"],
  ],
  ["closed early, it ends with an error", [START, ...text(0, "a")], [words("a"), TRUNCATED, "[DONE]"]],
  ["closed after its reason, it ends with an error", [START, ending("end_turn")], [
    finished("stop"),
    TRUNCATED,
    "[DONE]",
  ]],
  ["cut inside an event, it is closed early", [START, '{"type":"content_bl'], [TRUNCATED, "[DONE]"]],
  ["an event that is not JSON is invalid when others follow", [START, "{oops", ...END], [NOT_JSON, "[DONE]"]],
  ["an event that is no object is invalid when others follow", [START, "[1]", ...END], [NOT_JSON, "[DONE]"]],
  ["an event without data is none", [START, "", ...END], [finished("stop"), "[DONE]"]],
  [
    "usage is asked for",
    [START, ...END],
    [finished("stop"), { usage: usage(10, 5) }, "[DONE]"],
    { wantsUsage: true },
  ],
  [
    "usage adds up, and null says nothing",
    [
      { ...START, message: message([], null, { cache_read_input_tokens: 100, cache_creation_input_tokens: 7 }) },
      ending(null, { output_tokens: 20, cache_read_input_tokens: null }),
      ending("end_turn", { output_tokens: 30, output_tokens_details: { thinking_tokens: 12 } }),
      STOP,
    ],
    [finished("stop"), { usage: usage(117, 30, 100, 7, 12) }, "[DONE]"],
    { wantsUsage: true },
  ],
  [
    "with structured output emulated, its arguments are the content",
    [START, ...tool(0, "t1", "json", '{"a"', ":1}"), ending("tool_use"), STOP],
    [words('{"a"'), words(":1}"), finished("stop"), "[DONE]"],
    { jsonTool: "json" },
  ],
  [
    "with structured output emulated, words beside it are not the content",
    [START, ...text(0, "Here:"), ...tool(1, "t1", "json", "{}"), ...text(2, "Done"), ending("tool_use"), STOP],
    [words("{}"), finished("stop"), "[DONE]"],
    { jsonTool: "json" },
  ],
  [
    "with structured output emulated, words instead of it are the content",
    [START, ...text(0, "I will", " not"), ending("refusal"), STOP],
    [words("I will not"), finished("content_filter"), "[DONE]"],
    { jsonTool: "json" },
  ],
  [
    "with structured output emulated, a call of the client's own tool is one",
    [START, ...tool(0, "t1", "w", "{}"), ending("tool_use"), STOP],
    [opened(0, "t1"), argued(0, "{}"), finished("tool_calls"), "[DONE]"],
    { jsonTool: "json" },
  ],
];

function usage(prompt: number, completion: number, cached = 0, written = 0, reasoning = 0) {
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
    completion_tokens_details: { reasoning_tokens: reasoning },
  };
}

for (const [what, events, want, more] of ROWS) {
  test(`stream: ${what}`, async () => assert.deepEqual(await shown(events, more), [OPENING, ...want]));
}

test("stream: an error that comes first is the first and only part", async () => {
  const parts = await partsOf([{ type: "error", error: { type: "overloaded_error", message: "Overloaded" } }, START]);
  assert.deepEqual(parts.map((part) => part.type === "error" && part.status), [503]);
});

test("stream: one that never begins ends with an error alone", async () => {
  for (const events of [[], [{ type: "ping" }], END]) assert.deepEqual(await shown(events), [TRUNCATED, "[DONE]"]);
});

test("stream: each chunk has the same envelope, and usage only where it is asked for", async () => {
  const events = [START, ...text(0, "a"), ...END];
  for (const wantsUsage of [true, false]) {
    const parts = await partsOf(events, { wantsUsage });
    for (const part of parts) {
      if (part.type !== "chunk") continue;
      const { choices: _, usage, ...envelope } = JSON.parse(part.data);
      const want = { id: "chatcmpl-m1", object: "chat.completion.chunk", created: 1764000000, model: SONNET };
      assert.deepEqual(envelope, want);
      assert.equal(usage === undefined, !wantsUsage);
    }
  }
});

test("stream: usage is counted even when nobody asked for it", async () => {
  const parts = await partsOf([START, ...END]);
  assert.deepEqual(parts.slice(-2), [{ type: "usage", usage: usage(10, 5) }, { type: "done" }]);
});
