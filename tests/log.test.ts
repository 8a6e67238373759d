import assert from "node:assert/strict";
import { test } from "node:test";
import { createLog } from "../src/log.ts";

test("lines below the level are not written, the others are JSON", () => {
  const lines: string[] = [];
  const log = createLog("WARNING", (line) => lines.push(line));
  log.info("no");
  log.warning("yes", { status: 502 });
  log.error("yes too");
  assert.equal(lines.length, 2);
  const { level, message, status } = JSON.parse(lines[0] ?? "");
  assert.deepEqual({ level, message, status }, { level: "WARNING", message: "yes", status: 502 });
  assert.ok(lines.every((line) => line.endsWith("\n")));
});
