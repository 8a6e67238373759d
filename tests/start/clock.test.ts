import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "../../src/log.ts";
import { createClockWatch } from "../../src/start/clock.ts";

test("each jump of the clock is said once; time that passes, and small corrections, are not", () => {
  const lines: string[] = [];
  let [wall, steady] = [1_700_000_000_000, 0];
  const look = createClockWatch({
    wall: () => wall,
    steady: () => steady,
    log: createLog("INFO", (line) => lines.push(line)),
  });
  const pass = (wallMs: number, steadyMs = wallMs) => {
    [wall, steady] = [wall + wallMs, steady + steadyMs];
    look();
    return lines.splice(0).map((line) => JSON.parse(line).seconds);
  };
  assert.deepEqual(pass(86_400_000), []);
  assert.deepEqual(pass(4000, 0), []);
  assert.deepEqual(pass(-86_400_000, 1000), [-86_397]);
  assert.deepEqual(pass(60_000), []);
  assert.deepEqual(pass(3_600_000, 0), [3600]);
  assert.deepEqual(pass(10), []);
});
