import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { denoPath } from "../support/deno.ts";

const PLUGIN = fileURLToPath(new URL("../../scripts/lint-house.ts", import.meta.url));

const REFUSED: Record<string, string> = {
  "routing/a.ts": 'import { x } from "../http/chat.ts";\nx();\n',
  "classifier/b.ts": 'import type { X } from "../providers/send.ts";\nexport const x = (y: X) => y;\n',
  "protocols/c.ts": 'export const load = () => import("../routing/route.ts");\n',
  "config.ts": 'import { x } from "./providers/send.ts";\nx();\n',
  "http/d.ts": 'import { host } from "#host";\nhost();\n',
  "trainer/e.ts": "export const pid = process.pid;\n",
  "store/f.ts": 'import { readFile } from "node:fs/promises";\nreadFile("x");\n',
  "http/g.ts": "export const v = Bun.version;\n",
  "http/h.ts": "export default 1;\n",
  "cellar/i.ts": 'import { x } from "../sse.ts";\nx();\n',
};

const ALLOWED: Record<string, string> = {
  "http/ok.ts": 'import { x } from "../routing/route.ts";\nx();\n',
  "main.ts": 'import { host } from "#host";\nhost();\n',
  "start.ts": 'import { x } from "./http/chat.ts";\nx();\n',
  "runtime/ok.ts": 'import { pid } from "node:process";\nexport const p = [pid, Deno.pid];\n',
  "config.ts": 'import { x } from "./providers/settings.ts";\nx();\n',
  "routing/names.ts": 'export const name = { process: "Bun" }.process;\n',
};

let folder = "";
before(() => {
  folder = mkdtempSync(join(tmpdir(), "lint-"));
  writeFileSync(join(folder, "deno.json"), JSON.stringify({ lint: { plugins: [PLUGIN] } }));
});
after(() => rmSync(folder, { recursive: true }));

function lint(path: string, text: string): { ok: boolean; said: string } {
  const file = join(folder, "src", path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text);
  const { status, stdout, stderr } = spawnSync(denoPath(), ["lint", file], { cwd: folder, encoding: "utf8" });
  rmSync(file);
  return { ok: status === 0, said: stdout + stderr };
}

for (const [path, text] of Object.entries(REFUSED)) {
  test(`a wall holds: src/${path} with ${text.split("\n")[0]}`, () => {
    const { ok, said } = lint(path, text);
    assert.equal(ok, false, said);
    assert.match(said, /house\//);
  });
}

for (const [path, text] of Object.entries(ALLOWED)) {
  test(`a door is open: src/${path} with ${text.split("\n")[0]}`, () => {
    const { ok, said } = lint(path, text);
    assert.ok(ok, said);
  });
}
