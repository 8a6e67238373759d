import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { programCommand, SUBJECT } from "../support/subject.ts";
import { wait } from "../support/upstream.ts";

// What a container image would run: the binary, the libraries that it names, and nothing else.
// Every container has /proc, and Bun needs it.
const possible = SUBJECT === "binary" && process.platform === "linux" && process.getuid?.() === 0;
const [binary = ""] = programCommand();
const PORT = "46113";
let folder = "";

before(() => {
  if (!possible) return;
  folder = mkdtempSync(join(tmpdir(), "image-"));
  const libraries = spawnSync("ldd", [binary], { encoding: "utf8" }).stdout.match(/\/\S+/g) ?? [];
  for (const path of [binary, ...libraries]) {
    const place = path === binary ? join(folder, "virtusoul-router") : join(folder, path);
    mkdirSync(dirname(place), { recursive: true });
    copyFileSync(path, place);
    chmodSync(place, 0o755);
  }
  mkdirSync(join(folder, "data"));
  mkdirSync(join(folder, "proc"));
  chmodSync(folder, 0o755);
  const mounted = spawnSync("mount", ["-t", "proc", "proc", join(folder, "proc")]);
  assert.equal(mounted.status, 0, String(mounted.stderr));
});
after(() => {
  if (folder === "") return;
  spawnSync("umount", [join(folder, "proc")]);
  rmSync(folder, { recursive: true });
});

const inside = (...args: string[]): [string, string[]] => {
  return ["/usr/sbin/chroot", ["--userspec=65532:65532", folder, "/virtusoul-router", ...args]];
};

// The other subjects are no image: for them there is nothing to try, so nothing is skipped either.
if (SUBJECT === "binary") {
  test("as an image would: the binary runs alone, as nobody, and its own health check sees it", {
    skip: !possible && "needs Linux and root for chroot",
  }, async () => {
    const version = spawnSync(...inside("--version"), { encoding: "utf8", env: {} });
    assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/, version.stderr);
    const server = spawn(...inside(), { env: { PORT, HOST: "127.0.0.1", DATA_DIR: "/data" } });
    let healthy: number | null = 1;
    for (let attempt = 0; attempt < 100 && healthy !== 0; attempt++) {
      await wait(50);
      healthy = spawnSync(...inside("health"), { env: { PORT } }).status;
    }
    const judged = await fetch(`http://127.0.0.1:${PORT}/classify`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ text: "Prove that there is no largest prime" }),
    });
    const { tier } = await judged.json();
    server.kill("SIGTERM");
    const code = await new Promise((resolve) => server.once("exit", resolve));
    assert.equal(healthy, 0);
    assert.equal(tier, "reasoning");
    assert.equal(code, 0);
  });
}
