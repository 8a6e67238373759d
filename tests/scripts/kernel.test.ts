import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { compileKernel } from "../../scripts/kernel.ts";

test("models/kernel.wasm is what its source makes", async () => {
  const kept = new Uint8Array(readFileSync(new URL("../../models/kernel.wasm", import.meta.url)));
  assert.deepEqual(await compileKernel(), kept);
});
