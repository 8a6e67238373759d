import assert from "node:assert/strict";
import { test } from "node:test";
import { modelRow, MODELS } from "../../src/providers/models.ts";

for (
  const [model, context] of [
    ["gpt-4o", 128_000],
    ["gpt-4o-mini-2024-07-18", 128_000],
    ["GPT-4o", 128_000],
    ["gpt-4-0613", 8192],
    ["gpt-4-turbo-2024-04-09", 128_000],
    ["gpt-4.1-nano", 1_047_576],
    ["o1-2024-12-17", 200_000],
    ["o1-mini", 128_000],
    ["o3-mini", 200_000],
    ["claude-sonnet-4-5-20250929", 200_000],
    ["anthropic/claude-3.5-sonnet", 200_000],
    ["openrouter/openai/gpt-4o:free", 128_000],
    ["gemini-2.5-pro", 1_048_576],
    ["gemini-1.5-pro-002", 2_097_152],
    ["deepseek-reasoner", 128_000],
    ["llama-3.3-70b-versatile", 131_072],
    ["my-gpt-4o", undefined],
    ["gpt", undefined],
    ["llama3.2", undefined],
    ["", undefined],
    ["gpt-4o/", undefined],
  ] as const
) {
  test(`the window of "${model}" is ${context ?? "not known"}`, () => assert.equal(modelRow(model)?.context, context));
}

test("the longest name wins, wherever its row stands", () => {
  for (const row of MODELS) assert.equal(modelRow(`${row.name}`), row, row.name);
});

test("no two rows have the same name, and names are what models' names are compared with", () => {
  const names = MODELS.map(({ name }) => name);
  assert.equal(new Set(names).size, names.length);
  assert.ok(names.every((name) => /^[a-z0-9.-]+$/.test(name)));
});

test("windows hold replies", () => {
  for (const { name, context, output } of MODELS) {
    assert.ok(Number.isInteger(context) && context >= 1000, name);
    assert.ok(output === undefined || output > 0 && output <= context, name);
  }
});
