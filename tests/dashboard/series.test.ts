import assert from "node:assert/strict";
import { test } from "node:test";

import { createSeries, percentilesOf, type Point, pointOf } from "../../src/dashboard/series.ts";
import { fc } from "../support/properties.ts";

const point = (at: number, more: Partial<Point> = {}): Point => ({
  ...{ at, tier: "simple", failed: false, fallback: false, routingMs: 1, firstByteMs: null, cost: null },
  ...more,
});

test("requests fall into the step that they came in; those outside the span are left out", () => {
  const builder = createSeries({ since: 1000, until: 2000, steps: 4 });
  for (const at of [999, 1000, 1249, 1250, 1999, 2000]) builder.add(point(at));
  const { buckets, step, totals } = builder.done();
  assert.equal(step, 250);
  assert.deepEqual(buckets.map(({ requests }) => requests), [2, 1, 0, 1]);
  assert.equal(totals.requests, 4);
});

test("a step counts tiers, failures, fallbacks, cost and times", () => {
  const builder = createSeries({ since: 0, until: 10, steps: 1 });
  builder.add(point(1, { tier: "complex", failed: true, routingMs: 3, cost: 0.5 }));
  builder.add(point(2, { fallback: true, firstByteMs: 40 }));
  const [bucket] = builder.done().buckets;
  assert.deepEqual(bucket, {
    tiers: { complex: 1, simple: 1 },
    ...{ requests: 2, failed: 1, fallbacks: 1, cost: 0.5 },
    routing: { p50: 1, p95: 3, p99: 3 },
    firstByte: { p50: 40, p95: 40, p99: 40 },
  });
});

test("percentiles are values that occur, in order, whatever the order of the values", () => {
  assert.equal(percentilesOf([]), null);
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), { minLength: 1 }), (values) => {
      const found = percentilesOf(values);
      assert.ok(found && found.p50 <= found.p95 && found.p95 <= found.p99);
      assert.ok(Object.values(found).every((one) => values.includes(one)));
      assert.deepEqual(percentilesOf(values.toReversed()), found);
      assert.ok(values.filter((one) => one <= found.p95).length >= 0.95 * values.length);
    }),
  );
});

test("a client that left is nobody's failure; a second target is a fallback, a second try is none", () => {
  const row = {
    ...{ id: "a", at: 1, tier: "simple", reason: "deep", confidence: 1, flagged: false, target: "a/b", stream: false },
    ...{ status: 200, routingMs: 1, totalMs: 2 },
  };
  const tried = (...targets: string[]) => targets.map((target) => ({ target, ms: 1 }));
  assert.equal(pointOf({ ...row, status: 499, attempts: [] }).failed, false);
  assert.equal(pointOf({ ...row, status: 502, attempts: [] }).failed, true);
  assert.equal(pointOf({ ...row, attempts: tried("a/b", "a/b") }).fallback, false);
  assert.equal(pointOf({ ...row, attempts: tried("a/b", "c/d") }).fallback, true);
});
