import assert from "node:assert/strict";
import { test } from "node:test";
import { nativeSchema } from "../../../src/protocols/anthropic/schema.ts";
import { calling, extrasOf, type Json, resultOf, SCHEMA, TOLD, TOOL, USER, wireOf } from "./given.ts";

/** Has structured output. */
const NATIVE = "claude-opus-4-6";
/** Has none, and takes a forced tool. */
const OLD = "claude-sonnet-4-20250514";
/** Has structured output, and takes no forced tool. */
const NEWEST = "claude-opus-5-5";

const wanting = (schema: Json, more: Json = {}) => ({
  response_format: { type: "json_schema", json_schema: { name: "s", strict: true, schema, ...more } },
});
const STANDS = { name: "json", input_schema: SCHEMA };
const SINGLE = { disable_parallel_tool_use: true };
const CLOSED = { ...SCHEMA, additionalProperties: false };
const OPEN = { type: "object", additionalProperties: { type: "string" } };
const IN_WORDS = "Answer with one JSON object that fits this JSON schema, and nothing else: ";

for (
  const [what, fields, model, want] of [
    ["text", { response_format: { type: "text" } }, NATIVE, {}],
    ["no format", { response_format: null }, NATIVE, {}],
    ["any object", { response_format: { type: "json_object" } }, NATIVE, {
      system: "Answer with one JSON object and nothing else.",
    }],
    [
      "any object, after a system prompt",
      { response_format: { type: "json_object" }, messages: [{ role: "system", content: "Be brief." }, USER] },
      NATIVE,
      { system: "Be brief.\nAnswer with one JSON object and nothing else." },
    ],
    ["a schema", wanting(SCHEMA), NATIVE, { output_config: { format: { type: "json_schema", schema: CLOSED } } }],
    ["a schema, while thinking", { ...wanting(SCHEMA), reasoning_effort: "low" }, NATIVE, {
      thinking: { type: "adaptive", display: "summarized" },
      output_config: { effort: "low", format: { type: "json_schema", schema: CLOSED } },
    }],
    ["a schema beside tools", { ...wanting(SCHEMA), tools: [TOOL] }, NATIVE, {
      tools: [TOLD],
      output_config: { format: { type: "json_schema", schema: CLOSED } },
    }],
    ["a schema where there is no structured output", wanting(SCHEMA, { description: "d" }), OLD, {
      tools: [{ ...STANDS, description: "d" }],
      tool_choice: { type: "tool", name: "json", ...SINGLE },
    }],
    ["a schema beside tools where there is no structured output", { ...wanting(SCHEMA), tools: [TOOL] }, OLD, {
      tools: [TOLD, STANDS],
      tool_choice: { type: "any", ...SINGLE },
    }],
    [
      "a schema beside tools that may not be called",
      { ...wanting(SCHEMA), tools: [TOOL], tool_choice: "none" },
      OLD,
      { tools: [TOLD, STANDS], tool_choice: { type: "tool", name: "json", ...SINGLE } },
    ],
    [
      "a schema after calls of tools that are gone",
      { ...wanting(SCHEMA), messages: [USER, calling(), resultOf()] },
      OLD,
      {
        tools: [{ name: "w", input_schema: { type: "object", properties: {} } }, STANDS],
        tool_choice: { type: "tool", name: "json", ...SINGLE },
      },
    ],
    ["an open schema, which structured output cannot take", wanting(OPEN), NATIVE, {
      tools: [{ name: "json", input_schema: { ...OPEN, properties: {} } }],
      tool_choice: { type: "tool", name: "json", ...SINGLE },
    }],
    ["an open schema where no tool may be forced", wanting(OPEN), NEWEST, { system: IN_WORDS + JSON.stringify(OPEN) }],
    [
      "an emulated schema, and no thinking with the tool that stands for it",
      { ...wanting(SCHEMA), reasoning_effort: "high", max_tokens: 9000 },
      OLD,
      { tools: [STANDS], tool_choice: { type: "tool", name: "json", ...SINGLE } },
    ],
  ] as [string, Json, string, Json][]
) {
  test(`response_format: ${what}`, () => {
    assert.deepEqual(extrasOf(fields, model), want);
    const emulated = (want.tools ?? []).some(({ name }: { name: string }) => name === "json");
    assert.equal(wireOf(fields, model).exchange.jsonTool, emulated ? "json" : undefined);
  });
}

const object = (properties: Json, more: Json = {}) => {
  return { type: "object", properties, required: Object.keys(properties), additionalProperties: false, ...more };
};

for (
  const [what, given, cleaned] of [
    ["limits are told in words", { type: "integer", minimum: 1, maximum: 9 }, {
      type: "integer",
      description: "minimum: 1; maximum: 9",
    }],
    ["a description stays before them", { type: "string", description: "a name", minLength: 2, pattern: "^a" }, {
      type: "string",
      description: "a name; minLength: 2; pattern: ^a",
    }],
    ["a count is told too", { type: "array", items: { type: "number", multipleOf: 2 }, maxItems: 3 }, {
      type: "array",
      items: { type: "number", description: "multipleOf: 2" },
      description: "maxItems: 3",
    }],
    ["a known format stays", { type: "string", format: "date-time" }, { type: "string", format: "date-time" }],
    ["another is told", { type: "string", format: "iri" }, { type: "string", description: "format: iri" }],
    ["oneOf is anyOf", { oneOf: [{ type: "string" }, { type: "null" }] }, {
      anyOf: [{ type: "string" }, { type: "null" }],
    }],
    [
      "what it knows stays",
      { type: "string", title: "t", enum: ["a"], const: "a", default: "a" },
      { type: "string", title: "t", enum: ["a"], const: "a", default: "a" },
    ],
    ["an inner object is closed", { type: "object", properties: { b: { type: "null" } }, required: ["b"] }, {
      type: "object",
      properties: { b: { type: "null" } },
      required: ["b"],
      additionalProperties: false,
    }],
    [
      "a field may be called like a keyword",
      object({ minimum: { type: "null" } }),
      object({ minimum: { type: "null" } }),
    ],
  ] as const
) {
  test(`schema: ${what}`, () => {
    const { $schema: _, ...want } = { $schema: undefined, ...object({ a: cleaned }) };
    assert.deepEqual(nativeSchema({ $schema: "x", ...object({ a: given }) }), want);
  });
}

test("schema: definitions are cleaned, and references to them stay", () => {
  const kept = { properties: { a: { $ref: "#/$defs/p" } }, required: ["a"] };
  const schema = { type: "object", ...kept, $defs: { p: { type: "object", properties: { b: { minimum: 1 } } } } };
  assert.deepEqual(nativeSchema(schema), {
    type: "object",
    ...kept,
    additionalProperties: false,
    $defs: {
      p: { type: "object", properties: { b: { description: "minimum: 1" } }, additionalProperties: false },
    },
  });
});

const options = (count: number) => {
  const names = Array.from({ length: count }, (_, at) => [`f${at}`, { type: "string" }]);
  return { type: "object", properties: Object.fromEntries(names) };
};
const linked = (count: number, last: Json) => {
  const step = (at: number) => ({ $ref: `#/$defs/d${at}` });
  const definition = (at: number) => at === count ? last : object({ a: step(at + 1), b: step(at + 1) });
  const names = Array.from({ length: count + 1 }, (_, at) => [`d${at}`, definition(at)]);
  return object({ a: step(0) }, { $defs: Object.fromEntries(names) });
};
const self = object({ next: { anyOf: [{ $ref: "#" }, { type: "null" }] } });
const tree = object({ a: { $ref: "#/$defs/n" } }, { $defs: { n: object({ kids: { items: { $ref: "#/$defs/n" } } }) } });

for (
  const [what, schema, fits] of [
    ["an object without fields", { type: "object" }, false],
    ["an object that may be null, without fields", { type: ["object", "null"] }, false],
    ["an object with any further fields", { ...SCHEMA, additionalProperties: true }, false],
    ["an object with further fields of a kind", { ...SCHEMA, additionalProperties: { type: "string" } }, false],
    ["an open object within", object({ a: OPEN }), false],
    ["10 optional fields", options(10), true],
    ["11 optional fields", options(11), false],
    ["11 optional fields in two objects", object({ a: options(6), b: options(5) }), false],
    ["a schema that holds itself", self, false],
    ["a definition that holds itself", tree, false],
    ["definitions that go round", linked(3, { $ref: "#/$defs/d0" }), false],
    ["a reference to another part of it", object({ a: { type: "string" }, b: { $ref: "#/properties/a" } }), false],
    ["40 definitions that each name the next one twice", linked(40, { type: "string" }), true],
    ["100 objects within each other", JSON.parse('{"items":'.repeat(100) + "{}" + "}".repeat(100)), false],
    ["5,000 unknown keywords within each other", JSON.parse('{"x":'.repeat(5000) + "{}" + "}".repeat(5000)), false],
  ] as [string, Json, boolean][]
) {
  test(`schema: structured output takes ${fits ? "" : "not "}${what}`, () => {
    assert.equal(nativeSchema(schema) !== undefined, fits);
  });
}
