import assert from "node:assert/strict";
import { test } from "node:test";
import { toolId } from "../../../src/protocols/anthropic/ids.ts";
import { calling, conversation, resultOf, USER } from "./given.ts";

for (
  const [id, legal] of [
    ["toolu_01AbC", "toolu_01AbC"],
    ["call-9", "call-9"],
    ["functions.w:0", "functions_w_0_39163b"],
  ] as const
) {
  test(`ids: "${id}" is sent as "${legal}"`, () => assert.equal(toolId(id), legal));
}

test("ids: what is illegal becomes legal, and different ids stay different", () => {
  const ids = ["a.b", "a:b", "a b", "a_b", "é", "☀️", "", ".", "functions.w:0", "functions.w:1", "x".repeat(500) + "/"];
  const legal = ids.map(toolId);
  for (const id of legal) assert.match(id, /^[A-Za-z0-9_-]+$/);
  assert.equal(new Set(legal).size, ids.length);
});

test("ids: a call and its result still match, beside others", () => {
  const { turns } = conversation([USER, calling("f.a:0"), calling("f.a:1"), resultOf("f.a:1"), resultOf("f.a:0")]);
  const [first, second] = turns[1].content.map(({ id }: { id: string }) => id);
  assert.notEqual(first, second);
  const answered = turns[2].content.map(({ tool_use_id }: { tool_use_id: string }) => tool_use_id);
  assert.deepEqual(answered, [second, first]);
});
