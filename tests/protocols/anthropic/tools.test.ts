import assert from "node:assert/strict";
import { test } from "node:test";
import { calling, extrasOf, type Json, refused, resultOf, SCHEMA, SONNET, TOLD, TOOL, USER, wireOf } from "./given.ts";

/** Takes a forced tool only while it does not think. */
const BUDGET = SONNET;
/** Refuses a forced tool. */
const NEWEST = "claude-opus-5-5";
/** Takes a forced tool, thinking or not. */
const RECENT = "claude-opus-5";
/** Has no structured output. */
const OLD = "claude-3-haiku";

const other = { type: "function", function: { name: "v" } };
const TOLD_OTHER = { name: "v", input_schema: { type: "object", properties: {} } };
const named = { type: "function", function: { name: "w" } };
const only = (mode: string, ...tools: Json[]) => ({ type: "allowed_tools", allowed_tools: { mode, tools } });
const SINGLE = { disable_parallel_tool_use: true };

/** Fields, and what is sent of them. */
const ROWS: [what: string, fields: Json, sent: Json, model?: string][] = [
  ["a tool", { tools: [TOOL] }, { tools: [TOLD] }],
  ["a tool without parameters", { tools: [other] }, { tools: [TOLD_OTHER] }],
  [
    "a tool whose schema has no type",
    { tools: [{ type: "function", function: { name: "w", description: "d", parameters: { properties: {} } } }] },
    { tools: [{ name: "w", description: "d", input_schema: { properties: {}, type: "object" } }] },
  ],
  ["a strict tool", { tools: [{ type: "function", function: { ...TOOL.function, strict: true } }] }, {
    tools: [{ ...TOLD, strict: true }],
  }],
  ["a tool that is not strict", { tools: [{ type: "function", function: { ...TOOL.function, strict: false } }] }, {
    tools: [TOLD],
  }],
  [
    "a strict tool where nothing is",
    { tools: [{ type: "function", function: { ...TOOL.function, strict: true } }] },
    { tools: [TOLD] },
    OLD,
  ],
  ["a mark for the prompt cache", { tools: [{ ...TOOL, cache_control: { type: "ephemeral" } }] }, {
    tools: [{ ...TOLD, cache_control: { type: "ephemeral" } }],
  }],
  ["no tools", { tools: [], tool_choice: "auto" }, {}],
  ["no tools, but a wish for one call at a time", { parallel_tool_calls: false }, {}],
  ["auto", { tools: [TOOL], tool_choice: "auto" }, { tools: [TOLD], tool_choice: { type: "auto" } }],
  ["none", { tools: [TOOL], tool_choice: "none" }, { tools: [TOLD], tool_choice: { type: "none" } }],
  ["required", { tools: [TOOL], tool_choice: "required" }, { tools: [TOLD], tool_choice: { type: "any" } }],
  ["a named tool", { tools: [TOOL], tool_choice: named }, { tools: [TOLD], tool_choice: { type: "tool", name: "w" } }],
  ["some tools, if any", { tools: [TOOL, other], tool_choice: only("auto", other) }, {
    tools: [TOLD_OTHER],
    tool_choice: { type: "auto" },
  }],
  ["some tools, at least one", { tools: [TOOL, other], tool_choice: only("required", named) }, {
    tools: [TOLD],
    tool_choice: { type: "any" },
  }],
  ["one call at a time", { tools: [TOOL], parallel_tool_calls: false }, {
    tools: [TOLD],
    tool_choice: { type: "auto", ...SINGLE },
  }],
  ["one call at a time, required", { tools: [TOOL], tool_choice: "required", parallel_tool_calls: false }, {
    tools: [TOLD],
    tool_choice: { type: "any", ...SINGLE },
  }],
  ["one call at a time, named", { tools: [TOOL], tool_choice: named, parallel_tool_calls: false }, {
    tools: [TOLD],
    tool_choice: { type: "tool", name: "w", ...SINGLE },
  }],
  ["one call at a time, none", { tools: [TOOL], tool_choice: "none", parallel_tool_calls: false }, {
    tools: [TOLD],
    tool_choice: { type: "none" },
  }],
  ["calls at will", { tools: [TOOL], parallel_tool_calls: true }, { tools: [TOLD] }],
  ["functions, the old name", { functions: [TOOL.function], function_call: { name: "w" } }, {
    tools: [TOLD],
    tool_choice: { type: "tool", name: "w" },
  }],
  ["functions, if any", { functions: [TOOL.function], function_call: "auto" }, {
    tools: [TOLD],
    tool_choice: { type: "auto" },
  }],
  ["functions that are none beside tools", { functions: [], tools: [TOOL], tool_choice: "required" }, {
    tools: [TOLD],
    tool_choice: { type: "any" },
  }],
  ["a forced tool where none may be forced", { tools: [TOOL], tool_choice: "required" }, {
    tools: [TOLD],
    tool_choice: { type: "auto" },
  }, NEWEST],
  [
    "a named tool where none may be forced, one call at a time",
    { tools: [TOOL], tool_choice: named, parallel_tool_calls: false },
    { tools: [TOLD], tool_choice: { type: "auto", ...SINGLE } },
    NEWEST,
  ],
  [
    "a forced tool while a budget is thought within",
    { tools: [TOOL], tool_choice: "required", reasoning_effort: "high", max_tokens: 9000 },
    { tools: [TOLD], tool_choice: { type: "any" } },
    BUDGET,
  ],
  ["a forced tool while it thinks by itself", { tools: [TOOL], tool_choice: "required", reasoning_effort: "high" }, {
    tools: [TOLD],
    tool_choice: { type: "any" },
    thinking: { type: "adaptive", display: "summarized" },
    output_config: { effort: "high" },
  }, RECENT],
];

for (const [what, fields, want, model] of ROWS) {
  test(`tools: ${what}${model ? ` (${model})` : ""}`, () => assert.deepEqual(extrasOf(fields, model), want));
}

const STUB = { name: "w", input_schema: { type: "object", properties: {} } };
for (
  const [what, messages, stubs] of [
    ["a call", [USER, calling(), resultOf()], [STUB]],
    ["calls of one tool", [USER, calling("a"), resultOf("a"), calling("b"), resultOf("b")], [STUB]],
    ["the old form of a call", [USER, { role: "assistant", function_call: { name: "w", arguments: "" } }], [STUB]],
  ] as const
) {
  for (const tools of [undefined, []]) {
    test(`tools: after ${what}, ${tools ? "an empty list of" : "no"} tools are stubs that may not be called`, () => {
      assert.deepEqual(extrasOf({ messages, tools, tool_choice: "auto" }), {
        tools: stubs,
        tool_choice: { type: "none" },
      });
    });
  }
}

test("tools: what a model cannot do is named", () => {
  const strict = { type: "function", function: { ...TOOL.function, strict: true } };
  assert.deepEqual(wireOf({ tools: [strict] }, OLD).dropped, ["tools.function.strict"]);
  assert.deepEqual(wireOf({ tools: [strict], tool_choice: "required" }, NEWEST).dropped, ["tool_choice"]);
});

test("tools: free-text tools are refused", () => {
  refused({ tools: [TOOL, { type: "custom", custom: { name: "g", format: { type: "text" } } }] }, "tools[1].type");
});

test("tools: a schema is sent as the client wrote it, but for its type", () => {
  const parameters = { ...SCHEMA, type: ["object", "null"], additionalProperties: true, $defs: { a: { minimum: 1 } } };
  const { tools: [told] } = extrasOf({ tools: [{ type: "function", function: { name: "w", parameters } }] });
  assert.deepEqual(told.input_schema, { ...parameters, type: "object" });
});
