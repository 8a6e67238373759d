import assert from "node:assert/strict";
import { test } from "node:test";
import { providerNames } from "../../src/providers/catalog.ts";
import { costOf, type Price, priceOf } from "../../src/providers/price.ts";
import { PRICE_SOURCES, PRICES, PRICES_AS_OF } from "../../src/providers/prices.ts";

const inputOf = (provider: string, model: string) => priceOf({ provider, model })?.input;

for (
  const [provider, model, input] of [
    ["openai", "gpt-4o", 2.5],
    ["openai", "GPT-4o", 2.5],
    ["openai", "gpt-4o-2024-08-06", 2.5],
    ["openai", "gpt-4o-2024-05-13", 5],
    ["openai", "gpt-5-mini", 0.25],
    ["anthropic", "claude-sonnet-4-5-20250929", 3],
    ["anthropic", "claude-3-5-haiku-latest", 0.8],
    ["google", "gemini-2.5-pro", 1.25],
    ["google", "models/gemini-2.5-flash", 0.3],
    ["groq", "llama-3.1-8b-instant", 0.05],
    ["groq", "openai/gpt-oss-120b", 0.15],
    ["openrouter", "openai/gpt-4o-mini", 0.15],
    ["openrouter", "anthropic/claude-sonnet-4.5", 3],
    ["openrouter", "google/gemini-2.5-flash-lite", 0.1],
    ["ollama", "llama3.2", 0],
    ["echo", "echo", 0],
    // A longer name is another model, at another price.
    ["openai", "gpt-5-pro", undefined],
    ["openai", "gpt-4o-realtime", undefined],
    ["openai", "gpt-99", undefined],
    ["openai", "claude-sonnet-4-5", undefined],
    ["anthropic", "claude-next", undefined],
    ["openrouter", "openai/gpt-4o:free", undefined],
    ["openrouter", "meta-llama/llama-3.3-70b-instruct", undefined],
    ["together", "gpt-4o", undefined],
    // Whoever sells it under that name may ask what he likes.
    ["custom", "gpt-4o", undefined],
    ["openai", "constructor", undefined],
    ["constructor", "name", undefined],
  ] as const
) {
  test(`the price of ${provider}/${model} is ${input ?? "not known"}`, () => {
    assert.equal(inputOf(provider, model), input);
  });
}

test("the owner's price wins over the table's", () => {
  const own: Price = { input: 1, output: 2, cached: 0.5, written: 1 };
  assert.equal(priceOf({ provider: "openai", model: "gpt-4o", price: own }), own);
});

test("a vendor without a price of its own for cached input asks the full one", () => {
  assert.deepEqual(priceOf({ provider: "openai", model: "gpt-4" }), {
    ...{ input: 30, output: 60, cached: 30, written: 30 },
    long: undefined,
  });
});

test("cached input, written input and the rest each cost their own, and reasoning is output", () => {
  const price: Price = { input: 10, output: 100, cached: 1, written: 12.5 };
  const cost = costOf({ input: 1_000_000, output: 10_000, cached: 600_000, written: 100_000 }, price);
  assert.equal(cost, 3 + 0.6 + 1.25 + 1);
});

test("above the long prompt's bound every token costs more, and at the bound none does", () => {
  const price: Price = { input: 1, output: 10, cached: 0.1, written: 1, long: [200_000, 2, 1.5] };
  const cost = (input: number) => costOf({ input, output: 1000, cached: 100_000, written: 0 }, price);
  assert.equal(cost(200_000), (100_000 + 10_000 + 10_000) / 1e6);
  assert.equal(Number(cost(200_001).toFixed(9)), (2 * (100_001 + 10_000) + 15_000) / 1e6);
});

test("the table is of vendors that there are, with a date and a source for each", () => {
  assert.match(PRICES_AS_OF, /^20\d\d-[01]\d$/);
  assert.deepEqual(Object.keys(PRICES).sort(), Object.keys(PRICE_SOURCES).sort());
  for (const provider of Object.keys(PRICES)) {
    assert.ok(providerNames.includes(provider), provider);
    assert.ok(URL.canParse(PRICE_SOURCES[provider] ?? ""), provider);
  }
});

test("rates are plausible: output costs no less than input, the cache no more, and names are found as they stand", () => {
  for (const [provider, sold] of Object.entries(PRICES)) {
    for (const [model, { input, output, cached = input, written = input, long }] of Object.entries(sold)) {
      assert.ok(input > 0 && output >= input && output < 1000, model);
      assert.ok(cached > 0 && cached <= input && written >= input && written <= 2 * input, model);
      assert.ok(!long || long[0] >= 100_000 && long[1] > 1 && long[2] >= 1, model);
      assert.equal(model, model.toLowerCase());
      assert.equal(inputOf(provider, model), input, model);
    }
  }
});
