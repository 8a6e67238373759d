import assert from "node:assert/strict";
import { test } from "node:test";
import { columns, paintFor } from "../../src/commands/terminal.ts";

const terminal = (stdout: boolean) => ({ stdout, stderr: true, stdin: true });

test("colours are for terminals whose owner wants them", () => {
  assert.equal(paintFor({ terminal: terminal(true), env: {} }).red("x"), "\u001b[31mx\u001b[39m");
  for (const env of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
    assert.equal(paintFor({ terminal: terminal(true), env }).red("x"), "x");
  }
  assert.equal(paintFor({ terminal: terminal(true), env: { NO_COLOR: "" } }).red("x"), "\u001b[31mx\u001b[39m");
  assert.equal(paintFor({ terminal: terminal(false), env: {} }).red("x"), "x");
});

test("columns are as wide as their widest cell, and colours take no room", () => {
  const { red } = paintFor({ terminal: terminal(true), env: {} });
  assert.deepEqual(columns([["a", "bb", "c"], [red("aaa"), "b", ""]]), [
    "a    bb  c",
    `${red("aaa")}  b`,
  ]);
  assert.deepEqual(columns([]), []);
});
