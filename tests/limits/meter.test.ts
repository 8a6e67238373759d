import assert from "node:assert/strict";
import { test } from "node:test";
import { fc } from "../support/properties.ts";
import { createMemoryMeter, MINUTE_MS } from "../../src/limits/meter.ts";

function meterAt() {
  const clock = { ms: 5000 };
  return { clock, meter: createMemoryMeter(() => clock.ms) };
}

test("as many requests as the limit pass at once, the next waits for the first to be a minute old", async () => {
  const { clock, meter } = meterAt();
  for (let nth = 0; nth < 3; nth++) {
    assert.equal(await meter.take("a", 3), undefined);
    clock.ms += 1000;
  }
  assert.equal(await meter.take("a", 3), MINUTE_MS - 3000);
  assert.equal(await meter.take("b", 3), undefined, "another client has a limit of its own");
  clock.ms += MINUTE_MS - 3000;
  assert.equal(await meter.take("a", 3), undefined);
  assert.equal(await meter.take("a", 3), 1000);
});

test("what was turned away does not count", async () => {
  const { clock, meter } = meterAt();
  await meter.take("a", 1);
  for (let nth = 0; nth < 10; nth++) assert.notEqual(await meter.take("a", 1), undefined);
  clock.ms += MINUTE_MS;
  assert.equal(await meter.take("a", 1), undefined);
});

test("a limit that changes keeps what was counted", async () => {
  const { meter } = meterAt();
  for (let nth = 0; nth < 4; nth++) assert.equal(await meter.take("a", 4), undefined);
  assert.equal(await meter.take("a", 6), undefined);
  assert.equal(await meter.take("a", 6), undefined);
  assert.notEqual(await meter.take("a", 6), undefined);
  assert.notEqual(await meter.take("a", 2), undefined);
});

test("within any minute no more pass than the limit says, and none is turned away without need", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 8 }),
      fc.array(fc.integer({ min: 0, max: 30_000 }), { maxLength: 60 }),
      async (limit, gaps) => {
        const { clock, meter } = meterAt();
        const passed: number[] = [];
        for (const gap of gaps) {
          clock.ms += gap;
          const recent = passed.filter((at) => clock.ms - at < MINUTE_MS).length;
          const wait = await meter.take("a", limit);
          assert.equal(wait === undefined, recent < limit);
          if (wait === undefined) passed.push(clock.ms);
          else assert.equal(passed.filter((at) => clock.ms + wait - at < MINUTE_MS).length < limit, true);
        }
      },
    ),
  );
});

test("money is added up by client and day, and old days are forgotten", async () => {
  const { meter } = meterAt();
  await meter.spend("a", "2026-11-25", 0.25);
  await meter.spend("a", "2026-11-25", 0.5);
  await meter.spend("b", "2026-11-25", 1);
  assert.equal(await meter.spent("a", "2026-11-25"), 0.75);
  assert.equal(await meter.spent("a", "2026-11-26"), 0);
  await meter.spend("a", "2026-11-26", 1);
  assert.equal(await meter.spent("a", "2026-11-25"), 0.75);
  await meter.spend("a", "2026-11-27", 1);
  assert.equal(await meter.spent("a", "2026-11-25"), 0);
});
