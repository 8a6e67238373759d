import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { SUBJECT } from "../support/subject.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

// What it measures means nothing here: only that every part runs to its end and loses no request.
test("the benchmark runs to its end, and nothing fails under it", { timeout: 300_000 }, () => {
  const { status, stdout, stderr } = spawnSync(
    "bun",
    ["--no-env-file", "scripts/bench/bench.ts", "--smoke", "--only", SUBJECT],
    { cwd: root, encoding: "utf8" },
  );
  assert.equal(status, 0, stderr);
  for (
    const part of ["direct tier", "cached ask", "every prompt new", "classify", "streams", "start", "memory", "growth"]
  ) {
    assert.ok(stdout.includes(part), `${part} is missing in: ${stdout}`);
  }
  assert.doesNotMatch(stdout, /failed [1-9]|NaN/);
  assert.match(stdout, /whole 3\b/);
});
