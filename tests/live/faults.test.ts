import assert from "node:assert/strict";
import { test } from "node:test";
import { runWall } from "../../scripts/faults.ts";
import { FAULTS } from "../support/faults.ts";

// Once, for all tests: the faults run side by side.
const wall = await runWall();

for (const { name, ...cases } of FAULTS) {
  test(`an upstream that misbehaves: ${name}`, () => {
    const rows = wall.rows.filter(({ fault }) => fault === name);
    assert.deepEqual(
      rows.map(({ asked, seen, complaints }) => ({ asked, seen, complaints })),
      (["whole", "streamed"] as const).map((asked) => ({ asked, seen: cases[asked].expect, complaints: [] })),
    );
  });
}

test("after all faults the router is well, silent about the key, and holds no upstream's connection", () => {
  assert.deepEqual(wall.complaints, []);
});
