import assert from "node:assert/strict";
import { test } from "node:test";
import { createDays } from "../../src/ledger/days.ts";

const at = (day: number, hour = 0, minute = 0) => Date.UTC(2026, 10, day, hour, minute);

test("a day begins at midnight, UTC", () => {
  const days = createDays(() => ({ count: 0 }));
  days.of(at(24, 23, 59)).count++;
  days.of(at(25)).count++;
  days.of(at(25, 23, 59)).count++;
  assert.deepEqual(days.all(), [["2026-11-24", { count: 1 }], ["2026-11-25", { count: 2 }]]);
});

test("only so many days are kept, the youngest, even when the clock is turned back", () => {
  const days = createDays(() => ({}), 3);
  for (const day of [10, 11, 9, 12]) days.of(at(day));
  assert.deepEqual(days.all().map(([day]) => day), ["2026-11-10", "2026-11-11", "2026-11-12"]);
  days.of(at(1));
  assert.deepEqual(days.all().map(([day]) => day), ["2026-11-10", "2026-11-11", "2026-11-12"]);
});
