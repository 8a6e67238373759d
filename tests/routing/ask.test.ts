import assert from "node:assert/strict";
import { test } from "node:test";
import { askOf } from "../../src/routing/ask.ts";

test("the ask is the last user message", () => {
  const messages = [
    { role: "user", content: "first" },
    { role: "assistant", content: "no" },
    { role: "user", content: "second" },
    { role: "tool", content: "result", tool_call_id: "c" },
  ];
  assert.equal(askOf(messages), "second");
});

test("of content parts only the text counts", () => {
  const content = [
    { type: "text", text: "what is" },
    { type: "image_url", image_url: { url: "data:" } },
    { type: "text", text: "this?" },
  ];
  assert.equal(askOf([{ role: "user", content }]), "what is\nthis?");
});

for (const content of ["", null, undefined, [], [{ type: "image_url" }]]) {
  test(`a user message with content ${JSON.stringify(content)} asks nothing`, () => {
    assert.equal(askOf([{ role: "user", content }]), "");
  });
}

test("a conversation without a user asks nothing", () => assert.equal(askOf([{ role: "system", content: "x" }]), ""));

// Each took minutes when every tag was looked for anew.
const MANY = 100_000;
for (
  const [what, content, expected] of [
    ["begin and never end", `Observation: ${"<answer>".repeat(MANY)}`, ""],
    [
      "begin like a harness's, before one that ends",
      `${"<system-reminderx ".repeat(MANY)}</system-reminder>`,
      `${"<system-reminderx ".repeat(MANY)}</system-reminder>`,
    ],
    ["come in blocks without end", `${"<system-reminder>x</system-reminder>".repeat(MANY)}Hello`, "Hello"],
  ] as const
) {
  test(`a message whose tags ${what} is read at once`, () => {
    const asked = askOf([{ role: "user", content }]);
    assert.equal(asked.length, expected.length);
    assert.ok(asked === expected);
  });
}
