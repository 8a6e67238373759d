import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const SCRIPT = fileURLToPath(new URL("../../scripts/licences.ts", import.meta.url));

/** Checks a small project with one dependency, and that one's own. */
function check(kind: "dependencies" | "devDependencies", license: string) {
  const root = mkdtempSync(join(tmpdir(), "licences-"));
  const put = (path: string, content: unknown) => {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), typeof content === "string" ? content : JSON.stringify(content));
  };
  put("package.json", { [kind]: { outer: "1.0.0" } });
  put("scripts/notice.txt", "head");
  put("node_modules/outer/package.json", {
    name: "outer",
    version: "1.0.0",
    license: "MIT",
    dependencies: { inner: "1" },
  });
  put("node_modules/inner/package.json", { name: "inner", version: "1.0.0", license });
  const { status, stderr } = spawnSync("bun", [SCRIPT, "--write", `--root=${root}`], { encoding: "utf8" });
  rmSync(root, { recursive: true });
  return { ok: status === 0, stderr };
}

for (
  const [kind, license, ok] of [
    ["dependencies", "MIT", true],
    ["dependencies", "(MIT OR GPL-3.0)", true],
    ["dependencies", "GPL-3.0", false],
    ["dependencies", "LGPL-3.0-or-later", false],
    ["dependencies", "MPL-2.0", false],
    ["dependencies", "MIT AND GPL-2.0", false],
    ["dependencies", "", false],
    ["devDependencies", "MPL-2.0", true],
    ["devDependencies", "AGPL-3.0", false],
  ] as const
) {
  test(`a package among the ${kind} on terms "${license}" is ${ok ? "taken" : "refused"}`, () => {
    const { ok: taken, stderr } = check(kind, license);
    assert.equal(taken, ok, stderr);
    if (!ok) assert.match(stderr, /inner 1\.0\.0/);
  });
}
