import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../support/properties.ts";
import { RouterError } from "../../../src/errors.ts";
import { openai } from "../../../src/protocols/openai/openai.ts";
import type { ChatRequest, Destination } from "../../../src/protocols/protocol.ts";
import { providerNames, providerOf } from "../../../src/providers/catalog.ts";

const USER = { role: "user", content: "hi" };
const TOOL = { type: "function", function: { name: "a", parameters: { type: "object", properties: {} } } };
const OTHER = { type: "function", function: { name: "b", parameters: { type: "object", properties: {} } } };

/** Names of providers, each with the model that stands for it. */
const MODELS: Record<string, string> = {
  openai: "gpt-4o",
  openrouter: "meta-llama/llama-4",
  groq: "llama-3.3-70b-versatile",
  together: "moonshotai/Kimi-K2",
  ollama: "llama3.2",
  mistral: "mistral-large-latest",
  deepseek: "deepseek-v4",
  google: "gemini-2.5-flash",
  custom: "my-model",
};
const SHAPED = Object.keys(MODELS);

function request(provider: string, fields: Record<string, unknown>, more: Partial<Destination> = {}) {
  const dialect = providerOf(provider)?.dialect ?? {};
  const model = MODELS[provider] ?? "m";
  const destination = { provider, model, dialect, refuses: [], extraBody: {}, streamUsage: false, ...more };
  const chat: ChatRequest = { model: "auto", messages: [USER], ...fields };
  const before = JSON.stringify(chat);
  const wire = openai.request(chat, destination);
  assert.equal(JSON.stringify(chat), before, "the client's request was changed");
  return wire;
}

/** The body beside model and messages. */
function fieldsFor(provider: string, fields: Record<string, unknown>, more: Partial<Destination> = {}) {
  const { model: _, messages: __, ...rest } = request(provider, fields, more).body;
  return rest;
}

for (const provider of SHAPED) {
  test(`${provider} gets its own model's name, and messages that need no change are shared`, () => {
    const messages = [USER, { role: "assistant", content: "x" }];
    const { body, dropped, headers } = request(provider, { messages, temperature: 0.5 });
    assert.deepEqual([body.model, body.temperature, dropped, headers], [MODELS[provider], 0.5, [], {}]);
    assert.equal(body.messages, messages);
  });
}

test("a changed message is a copy, and its neighbours are shared", () => {
  const messages = [{ role: "developer", content: "x" }, USER];
  const sent = request("groq", { messages }).body.messages as unknown[];
  assert.deepEqual(sent, [{ role: "system", content: "x" }, USER]);
  assert.equal(sent[1], USER);
});

for (const provider of SHAPED) {
  const role = provider === "openai" ? "developer" : "system";
  test(`a developer's message reaches ${provider} as ${role}`, () => {
    const { messages } = request(provider, { messages: [{ role: "developer", content: "x" }] }).body;
    assert.deepEqual(messages, [{ role, content: "x" }]);
  });
}

test("stream_options are removed from a request that does not stream, and never injected there", () => {
  for (const provider of SHAPED) {
    for (const stream of [false, null, undefined]) {
      const fields = { stream, stream_options: { include_usage: true } };
      const { body, dropped, exchange } = request(provider, fields, { streamUsage: true });
      assert.deepEqual(["stream_options" in body, dropped, exchange.wantsUsage], [false, [], false]);
    }
  }
});

for (const provider of SHAPED) {
  const always = provider === "mistral" || provider === "openrouter";
  const asked = always ? undefined : { include_usage: true };
  for (
    const [given, streamUsage, sent, wants] of [
      [undefined, false, undefined, false],
      [undefined, true, asked, false],
      [{ include_usage: true }, false, asked, true],
      [{ include_usage: false }, true, asked, false],
    ] as const
  ) {
    test(`${provider} is asked for usage (${JSON.stringify(given)}, the router: ${streamUsage})`, () => {
      const { body, exchange } = request(provider, { stream: true, stream_options: given }, { streamUsage });
      assert.deepEqual([body.stream_options, exchange.wantsUsage, body.stream], [sent, wants, true]);
    });
  }
}

for (
  const [provider, model, sent] of [
    ["openai", "gpt-4o", "max_tokens"],
    ["openai", "gpt-5-mini", "max_completion_tokens"],
    ["openai", "o3", "max_completion_tokens"],
    ["openai", "gpt-5-chat-latest", "max_tokens"],
    ["groq", "x", "max_completion_tokens"],
    ["openrouter", "x", "max_tokens"],
    ["custom", "x", "max_tokens"],
    ["together", "x", "max_tokens"],
    ["google", "x", "max_tokens"],
  ] as const
) {
  test(`max_tokens → ${provider} ${model} as ${sent}`, () => {
    assert.deepEqual(fieldsFor(provider, { max_tokens: 9 }, { model }), { [sent]: 9 });
  });
}

for (const provider of ["deepseek", "ollama", "mistral", "together", "google"]) {
  test(`max_completion_tokens → ${provider} as max_tokens`, () => {
    assert.deepEqual(fieldsFor(provider, { max_completion_tokens: 9 }), { max_tokens: 9 });
  });
}

for (const provider of SHAPED.filter((name) => name !== "custom")) {
  test(`of both limits, ${provider} gets one`, () => {
    const sent = fieldsFor(provider, { max_tokens: 9, max_completion_tokens: 9 });
    assert.deepEqual(Object.values(sent), [9]);
  });
}

for (
  const [provider, kept, dropped] of [
    ["mistral", { metadata: {}, prompt_cache_key: "k", random_seed: 7 }, ["store", "user"]],
    ["groq", { user: "u" }, ["metadata", "prompt_cache_key", "seed", "store"]],
    ["google", {}, ["metadata", "prompt_cache_key", "seed", "store", "user"]],
    ["deepseek", {}, ["metadata", "prompt_cache_key", "seed", "store", "user"]],
    ["ollama", { seed: 7 }, ["metadata", "prompt_cache_key", "store", "user"]],
    ["together", { seed: 7 }, ["metadata", "prompt_cache_key", "store", "user"]],
    ["openai", { store: true, metadata: {}, prompt_cache_key: "k", seed: 7, user: "u" }, []],
    ["openrouter", { store: true, metadata: {}, prompt_cache_key: "k", seed: 7, user: "u" }, []],
    ["custom", { store: true, metadata: {}, prompt_cache_key: "k", seed: 7, user: "u" }, []],
  ] as const
) {
  test(`${provider} gets the fields that it knows, and the others are named`, () => {
    const fields = { store: true, metadata: {}, seed: 7, prompt_cache_key: "k", user: "u" };
    const wire = request(provider, fields);
    const { model: _, messages: __, ...rest } = wire.body;
    assert.deepEqual([rest, wire.dropped], [kept, dropped]);
  });
}

const SCHEMA = { $schema: "x", type: "object", properties: {} };

/** What goes in and what goes out, by vendor. */
const FIELDS: [string, Record<string, unknown>, Record<string, unknown>, string[]?][] = [
  ["custom", { temperature: null, stop: null, top_k: 5 }, { top_k: 5 }],
  ["openai", { tools: [], tool_choice: "auto" }, {}],
  ["mistral", { tools: [TOOL], tool_choice: "required" }, { tools: [TOOL], tool_choice: "any" }],
  ["mistral", { stream: true, stream_options: { include_usage: true } }, { stream: true }],
  ["groq", { logprobs: true, top_logprobs: 2, logit_bias: {}, n: 1 }, {}, ["logit_bias", "logprobs", "top_logprobs"]],
  ["groq", { service_tier: "flex", reasoning_effort: "minimal" }, { service_tier: "flex", reasoning_effort: "low" }],
  ["groq", { service_tier: "priority" }, {}, ["service_tier"]],
  ["groq", { stream: true, stream_options: { include_usage: true, include_obfuscation: false } }, {
    stream: true,
    stream_options: { include_usage: true },
  }, ["stream_options.include_obfuscation"]],
  ["together", { stop: "a" }, { stop: ["a"] }],
  ["together", { stop: ["a"], logprobs: true, top_logprobs: 3 }, { stop: ["a"], logprobs: 3 }],
  ["together", { logprobs: false }, {}],
  ["together", { reasoning_effort: "none" }, { reasoning: { enabled: false } }],
  ["together", { reasoning_effort: "xhigh" }, { reasoning_effort: "high" }],
  ["ollama", { tools: [TOOL], tool_choice: "auto" }, { tools: [TOOL] }],
  ["ollama", { tools: [TOOL], tool_choice: "none" }, {}],
  ["ollama", { tools: [TOOL], tool_choice: "required" }, { tools: [TOOL] }, ["tool_choice"]],
  ["ollama", { n: 1, parallel_tool_calls: false }, {}, ["parallel_tool_calls"]],
  ["google", { extra_body: { google: {} }, n: 2 }, { extra_body: { google: {} }, n: 2 }],
  ["google", { reasoning_effort: "max" }, { reasoning_effort: "high" }],
  ["google", {
    tools: [{ ...TOOL, function: { name: "a", parameters: SCHEMA } }, { type: "function", function: { name: "c" } }],
  }, { tools: [TOOL, { type: "function", function: { name: "c" } }] }],
  ["google", { response_format: { type: "json_schema", json_schema: { name: "s", schema: SCHEMA } } }, {
    response_format: { type: "json_schema", json_schema: { name: "s", schema: { type: "object", properties: {} } } },
  }],
  ["deepseek", { reasoning_effort: "none" }, { thinking: { type: "disabled" } }],
  ["deepseek", { reasoning_effort: "medium" }, { reasoning_effort: "high" }],
  ["deepseek", { tools: [TOOL], tool_choice: "auto" }, { tools: [TOOL] }],
  ["groq", {
    tools: [TOOL, OTHER],
    tool_choice: { type: "allowed_tools", allowed_tools: { mode: "required", tools: [OTHER] } },
  }, { tools: [OTHER], tool_choice: "required" }],
  [
    "openai",
    { tools: [TOOL], tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [TOOL] } } },
    { tools: [TOOL], tool_choice: { type: "allowed_tools", allowed_tools: { mode: "auto", tools: [TOOL] } } },
  ],
];

for (const [provider, fields, want, dropped = []] of FIELDS) {
  test(`${provider}: ${JSON.stringify(fields)} is sent as it takes it`, () => {
    const wire = request(provider, fields);
    const { model: _, messages: __, ...rest } = wire.body;
    assert.deepEqual([rest, wire.dropped], [want, dropped]);
  });
}

const NAMED = { type: "function", function: { name: "a" } };
for (
  const [fields, want, dropped] of [
    [{ tool_choice: "required" }, { tool_choice: "required", thinking: { type: "disabled" } }, []],
    [{ tool_choice: NAMED }, { tool_choice: NAMED, thinking: { type: "disabled" } }, []],
    [{ tool_choice: NAMED, reasoning_effort: "none" }, { tool_choice: NAMED, thinking: { type: "disabled" } }, []],
    [{ tool_choice: "required", reasoning_effort: "high" }, { reasoning_effort: "high" }, ["tool_choice"]],
    [{ tool_choice: NAMED, thinking: { type: "enabled" } }, { thinking: { type: "enabled" } }, ["tool_choice"]],
    [{ tool_choice: "none" }, { tool_choice: "none" }, []],
  ] as const
) {
  test(`a forced tool and DeepSeek's thinking: ${JSON.stringify(fields)}`, () => {
    const wire = request("deepseek", { tools: [TOOL], ...fields });
    const { model: _, messages: __, tools: ___, ...rest } = wire.body;
    assert.deepEqual([rest, wire.dropped], [want, dropped]);
  });
}

test("DeepSeek is told a JSON schema in words", () => {
  const schema = { type: "object", properties: { city: { type: "string" } } };
  const { body, dropped } = request("deepseek", {
    response_format: { type: "json_schema", json_schema: { name: "s", schema } },
  });
  const [note, ...others] = body.messages as { role: string; content: string }[];
  assert.deepEqual([body.response_format, others, dropped], [{ type: "json_object" }, [USER], []]);
  assert.ok(note?.role === "system" && note.content.includes("JSON") && note.content.includes(JSON.stringify(schema)));
});

const AUDIO = {
  role: "user",
  content: [{ type: "text", text: "a" }, { type: "input_audio", input_audio: { data: "", format: "wav" } }],
};
const IMAGE = { role: "user", content: [{ type: "image_url", image_url: { url: "https://a.b/c.png" } }] };

for (
  const [provider, fields, param] of [
    ...["groq", "ollama", "deepseek"].map((name) => [name, { n: 2 }, "n"] as const),
    ["ollama", { messages: [USER, IMAGE] }, "messages[1].content[0].image_url"],
    ["groq", { messages: [AUDIO] }, "messages[0].content[1]"],
    ["mistral", { modalities: ["text", "audio"], audio: { voice: "x" } }, "modalities"],
    ["google", { audio: { voice: "x" } }, "audio"],
    ["together", { functions: [{ name: "a" }] }, "functions"],
    ["deepseek", { tools: [TOOL, { type: "custom", custom: { name: "x" } }] }, "tools[1]"],
  ] as const
) {
  test(`${provider} is not asked what it cannot do, and ${param} is named`, () => {
    assert.throws(() => request(provider, fields), (error) => {
      assert.ok(error instanceof RouterError);
      assert.deepEqual([error.status, error.code, error.param], [400, "unsupported_value", param]);
      return error.message.includes(provider);
    });
  });
}

for (
  const [provider, fields] of [
    ["openai", { n: 3, modalities: ["text", "audio"], audio: {}, functions: [{ name: "a" }] }],
    ["custom", { n: 3, modalities: ["audio"], tools: [{ type: "custom", custom: { name: "x" } }] }],
    ["openrouter", { n: 3, models: ["a", "b"], provider: {}, reasoning: {} }],
  ] as const
) {
  test(`${provider} is asked everything: ${Object.keys(fields).join(", ")}`, () => {
    assert.deepEqual(fieldsFor(provider, fields), fields);
  });
}

test("the owner's refused fields are never sent, whoever wanted them", () => {
  const refuses = ["temperature", "stream_options", "max_completion_tokens", "constructor"];
  const fields = { temperature: 1, max_tokens: 5, stream: true, top_p: 1 };
  const wire = request("openai", fields, { refuses, streamUsage: true, model: "o3" });
  const { messages: _, ...rest } = wire.body;
  assert.deepEqual(rest, { model: "o3", stream: true, top_p: 1 });
  assert.deepEqual(wire.dropped, ["max_completion_tokens", "temperature"]);
});

test("the owner's own fields win over everything", () => {
  const extraBody = { temperature: 0, safe_prompt: true, provider: { sort: "price" } };
  assert.deepEqual(fieldsFor("google", { temperature: 1 }, { extraBody, refuses: ["safe_prompt"] }), extraBody);
});

test("fields named like an object's machinery are fields like any other", () => {
  const fields = JSON.parse('{"__proto__": {"polluted": 1}, "constructor": 1, "hasOwnProperty": 1}');
  const { body, dropped } = request("mistral", fields);
  assert.deepEqual([Object.keys(body).sort(), dropped], [["messages", "model"], [
    "__proto__",
    "constructor",
    "hasOwnProperty",
  ]]);
  assert.equal(JSON.stringify(request("custom", fields).body).includes("polluted"), true);
  assert.equal("polluted" in {}, false);
});

test("thousands of unknown fields do not make a header of thousands of names", () => {
  const fields = Object.fromEntries(Array.from({ length: 5000 }, (_, at) => [`field${at}`.repeat(20), 1]));
  assert.ok(request("google", fields).dropped.join(",").length < 4000);
});

test("arbitrary fields are sent or refused, and nothing else happens", () => {
  const fields = fc.dictionary(
    fc.constantFrom(
      "tools",
      "tool_choice",
      "n",
      "stop",
      "response_format",
      "modalities",
      "thinking",
      "logprobs",
      "stream_options",
      "reasoning_effort",
    ),
    fc.oneof(
      fc.jsonValue({ maxDepth: 3 }),
      fc.constantFrom<unknown>([null], [{ function: null }], { type: "allowed_tools" }, { type: "json_schema" }),
    ),
  );
  const message = fc.record({
    role: fc.constantFrom("user", "assistant", "tool", "developer"),
    content: fc.oneof(fc.constant(null), fc.string(), fc.constant([{ type: "image_url", image_url: null }])),
    tool_calls: fc.array(fc.record({ id: fc.jsonValue({ maxDepth: 0 }), function: fc.jsonValue({ maxDepth: 2 }) }), {
      maxLength: 2,
    }),
  });
  const provider = fc.constantFrom(...providerNames.filter((name) => name in MODELS));
  fc.assert(
    fc.property(provider, fields, fc.array(message), fc.boolean(), (name, given, messages, stream) => {
      try {
        JSON.stringify(
          request(name, { ...given, stream, messages }, { model: "mistral-gemini-3", streamUsage: true }).body,
        );
      } catch (error) {
        assert.ok(error instanceof RouterError && error.status === 400, String(error));
      }
    }),
    { numRuns: 500 },
  );
});
