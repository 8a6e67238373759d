import assert from "node:assert/strict";
import { test } from "node:test";
import { runBadInput } from "../../scripts/proof/bad-input.ts";
import { runCrashes } from "../../scripts/proof/crash.ts";
import { runSoak } from "../../scripts/proof/soak.ts";

// Short forms of what the scripts do at length.

test("malformed requests are refused cleanly, and nothing is worse afterwards", { timeout: 120_000 }, async () => {
  const { complaints, statuses } = await runBadInput(1000, 7);
  assert.deepEqual(complaints, []);
  assert.equal(Object.values(statuses).reduce((sum, times) => sum + times, 0), 1000);
});

test("killed at random moments, it starts again with whole data and all that it promised to keep", {
  timeout: 180_000,
}, async () => {
  const { complaints, feedback } = await runCrashes(6, 7);
  assert.deepEqual(complaints, []);
  assert.ok(feedback > 0);
});

test("under mixed load, reloads, retrainings and deaths of Redis every request is accounted for", {
  timeout: 180_000,
}, async () => {
  const { complaints, sent, reloads } = await runSoak(0.12, 7);
  // What memory does in so short a time says nothing.
  assert.deepEqual(complaints.filter((complaint) => !complaint.startsWith("memory grew")), []);
  assert.ok(sent > 50 && reloads > 0);
});
