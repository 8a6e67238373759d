import assert from "node:assert/strict";
import { test } from "node:test";
import { percentilesOf } from "../../src/commands/percentiles.ts";

test("percentiles are times that were measured, by nearest rank", () => {
  const times = Array.from({ length: 200 }, (_, at) => 200 - at);
  assert.deepEqual(percentilesOf(times), { p50: 100, p95: 190, p99: 198 });
  assert.deepEqual(percentilesOf([7]), { p50: 7, p95: 7, p99: 7 });
  assert.deepEqual(percentilesOf([]), { p50: 0, p95: 0, p99: 0 });
});
