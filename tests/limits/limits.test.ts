import assert from "node:assert/strict";
import { test } from "node:test";
import { RouterError } from "../../src/errors.ts";
import { createLimits } from "../../src/limits/limits.ts";
import { createMemoryMeter } from "../../src/limits/meter.ts";

const EVENING = Date.UTC(2026, 10, 25, 23, 50, 0);

async function refusalOf(work: Promise<void>): Promise<RouterError> {
  try {
    await work;
  } catch (error) {
    assert.ok(error instanceof RouterError);
    return error;
  }
  throw new assert.AssertionError({ message: "it was let in" });
}

test("over its rate a client gets 429 rate_limited with the seconds to wait", async () => {
  let now = 0;
  const limits = createLimits(createMemoryMeter(() => now), () => EVENING);
  const client = { name: "ann", limitRpm: 2, budgetUsdDay: undefined };
  await limits.admit(client);
  now = 10_500;
  await limits.admit(client);
  const { status, code, type, headers, message } = await refusalOf(limits.admit(client));
  assert.deepEqual([status, code, type], [429, "rate_limited", "rate_limit_error"]);
  assert.equal(headers["retry-after"], "50");
  assert.match(message, /more than 2 requests a minute from "ann": wait 50 s/);
});

test("once its budget is spent a client gets 429 budget_exhausted until the next day begins", async () => {
  let today = EVENING;
  const meter = createMemoryMeter(() => 0);
  const limits = createLimits(meter, () => today);
  const client = { name: "ann", limitRpm: undefined, budgetUsdDay: 1 };
  await limits.afford(client);
  await meter.spend("ann", "2026-11-25", 0.999);
  await limits.afford(client);
  await meter.spend("ann", "2026-11-25", 0.001);
  const { status, code, headers } = await refusalOf(limits.afford(client));
  assert.deepEqual([status, code, headers["retry-after"]], [429, "budget_exhausted", "600"]);
  await limits.afford({ ...client, name: "bob" });
  today += 600_000;
  await limits.afford(client);
});

test("a budget of nothing lets nothing in, and no limits let everything in", async () => {
  const limits = createLimits(createMemoryMeter(() => 0), () => EVENING);
  await refusalOf(limits.afford({ name: "a", limitRpm: undefined, budgetUsdDay: 0 }));
  for (let nth = 0; nth < 100; nth++) await limits.admit({ name: "a", limitRpm: undefined, budgetUsdDay: undefined });
  await limits.afford({ name: "a", limitRpm: undefined, budgetUsdDay: undefined });
});
