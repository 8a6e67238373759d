import assert from "node:assert/strict";
import { test } from "node:test";
import { toAll } from "../../src/ledger/record.ts";
import { recordOf } from "../support/record.ts";

test("an observer that fails keeps the record neither from the others nor from the client", () => {
  const [heard, troubles]: [string[], unknown[]] = [[], []];
  const failure = new Error("no");
  const observe = toAll([
    ({ id }) => heard.push(`first ${id}`),
    () => {
      throw failure;
    },
    ({ id }) => heard.push(`last ${id}`),
  ], (error) => troubles.push(error));
  observe(recordOf({ id: "a" }));
  assert.deepEqual(heard, ["first a", "last a"]);
  assert.deepEqual(troubles, [failure]);
});
