import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../scripts/regexes.ts", import.meta.url));

function check(source: string) {
  const folder = mkdtempSync(join(tmpdir(), "regexes-"));
  writeFileSync(join(folder, "a.ts"), source);
  const { status, stdout, stderr } = spawnSync("bun", ["--no-env-file", SCRIPT, folder], {
    cwd: folder,
    encoding: "utf8",
  });
  rmSync(folder, { recursive: true });
  return { status, said: stdout + stderr };
}

for (
  const [source, said] of [
    ["export const a: RegExp = /^(a+)+$/;\n", /a\.ts:1 \/\^\(a\+\)\+\$\/: exponential/],
    ["\nexport const a = /<b>([^]*?)<\\/b>/;\n", /a\.ts:2 .*polynomial/],
    ["export const a = (text: string) => new RegExp(text);\n", /a\.ts:1 builds an expression/],
  ] as const
) {
  test(`the gate refuses ${source.trim()}`, () => {
    const { status, said: output } = check(source);
    assert.equal(status, 1, output);
    assert.match(output, said);
  });
}

test("expressions that no text keeps busy are taken, and counted", () => {
  const { status, said } = check("export const a = [/^a+$/, /[^<]*>/y] as const;\n// not one: /(a+)+$/\n");
  assert.equal(status, 0, said);
  assert.match(said, /^2 regular expressions/);
});
