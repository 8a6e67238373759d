import assert from "node:assert/strict";
import { test } from "node:test";
import { retryAfterMs, upstreamHeaders } from "../../src/providers/headers.ts";

const NOW = Date.parse("2026-11-23T10:00:00Z");

for (
  const [headers, expected] of [
    [{ "retry-after": "7" }, 7000],
    [{ "retry-after": "0.5" }, 500],
    [{ "retry-after-ms": "120", "retry-after": "7" }, 120],
    [{ "retry-after": "Mon, 23 Nov 2026 10:00:03 GMT" }, 3000],
    [{ "retry-after": "Mon, 23 Nov 2026 09:00:00 GMT" }, 0],
    [{ "retry-after": "soon" }, undefined],
    [{}, undefined],
  ] as [Record<string, string>, number | undefined][]
) {
  test(`${JSON.stringify(headers)} asks to wait ${expected} ms`, () => {
    assert.equal(retryAfterMs(headers, NOW), expected);
  });
}

test("the client sees limits and the upstream's id, and nothing else of its headers", () => {
  const headers = new Headers({
    "retry-after": "2",
    "x-ratelimit-remaining-requests": "9",
    "anthropic-ratelimit-tokens-remaining": "5",
    "request-id": "req_up",
    "set-cookie": "a=b",
    server: "cloudflare",
    "content-encoding": "gzip",
    "access-control-allow-origin": "*",
  });
  assert.deepEqual(upstreamHeaders(headers), {
    "retry-after": "2",
    "x-ratelimit-remaining-requests": "9",
    "anthropic-ratelimit-tokens-remaining": "5",
    "x-upstream-request-id": "req_up",
  });
});

for (
  const [headers, expected] of [
    [{ "request-id": "a", "x-request-id": "b" }, "a"],
    [{ "x-request-id": "b" }, "b"],
    [{ "x-generation-id": "c" }, "c"],
    [{ "x-request-id": "x".repeat(500) }, "x".repeat(200)],
    [{}, undefined],
  ] as [Record<string, string>, string | undefined][]
) {
  test(`of ${JSON.stringify(headers).slice(0, 50)} the upstream's id is ${expected?.slice(0, 5)}`, () => {
    assert.equal(upstreamHeaders(new Headers(headers))["x-upstream-request-id"], expected);
  });
}

test("whether to try again is the upstream's to say", () => {
  assert.deepEqual(upstreamHeaders(new Headers({ "X-Should-Retry": "false", "X-RateLimit": "1" })), {
    "x-should-retry": "false",
  });
});

test("a wait in milliseconds that is none is passed over for the seconds", () => {
  assert.equal(retryAfterMs({ "retry-after-ms": "soon", "retry-after": "2" }, NOW), 2000);
  assert.equal(retryAfterMs({ "retry-after-ms": "-1", "retry-after": "2" }, NOW), 2000);
});
