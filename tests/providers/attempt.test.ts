import assert from "node:assert/strict";
import { test } from "node:test";
import { RouterError, UpstreamError } from "../../src/errors.ts";
import { AttemptsError, createAttempt } from "../../src/providers/attempt.ts";
import { createHealth } from "../../src/providers/health.ts";
import type { Reply, Send } from "../../src/providers/send.ts";
import { createTarget, type Target } from "../../src/providers/target.ts";

const REPLY: Reply = { kind: "whole", body: { choices: [] }, headers: {}, dropped: [] };
const CHAT = { model: "auto", messages: [{ role: "user", content: "hi" }] };

function targetNamed(model: string, context?: number): Target {
  const config = {
    provider: "custom",
    model,
    baseUrl: "http://127.0.0.1:1/v1",
    apiKey: undefined,
    context,
    can: undefined,
  };
  return createTarget({ ...config, refuses: [], headers: {}, extraBody: {} }, {
    timeoutSeconds: 60,
    streamUsage: true,
  });
}

function failure(status: number, options: ConstructorParameters<typeof UpstreamError>[2] = {}) {
  const retryable = status === 408 || status === 429 || status >= 500;
  const detail = { message: `failed with ${status}`, type: "server_error", param: null, code: null };
  return new UpstreamError(status, detail, { retryable, counts: retryable && status !== 429, ...options });
}

/** Answers each call with the next outcome of its target; the last one repeats. */
function setUp(outcomes: Record<string, (Reply | Error)[]>) {
  let time = 0;
  const slept: number[] = [];
  const health = createHealth(() => time);
  const calls: string[] = [];
  const send: Send = (target) => {
    calls.push(target.model);
    const left = outcomes[target.model] ?? [];
    const outcome = left.length > 1 ? left.shift() : left[0];
    return outcome instanceof Error ? Promise.reject(outcome) : Promise.resolve(outcome ?? REPLY);
  };
  const sleep = (ms: number) => {
    slept.push(ms);
    time += ms;
    return Promise.resolve();
  };
  const attempt = createAttempt({ send, health, now: () => time, sleep });
  const context = {
    signal: new AbortController().signal,
    requestId: "req_1",
    trace: {},
    routing: { tier: "simple", confidence: 1, reason: "direct" },
  };
  const run = (targets: Target[], signal = context.signal) => attempt(targets, CHAT, { ...context, signal });
  return { run, calls, slept, health, pass: (ms: number) => time += ms };
}

const A = targetNamed("a");
const B = targetNamed("b");

for (
  const [status, tried] of [
    [400, 1],
    [401, 1],
    [403, 1],
    [404, 1],
    [413, 1],
    [422, 1],
    [408, 2],
    [429, 2],
    [500, 2],
    [
      502,
      2,
    ],
    [503, 2],
    [529, 2],
  ] as const
) {
  test(`after ${status} from the first target, ${tried} were tried`, async () => {
    const { run, calls } = setUp({ a: [failure(status)], b: [REPLY] });
    const result = await run([A, B]).catch((error) => error);
    assert.equal(calls.length, tried);
    assert.equal(result instanceof AttemptsError, tried === 1);
  });
}

test("the answer says who was asked and what they said", async () => {
  const { run } = setUp({ a: [failure(503)] });
  const { target, attempts } = await run([A, B]);
  assert.equal(target.name, "custom/b");
  assert.deepEqual(attempts.map(({ target, status }) => [target, status]), [["custom/a", 503], ["custom/b", 200]]);
});

test("when all fail, the last failure is the cause", async () => {
  const { run } = setUp({ a: [failure(503)], b: [failure(429)] });
  const error = await run([A, B]).catch((error) => error);
  assert.ok(error instanceof AttemptsError && error.cause instanceof UpstreamError);
  assert.equal(error.cause.status, 429);
  assert.equal(error.attempts.length, 2);
});

test("a 429 that asks for up to 5 s is waited out once, on the same target", async () => {
  const { run, calls, slept } = setUp({ a: [failure(429, { retryAfterMs: 2000 }), REPLY] });
  await run([A, B]);
  assert.deepEqual(calls, ["a", "a"]);
  assert.deepEqual(slept, [2000]);
});

test("a second 429 moves on", async () => {
  const { run, calls } = setUp({ a: [failure(429, { retryAfterMs: 1000 })] });
  await run([A, B]);
  assert.deepEqual(calls, ["a", "a", "b"]);
});

test("a 429 that asks for two hours is not waited for", async () => {
  const { run, calls, slept } = setUp({ a: [failure(429, { retryAfterMs: 7_200_000 })] });
  await run([A, B]);
  assert.deepEqual(calls, ["a", "b"]);
  assert.deepEqual(slept, []);
});

test("a context overflow moves only to a target known to have a larger window", async () => {
  const overflow = failure(400, { contextOverflow: true });
  const [small, same, large] = [targetNamed("small", 8000), targetNamed("same", 8000), targetNamed("large", 32_000)];
  const { run, calls } = setUp({ small: [overflow] });
  await run([small, same, B, large]);
  assert.deepEqual(calls, ["small", "large"]);
});

test("a request that cannot be asked of a target is the client's to mend", async () => {
  const { run, calls } = setUp({ a: [new RouterError(400, "unsupported_value", "no")] });
  await assert.rejects(run([A, B]), RouterError);
  assert.deepEqual(calls, ["a"]);
});

test("a client that left stops the attempts and says nothing about the target", async () => {
  const { run, calls, health } = setUp({ a: [new DOMException("left", "AbortError")] });
  await assert.rejects(run([A, B], AbortSignal.abort()));
  assert.deepEqual(calls, ["a"]);
  assert.equal(health.state("custom/a"), "closed");
});

test("a target that failed five times is passed over, but never the only one left", async () => {
  const { run, calls, health } = setUp({ a: [failure(503)] });
  for (let round = 0; round < 5; round++) await run([A, B]);
  assert.equal(health.state("custom/a"), "open");
  calls.length = 0;
  await run([A, B]);
  assert.deepEqual(calls, ["b"]);
  await run([A]).catch(() => {});
  assert.deepEqual(calls, ["b", "a"]);
});

test("an open target is the last resort when the others fail", async () => {
  const { run, calls } = setUp({ a: [failure(503)], b: [REPLY, REPLY, REPLY, REPLY, REPLY, failure(500)] });
  for (let round = 0; round < 5; round++) await run([A, B]);
  calls.length = 0;
  await run([A, B]).catch(() => {});
  assert.deepEqual(calls, ["b", "a"]);
});

test("429s do not open a target", async () => {
  const { run, health } = setUp({ a: [failure(429)] });
  for (let round = 0; round < 8; round++) await run([A, B]);
  assert.equal(health.state("custom/a"), "closed");
});

test("after 30 s one request probes the target, and its success closes it", async () => {
  const failures = Array.from({ length: 5 }, () => failure(503));
  const { run, calls, pass, health } = setUp({ a: [...failures, REPLY] });
  for (let round = 0; round < 5; round++) await run([A, B]);
  pass(30_000);
  calls.length = 0;
  await run([A, B]);
  assert.deepEqual(calls, ["a"]);
  assert.equal(health.state("custom/a"), "closed");
});
