import assert from "node:assert/strict";
import { test } from "node:test";
import { CALL, type Chunk, chunk, cleaned, DONE, events, shown } from "./streams.ts";

/** The fragments of calls that a client sees. */
async function fragments(...payloads: unknown[]) {
  const all = shown(await cleaned(events(...payloads, chunk({}, "tool_calls"), DONE))) as Chunk[];
  return all.flatMap(({ choices }) => choices ?? []).flatMap(({ delta }) => delta.tool_calls ?? []);
}

const call = (value: unknown) => chunk({ tool_calls: [value] });

test("H13: a call without id and type gets them, once", async () => {
  assert.deepEqual(
    await fragments(
      call({ index: 0, function: { name: "a", arguments: "" } }),
      call({ index: 0, function: { arguments: "{}" } }),
    ),
    [
      { index: 0, id: "call_test", type: "function", function: { name: "a", arguments: "" } },
      { index: 0, function: { arguments: "{}" } },
    ],
  );
});

for (const [what, id] of [["the same id", "f1"], ["no id", undefined], ["an empty id", ""]] as const) {
  test(`H14: ${what} and the name repeated on each fragment are passed on once`, async () => {
    const more = { index: 0, id, type: "function", function: { name: "a", arguments: "1}" } };
    const [first, second] = await fragments(
      call({ index: 0, ...CALL, function: { name: "a", arguments: '{"x":' } }),
      call(more),
    );
    assert.deepEqual(first, { index: 0, ...CALL, function: { name: "a", arguments: '{"x":' } });
    assert.deepEqual(second, { index: 0, function: { arguments: "1}" } });
  });
}

test("a fragment with an id of its own but no name belongs to the call at its place", async () => {
  const [, second] = await fragments(
    call({ index: 0, ...CALL, function: { name: "a", arguments: "{" } }),
    call({ index: 0, id: "other", function: { arguments: "}" } }),
  );
  assert.deepEqual(second, { index: 0, function: { arguments: "}" } });
});

test("calls that are all numbered 0 and have no ids are told apart by their names", async () => {
  const one = (name: string) => call({ index: 0, function: { name, arguments: "{}" } });
  const places = (await fragments(one("a"), one("b"))).map(({ index }: { index: number }) => index);
  assert.deepEqual(places, [0, 1]);
});

test("a call that never says its arguments gets an empty object", async () => {
  assert.deepEqual(await fragments(call({ index: 0, ...CALL, function: { name: "a" } })), [
    { index: 0, ...CALL, function: { name: "a", arguments: "" } },
    { index: 0, function: { arguments: "{}" } },
  ]);
});
