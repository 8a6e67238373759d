import assert from "node:assert/strict";
import { test } from "node:test";
import type { RequestRecord } from "../../src/ledger/record.ts";
import { createSavings, type PricedTier, savingsOfAll } from "../../src/ledger/savings.ts";
import { costOf, type Price } from "../../src/providers/price.ts";
import { recordOf } from "../support/record.ts";

const flat = (dollars: number): Price => ({ input: dollars, output: 0, cached: dollars, written: dollars });
/** A million input tokens cost 1, 10 and 100 dollars. */
const TIERS: PricedTier[] = [
  { name: "low", price: flat(1) },
  { name: "mid", price: flat(10) },
  { name: "high", price: flat(100) },
];

/** A request of a million tokens that went to this tier. */
function spent(tier: string, said: Partial<RequestRecord> = {}): RequestRecord {
  const tokens = { input: 1_000_000, output: 0, cached: 0, written: 0, reasoning: 0 };
  const price = TIERS.find(({ name }) => name === tier)?.price;
  return recordOf({ tier, tokens, probabilities: undefined, cost: price && costOf(tokens, price), ...said });
}

test("four lines for the same traffic", () => {
  const savings = savingsOfAll([spent("low"), spent("low"), spent("low"), spent("high")], TIERS);
  assert.deepEqual(savings.actual, { cost: 103, adequate: 1 });
  assert.deepEqual(savings.strongest, { tier: "high", cost: 400, adequate: 1 });
  // What was not judged is what it deserves: only the strongest tier is never too weak.
  assert.deepEqual(savings.best_single, { tier: "high", cost: 400, adequate: 1 });
  // 4 + x · 396 = 103: a quarter to the strongest, by lot, of which only a quarter deserves it.
  assert.deepEqual(savings.random_mix, { cost: 103, adequate: 0.8125, strongest_share: 0.25 });
  assert.deepEqual([savings.saved, savings.saved_share], [297, 0.7425]);
  assert.deepEqual([savings.requests, savings.tokens], [4, { input: 4_000_000, output: 0, cached: 0 }]);
});

test("what a request deserves follows from its probabilities", () => {
  const probabilities = { low: 0.5, mid: 0.4, high: 0.1 };
  const savings = savingsOfAll([spent("mid", { probabilities })], TIERS);
  assert.equal(savings.actual.adequate, 0.9);
  assert.equal(savings.strongest.adequate, 1);
  assert.deepEqual(savings.best_single, { tier: "mid", cost: 10, adequate: 0.9 });
  const share = (10 - 1) / 99;
  assert.equal(savings.random_mix.adequate, Number((share + (1 - share) * 0.5).toFixed(4)));
});

test("the best single tier is the cheapest that is adequate as often", () => {
  const sure = { low: 0.99, mid: 0.005, high: 0.005 };
  const savings = savingsOfAll([spent("low", { probabilities: sure }), spent("low", { probabilities: sure })], TIERS);
  assert.equal(savings.best_single.tier, "low");
  assert.equal(savings.random_mix.strongest_share, 0);
});

test("cached tokens cost what cached tokens cost, in each line", () => {
  const tiers = [
    { name: "low", price: { input: 2, output: 4, cached: 1, written: 2 } },
    { name: "high", price: { input: 20, output: 40, cached: 5, written: 20 } },
  ];
  const tokens = { input: 1_000_000, output: 500_000, cached: 800_000, written: 0, reasoning: 100_000 };
  const { actual, strongest, tokens: counted } = savingsOfAll([recordOf({ tier: "low", tokens, cost: 3.2 })], tiers);
  assert.equal(actual.cost, 3.2);
  assert.equal(strongest.cost, 0.2 * 20 + 0.8 * 5 + 0.5 * 40);
  assert.deepEqual(counted, { input: 1_000_000, output: 500_000, cached: 800_000 });
});

test("what has no price is listed and left out; so is what nobody counted; retries are counted", () => {
  const savings = savingsOfAll([
    spent("low", { attempts: [{ target: "a", status: 429, ms: 1 }, { target: "a", status: 200, ms: 1 }] }),
    spent("low", { cost: undefined, target: "custom/z" }),
    spent("low", { cost: undefined, target: "custom/b" }),
    spent("low", { cost: undefined, target: "custom/z" }),
    spent("low", { tokens: undefined, cost: undefined }),
    spent("low", { tokens: undefined, cost: undefined, status: 499 }),
    spent("low", { tokens: undefined, cost: undefined, status: 503, firstByteMs: undefined }),
    spent("none", { tokens: undefined, cost: undefined, status: 400, firstByteMs: undefined, attempts: [] }),
  ], TIERS);
  assert.equal(savings.requests, 1);
  assert.equal(savings.actual.cost, 1);
  assert.deepEqual(savings.unpriced, { requests: 3, models: ["custom/b", "custom/z"] });
  assert.equal(savings.uncounted, 2);
  assert.equal(savings.retries, 1);
});

test("a tier without a price makes its own line unknown, not zero, and no other", () => {
  const tiers = TIERS.map((tier) => tier.name === "high" ? { ...tier, price: undefined } : tier);
  const savings = savingsOfAll([spent("low"), spent("mid")], tiers);
  assert.equal(savings.actual.cost, 11);
  assert.deepEqual(savings.strongest, { tier: "high", cost: null, adequate: null });
  assert.deepEqual(savings.best_single, { tier: "mid", cost: 20, adequate: 1 });
  assert.deepEqual(savings.random_mix, { cost: null, adequate: null, strongest_share: null });
  assert.deepEqual([savings.saved, savings.saved_share], [null, null]);
});

test("where all is free, nothing is saved and nothing is infinite", () => {
  const tiers = TIERS.map((tier) => ({ ...tier, price: flat(0) }));
  const savings = savingsOfAll([spent("low", { cost: 0 })], tiers);
  assert.deepEqual(savings.random_mix, { cost: 0, adequate: 1, strongest_share: 1 });
  assert.deepEqual([savings.saved, savings.saved_share], [0, null]);
});

test("routing that costs more than the strongest tier says so", () => {
  const savings = savingsOfAll([spent("high", { cost: 150 })], TIERS);
  assert.equal(savings.saved, -50);
  assert.deepEqual(savings.random_mix, { cost: 100, adequate: 1, strongest_share: 1 });
});

test("nothing yet is nothing, in numbers", () => {
  const savings = savingsOfAll([], TIERS);
  assert.deepEqual(savings.actual, { cost: 0, adequate: 1 });
  assert.deepEqual(savings.strongest, { tier: "high", cost: 0, adequate: 1 });
  assert.deepEqual(JSON.parse(JSON.stringify(savings)), savings);
});

test("the book has a total and its days, in order", () => {
  const at = (day: number) => Date.UTC(2026, 10, day, 12);
  const book = createSavings(() => TIERS, () => at(24));
  book.observe(spent("low", { at: at(24) }));
  book.observe(spent("mid", { at: at(25) }));
  book.observe(spent("low", { at: at(25) }));
  const { since, prices_as_of, total, days } = book.report();
  assert.equal(since, "2026-11-24T12:00:00.000Z");
  assert.match(prices_as_of, /^20\d\d-\d\d$/);
  assert.equal(total.actual.cost, 12);
  assert.deepEqual(Object.entries(days).map(([day, { actual }]) => [day, actual.cost]), [
    ["2026-11-24", 1],
    ["2026-11-25", 11],
  ]);
});

test("other tiers begin another book: sums by tier would mix what has nothing in common", () => {
  let [tiers, time] = [TIERS, 1_764_000_000_000];
  const book = createSavings(() => tiers, () => time);
  book.observe(spent("high"));
  tiers = [{ name: "small", price: flat(1) }, { name: "large", price: flat(5) }];
  time += 3_600_000;
  assert.deepEqual([book.report().total.requests, Date.parse(book.report().since)], [0, time]);
  book.observe(recordOf({ ...spent("low"), tier: "small" }));
  assert.equal(book.report().total.strongest.cost, 5);
});

test("a change of prices leaves what was added as it was", () => {
  let tiers = TIERS;
  const book = createSavings(() => tiers, () => 0);
  book.observe(spent("low"));
  tiers = TIERS.map((tier) => ({ ...tier, price: flat(1000) }));
  assert.equal(book.report().total.strongest.cost, 100);
  book.observe(spent("low"));
  assert.equal(book.report().total.strongest.cost, 1100);
});
