import assert from "node:assert/strict";
import { test } from "node:test";
import { createEntries } from "../../src/ledger/entry.ts";
import type { RequestRecord } from "../../src/ledger/record.ts";
import type { Usage } from "../../src/protocols/protocol.ts";
import { createTarget } from "../../src/providers/target.ts";
import type { Decision } from "../../src/routing/route.ts";

const price = { input: 10, output: 100, cached: 1, written: 10 };
const targetOf = (model: string, known: boolean) =>
  createTarget({
    ...{ provider: "custom", model, baseUrl: "http://127.0.0.1:1/v1", apiKey: "secret-key", refuses: [], headers: {} },
    ...{ extraBody: {}, context: undefined, can: undefined, price: known ? price : undefined },
  }, { timeoutSeconds: undefined, streamUsage: true });
const [priced, unpriced] = [targetOf("m", true), targetOf("u", false)];

const decision: Decision = {
  tier: "low",
  confidence: 0.7,
  flagged: false,
  reason: "static",
  probabilities: { low: 0.7, high: 0.3 },
  targets: [priced, unpriced],
  latencyMs: 2,
  session: { key: "\x00\x01\x0f\x10\x7f\x80\xfe\xff and more", state: { tier: "low" } },
  grounds: {
    ...{ by: "static", labels: { low: 0.7, high: 0.3 }, says: true, known: undefined },
    ...{ needs: { capabilities: [], tokens: 5 }, min: undefined, max: undefined },
  },
};
const usage = (counts: Partial<Usage> = {}): Usage => ({
  ...{ prompt_tokens: 1000, completion_tokens: 50, total_tokens: 1050 },
  ...counts,
});

function setUp() {
  const records: RequestRecord[] = [];
  let time = 500;
  const open = createEntries({
    observe: (record) => records.push(record),
    now: () => time,
    wallClock: () => 1_764_000_000_000,
  });
  const entry = open({ id: "req_1", client: "ann" });
  return { entry, records, pass: (ms: number) => void (time += ms) };
}

test("a request is told of once, when it is over, with the times from its arrival", () => {
  const { entry, records, pass } = setUp();
  entry.asked({ stream: true });
  pass(3);
  entry.decided(decision);
  pass(100);
  const attempts = [{ target: "custom/m", status: 200, ms: 100 }];
  entry.answered(priced, attempts);
  assert.equal(records.length, 0);
  pass(400);
  entry.used(usage());
  entry.close(200);
  entry.close(499, "client_left");
  entry.used(usage({ prompt_tokens: 1 }));
  assert.deepEqual(records, [{
    id: "req_1",
    at: 1_764_000_000_000,
    client: "ann",
    session: "00010f107f80feff",
    tier: "low",
    reason: "static",
    confidence: 0.7,
    flagged: false,
    probabilities: { low: 0.7, high: 0.3 },
    grounds: decision.grounds,
    targets: ["custom/m", "custom/u"],
    target: "custom/m",
    attempts,
    stream: true,
    status: 200,
    error: undefined,
    routingMs: 2,
    firstByteMs: 103,
    totalMs: 503,
    tokens: { input: 1000, output: 50, cached: 0, written: 0, reasoning: 0 },
    cost: 0.015,
  }]);
});

test("a request that was refused before it was decided has no tier and no target", () => {
  const { entry, records } = setUp();
  entry.close(400, "invalid_json");
  const [record] = records;
  assert.deepEqual(
    [record?.tier, record?.reason, record?.target, record?.grounds, record?.status, record?.error, record?.firstByteMs],
    ["none", "none", "none", undefined, 400, "invalid_json", undefined],
  );
});

test("when nobody answered, the last that was asked is named", () => {
  const { entry, records } = setUp();
  entry.decided(decision);
  entry.unanswered([{ target: "custom/m", status: 503, ms: 1 }, {
    target: "custom/u",
    error: "upstream_timeout",
    ms: 2,
  }]);
  entry.close(504, "upstream_timeout");
  assert.deepEqual([records[0]?.target, records[0]?.attempts.length, records[0]?.cost], ["custom/u", 2, undefined]);
});

test("without a price or without tokens there is no cost", () => {
  for (const [target, counted] of [[unpriced, true], [priced, false]] as const) {
    const { entry, records } = setUp();
    entry.answered(target, []);
    if (counted) entry.used(usage());
    entry.close(200);
    assert.equal(records[0]?.cost, undefined);
    assert.equal(records[0]?.tokens !== undefined, counted);
  }
});

test("a request that nobody closes is never heard of", () => {
  const { entry, records } = setUp();
  entry.decided(decision);
  assert.deepEqual(records, []);
});

for (
  const [name, given, tokens] of [
    [
      "all kinds",
      usage({
        prompt_tokens_details: { cached_tokens: 600, cache_write_tokens: 100 },
        completion_tokens_details: { reasoning_tokens: 40 },
      }),
      { input: 1000, output: 50, cached: 600, written: 100, reasoning: 40 },
    ],
    [
      "more cached than there is",
      usage({ prompt_tokens_details: { cached_tokens: 5000, cache_write_tokens: 5000 } }),
      { input: 1000, output: 50, cached: 1000, written: 0, reasoning: 0 },
    ],
    [
      "what is no count",
      {
        ...usage(),
        ...{ prompt_tokens: "1000", completion_tokens: NaN, prompt_tokens_details: { cached_tokens: -3 } },
        completion_tokens_details: null,
      } as unknown as Usage,
      { input: 0, output: 0, cached: 0, written: 0, reasoning: 0 },
    ],
    [
      "infinity",
      usage({ completion_tokens: Infinity }),
      { input: 1000, output: 0, cached: 0, written: 0, reasoning: 0 },
    ],
  ] as const
) {
  test(`tokens are counted as they are: ${name}`, () => {
    const { entry, records } = setUp();
    entry.used(given);
    entry.close(200);
    assert.deepEqual(records[0]?.tokens, tokens);
  });
}

for (
  const [code, kept] of [
    ["rate_limit_exceeded", "rate_limit_exceeded"],
    ["RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED"],
    ["1113", "1113"],
    ["sk-proj-abc123", "upstream_error"],
    ["tell me about whales", "upstream_error"],
    ["upstream_sk1234", "upstream_error"],
    ["", "upstream_error"],
    ["x".repeat(41), "upstream_error"],
  ] as const
) {
  test(`the error code ${JSON.stringify(code.slice(0, 24))} is kept as "${kept}"`, () => {
    const { entry, records } = setUp();
    entry.unanswered([{ target: "custom/m", error: `upstream_${code}`, ms: 1 }]);
    entry.close(500, code);
    assert.equal(records[0]?.error, kept);
    assert.equal(records[0]?.attempts[0]?.error, "upstream_error");
  });
}

test("our own words for a failed call are kept", () => {
  const { entry, records } = setUp();
  const words = ["unreachable", "invalid", "interrupted", "timeout", "stream_truncated"].map((one) =>
    `upstream_${one}`
  );
  entry.unanswered(words.map((error) => ({ target: "custom/m", error, ms: 1 })));
  entry.close(502);
  assert.deepEqual(records[0]?.attempts.map(({ error }) => error), words);
});
