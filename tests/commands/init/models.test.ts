import assert from "node:assert/strict";
import { test } from "node:test";
import { mixedProposals, proposalsFrom } from "../../../src/commands/init/models.ts";
import { providerNames, providerOf } from "../../../src/providers/catalog.ts";

test("every provider that needs a key has a proposal for any number of tiers", () => {
  for (const provider of providerNames.filter((name) => providerOf(name)?.needsKey)) {
    for (const tiers of [2, 3, 4, 7]) {
      const models = proposalsFrom(provider, tiers, []);
      assert.equal(models?.length, tiers, provider);
      assert.ok(models?.every((model) => model.startsWith(`${provider}/`)));
    }
    assert.equal(mixedProposals([provider], 4, []).length, 4, provider);
  }
});

test("two tiers get the cheapest and the strongest; several providers share the tiers", () => {
  assert.deepEqual(proposalsFrom("openai", 2, []), ["openai/gpt-4.1-nano", "openai/gpt-5"]);
  assert.deepEqual(mixedProposals(["anthropic", "groq"], 4, []), [
    "groq/llama-3.1-8b-instant",
    "anthropic/claude-sonnet-4-5",
    "anthropic/claude-sonnet-4-5",
    "anthropic/claude-opus-4-5",
  ]);
});

test("a server's own models are spread by size, and the strongest tier gets one that thinks", () => {
  const local = [{ name: "big", size: 70 }, { name: "small", size: 1 }, { name: "deepseek-r1:8b", size: 8 }];
  assert.deepEqual(proposalsFrom("ollama", 4, local), [
    "ollama/small",
    "ollama/deepseek-r1:8b",
    "ollama/deepseek-r1:8b",
    "ollama/deepseek-r1:8b",
  ]);
  assert.deepEqual(proposalsFrom("custom", 3, [{ name: "only", size: 0 }]), [
    "custom/only",
    "custom/only",
    "custom/only",
  ]);
  assert.equal(proposalsFrom("ollama", 4, []), undefined);
});
