import assert from "node:assert/strict";
import { test } from "node:test";
import { anthropic } from "../../../src/protocols/anthropic/anthropic.ts";

const body = (type: string, message = "words") => JSON.stringify({ type: "error", error: { type, message } });
const PAGE = "<html><head><title>413 Request Entity Too Large</title></head><body>cloudflare</body></html>";

for (
  const [kind, status, ours, type] of [
    ["invalid_request_error", 400, 400, "invalid_request_error"],
    ["authentication_error", 401, 401, "authentication_error"],
    ["billing_error", 402, 402, "insufficient_quota"],
    ["permission_error", 403, 403, "permission_error"],
    ["not_found_error", 404, 404, "invalid_request_error"],
    ["conflict_error", 409, 409, "invalid_request_error"],
    ["request_too_large", 413, 413, "invalid_request_error"],
    ["rate_limit_error", 429, 429, "rate_limit_error"],
    ["api_error", 500, 500, "server_error"],
    ["timeout_error", 504, 504, "server_error"],
    ["overloaded_error", 529, 503, "server_error"],
  ] as const
) {
  test(`failure: ${kind} is a ${ours} of type ${type}, in Anthropic's words`, () => {
    const error = { message: "words", type, param: null, code: kind };
    assert.deepEqual(anthropic.failure(status, body(kind)), { status: ours, error });
  });
}

for (
  const [what, status, text, ours, type, code] of [
    ["a page that says too large", 413, PAGE, 413, "invalid_request_error", "request_too_large"],
    ["a page that says overloaded", 529, PAGE, 503, "server_error", "overloaded_error"],
    ["a page of a proxy", 502, PAGE, 502, "server_error", null],
    ["nothing", 401, "", 401, "authentication_error", null],
    ["a list", 400, "[1]", 400, "invalid_request_error", null],
    ["an error that is null", 500, '{"type":"error","error":null}', 500, "server_error", null],
  ] as const
) {
  test(`failure: ${what} has its four keys, and the status for a message`, () => {
    const error = { message: `The upstream answered with status ${status}`, type, param: null, code };
    assert.deepEqual(anthropic.failure(status, text), { status: ours, error });
  });
}

test("failure: a kind that nobody knows keeps its status and its name", () => {
  const { status, error } = anthropic.failure(418, body("teapot_error"));
  assert.deepEqual([status, error.type, error.message, error.code], [418, "teapot_error", "words", null]);
  assert.deepEqual(anthropic.failure(400, body("constructor")).error.type, "constructor");
});

test("failure: a key that the message quotes is not passed on", () => {
  const { error } = anthropic.failure(401, body("authentication_error", "invalid x-api-key: sk-ant-api03-abcdefghijk"));
  assert.equal(error.message, "invalid x-api-key: ***");
});

test("the protocol's headers are the version that keeps sampling, and the key alone", () => {
  assert.deepEqual(anthropic.headers("k"), { "anthropic-version": "2023-06-01", "x-api-key": "k" });
  assert.deepEqual(anthropic.headers(undefined), { "anthropic-version": "2023-06-01" });
});
