import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";

const root = new URL("../../", import.meta.url);
const lines = readFileSync(new URL(".github/SECURITY.md", root), "utf8").split("\n").filter((line) =>
  /^\| .* \| .+ \| .+ \|$/.test(line)
);

test("the threat model has lines", () => assert.ok(lines.length > 20));

for (const line of lines) {
  test(`a test shows it: ${line.slice(2, 70)}…`, () => {
    const names = [...line.split("|").at(-2)?.matchAll(/`([\w/]+)`/g) ?? []].map(([, name = ""]) => name);
    assert.ok(names.length > 0, "it names no test");
    for (const name of names) assert.ok(existsSync(new URL(`tests/${name}.test.ts`, root)), name);
  });
}
