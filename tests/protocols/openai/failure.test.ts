import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../../support/properties.ts";
import { openai } from "../../../src/protocols/openai/openai.ts";

const HTML = "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502</h1></body></html>";
const INVALID = "invalid_request_error";
type Row = [
  what: string,
  status: number,
  body: unknown,
  message: string,
  type: string,
  param: string | null,
  code: string | null,
];

const ROWS: Row[] = [
  [
    "OpenAI's",
    400,
    { error: { message: "No", type: INVALID, param: "n", code: "unsupported_value" } },
    "No",
    INVALID,
    "n",
    "unsupported_value",
  ],
  [
    "Ollama's",
    404,
    { error: { message: 'model "x" not found', type: "not_found_error", param: null, code: null } },
    'model "x" not found',
    "not_found_error",
    null,
    null,
  ],
  ["Ollama's old one", 404, { error: "model not found" }, "model not found", INVALID, null, null],
  [
    "Mistral's list",
    422,
    {
      object: "error",
      message: { detail: [{ type: "extra_forbidden", loc: ["body", "store"], msg: "Extra inputs are not permitted" }] },
      type: "invalid_request_error",
      param: null,
      code: null,
    },
    "body.store: Extra inputs are not permitted",
    INVALID,
    null,
    null,
  ],
  [
    "Mistral's text",
    400,
    {
      object: "error",
      message: "Tool call id was x but must be a-z",
      type: "invalid_request_message_order",
      param: null,
      code: 3280,
    },
    "Tool call id was x but must be a-z",
    "invalid_request_message_order",
    null,
    "3280",
  ],
  [
    "Mistral's bare detail",
    401,
    { detail: "Unauthorized" },
    "Unauthorized",
    "authentication_error",
    null,
    null,
  ],
  [
    "Google's list",
    400,
    [{ error: { code: 400, message: 'Unknown name "store"', status: "INVALID_ARGUMENT" } }],
    'Unknown name "store"',
    INVALID,
    null,
    "400",
  ],
  [
    "OpenRouter's",
    402,
    { error: { code: 402, message: "Insufficient credits" } },
    "Insufficient credits",
    "insufficient_quota",
    null,
    "402",
  ],
  ["a bare message", 429, { message: "slow down" }, "slow down", "rate_limit_error", null, null],
  [
    "Groq's failed call",
    400,
    {
      error: {
        message: "Failed to call a function",
        type: INVALID,
        code: "tool_use_failed",
        failed_generation: "<function=a>{x",
      },
    },
    "Failed to call a function (the model wrote: <function=a>{x)",
    INVALID,
    null,
    "tool_use_failed",
  ],
  ["a 502 with HTML", 502, HTML, "The upstream answered with status 502", "server_error", null, null],
  ["a 413 with HTML", 413, HTML, "The upstream answered with status 413", INVALID, null, null],
  [
    "HTML inside JSON",
    500,
    { error: { message: HTML, type: HTML, code: HTML } },
    "The upstream answered with status 500",
    "server_error",
    null,
    null,
  ],
  ["an empty body", 503, "", "The upstream answered with status 503", "server_error", null, null],
  [
    "a word",
    500,
    "Internal Server Error at /srv/app.js:3",
    "The upstream answered with status 500",
    "server_error",
    null,
    null,
  ],
  ["an empty object", 403, {}, "The upstream answered with status 403", "permission_error", null, null],
  ["a number", 408, "12", "The upstream answered with status 408", "timeout_error", null, null],
  ["a conflict", 409, { error: null }, "The upstream answered with status 409", "conflict_error", null, null],
  [
    "a code that is no word",
    500,
    { error: { message: "x", code: { a: 1 }, type: 5, param: [] } },
    "x",
    "server_error",
    null,
    null,
  ],
];

for (const [what, status, body, message, type, param, code] of ROWS) {
  test(`a failure becomes OpenAI's error: ${what}`, () => {
    const text = typeof body === "string" ? body : JSON.stringify(body);
    assert.deepEqual(openai.failure(status, text), { status, error: { message, type, param, code } });
  });
}

for (
  const secret of [
    "sk-proj-abcDEF123456789",
    "sk-or-v1-0123456789abcdef",
    "sk-ant-api03-abcdefgh",
    "sk-********************wxyz",
    "gsk_abcdefghijklmnop",
    "AIzaSyA1234567890abcdefghij",
    "Bearer abcdef.ghijkl-mnop",
    "0123456789abcdef0123456789abcdef0123456789abcdef",
  ]
) {
  test(`a message never shows ${secret}`, () => {
    const error = { message: `Incorrect API key provided: ${secret}. Look it up`, code: `bad ${secret}` };
    const shown = JSON.stringify(openai.failure(401, JSON.stringify({ error })));
    assert.ok(shown.includes("Incorrect API key provided: ***") && shown.includes("Look it up"), shown);
    assert.ok(!shown.includes(secret.split(" ").at(-1) ?? ""), shown);
  });
}

test("words that only look like keys stay", () => {
  const message = "Unknown key-value pairs: prompt_cache_key, risk-assessment, skateboarding, task-specific-thing";
  assert.equal(openai.failure(400, JSON.stringify({ error: { message } })).error.message, message);
});

test("a message of any length is cut at 2,000 characters", () => {
  const body = JSON.stringify({ error: { message: "x".repeat(50_000), failed_generation: "y".repeat(50_000) } });
  assert.equal(openai.failure(500, body).error.message.length, 2000);
});

test("whatever comes, four keys go out: short, and without a page", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.json(), fc.string(), fc.constant(HTML)),
      fc.integer({ min: 400, max: 599 }),
      (body, status) => {
        for (const text of [body, `{"error":${body}}`, `[${body}]`, `{"message":${body}}`]) {
          const { error, status: kept } = openai.failure(status, text);
          assert.deepEqual([Object.keys(error).sort().join(), kept], ["code,message,param,type", status]);
          assert.ok(error.message.length > 0 && error.message.length <= 2000 && !/<html/i.test(error.message));
          assert.ok([error.param, error.code].every((word) => word === null || typeof word === "string"));
          assert.equal(typeof error.type, "string");
        }
      },
    ),
    { numRuns: 300 },
  );
});
