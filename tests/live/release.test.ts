import assert from "node:assert/strict";
import { spawnSync, type SpawnSyncReturns } from "node:child_process";
import { appendFileSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync } from "node:fs";
import { rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { tarGz } from "../../scripts/release/archive.ts";
import { sha256Of } from "../../scripts/release/runtimes.ts";
import { TARGETS } from "../../scripts/release/targets.ts";
import { SUBJECT } from "../support/subject.ts";
import { VERSION } from "../../src/version.ts";

// A release in short: for this machine alone, hardly packed. `bun run release` does the same for all.
const root = fileURLToPath(new URL("../../", import.meta.url));
const system = process.platform === "darwin" ? "macos" : "linux";
const kind = `${system}-${process.arch}`;
const archive = `virtusoul-router-${VERSION}-${kind}.tar.gz`;
let folder = "";
let release = "";

const run = (command: string[], cwd: string): SpawnSyncReturns<string> => {
  return spawnSync(command[0] ?? "", command.slice(1), { cwd, encoding: "utf8" });
};
const install = (...options: string[]) => run(["sh", join(release, "install.sh"), ...options], folder);

/** A copy of the release that may be damaged. */
function copyOf(): string {
  const copy = mkdtempSync(join(folder, "copy-"));
  for (const name of readdirSync(release)) {
    if (name === archive) symlinkSync(join(release, name), join(copy, name));
    else cpSync(join(release, name), join(copy, name));
  }
  return copy;
}

// What the Dockerfile's first stage does hangs on no subject, and neither does what is installed.
if (SUBJECT === "bun") {
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "release-"));
    release = join(folder, "release");
    const built = run(
      ["bun", "--no-env-file", "scripts/release.ts", "--only", kind, "--level", "0", "--out", release],
      root,
    );
    assert.equal(built.status, 0, built.stderr);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  test("every file of a release is in its sums, and they are right", () => {
    const names = readdirSync(release).filter((name) => name !== "SHA256SUMS").sort();
    const sums = readFileSync(join(release, "SHA256SUMS"), "utf8").trimEnd().split("\n");
    assert.deepEqual(sums, names.map((name) => `${sha256Of(join(release, name))}  ${name}`));
    assert.ok(names.includes(archive) && names.includes("kubernetes.yaml"));
  });

  test("the archive holds the program, its terms, those of others, and what it is made of", () => {
    const { stdout } = run(["tar", "-tzf", join(release, archive)], folder);
    const names = stdout.trim().split("\n").map((path) => path.slice(archive.length - ".tar.gz".length + 1));
    assert.deepEqual(names.sort(), [
      ".env.example",
      "LICENSE",
      "NOTICE",
      "README.md",
      "virtusoul-router",
      "virtusoul-router.cdx.json",
    ]);
  });

  test("it is installed from a folder without a network, and runs", () => {
    const prefix = join(folder, "prefix");
    const { status, stdout, stderr } = install("--prefix", prefix);
    assert.equal(status, 0, stderr);
    assert.match(stdout, new RegExp(`^${VERSION.replaceAll(".", "\\.")}: `));
    assert.deepEqual(readdirSync(join(prefix, "bin")), ["virtusoul-router"]);
    const judged = run([join(prefix, "bin/virtusoul-router"), "classify", "Prove sqrt(2) is irrational"], folder);
    assert.match(judged.stdout, /^reasoning/, judged.stderr);
    assert.ok(readdirSync(join(prefix, "share/virtusoul-router")).includes("NOTICE"));
  });

  test("it is installed from an address", async () => {
    const server = createServer((request, response) => {
      const path = join(release, (request.url ?? "").slice("/r1/".length));
      response.writeHead(existsSync(path) ? 200 : 404).end(existsSync(path) ? readFileSync(path) : "");
    });
    server.listen(0, "127.0.0.1");
    await new Promise((resolve) => server.once("listening", resolve));
    const { port } = server.address() as AddressInfo;
    const { promise: ended, resolve } = Promise.withResolvers<number | null>();
    const { spawn } = await import("node:child_process");
    const options = ["--from", `http://127.0.0.1:${port}/r1/`, "--prefix", join(folder, "fetched")];
    spawn("sh", [join(release, "install.sh"), ...options]).once("exit", resolve);
    const code = await ended;
    server.close();
    assert.equal(code, 0);
    assert.ok(existsSync(join(folder, "fetched/bin/virtusoul-router")));
  });

  for (
    const [what, damage, said] of [
      [
        "an archive with a byte more",
        (copy: string) => {
          rmSync(join(copy, archive));
          cpSync(join(release, archive), join(copy, archive));
          appendFileSync(join(copy, archive), "x");
        },
        /is not what was released/,
      ],
      ["an archive that is not there", (copy: string) => rmSync(join(copy, archive)), /holds no virtusoul-router/],
      ["no sums", (copy: string) => rmSync(join(copy, "SHA256SUMS")), /holds no SHA256SUMS/],
      ["sums of other files", (copy: string) => writeFileSync(join(copy, "SHA256SUMS"), "00  x\n"), /has no file for/],
      [
        "sums that lead elsewhere",
        (copy: string) => writeFileSync(join(copy, "SHA256SUMS"), `00  ../${archive}\n`),
        /names a path/,
      ],
    ] as const
  ) {
    test(`from ${what} nothing is installed`, () => {
      const [copy, prefix] = [copyOf(), join(folder, "refused")];
      damage(copy);
      const { status, stderr } = install("--from", copy, "--prefix", prefix);
      rmSync(copy, { recursive: true });
      assert.equal(status, 1);
      assert.match(stderr, said);
      assert.equal(existsSync(prefix), false);
    });
  }

  test("the steps of the Dockerfile, in another folder with what it copies, give the release's own file", () => {
    const place = join(folder, "image");
    const [stage = ""] = readFileSync(`${root}Dockerfile`, "utf8").replaceAll("\\\n", " ").split("\nFROM gcr");
    for (const [, list = ""] of stage.matchAll(/^COPY (.+)$/gm)) {
      for (const name of list.split(" ").slice(0, -1)) {
        mkdirSync(dirname(join(place, name)), { recursive: true });
        cpSync(join(root, name), join(place, name), { recursive: true });
      }
    }
    // In an image the packages are installed: here they are those that are installed already.
    cpSync(join(root, "node_modules"), join(place, "node_modules"), { recursive: true, verbatimSymlinks: true });
    if (existsSync(`${root}.cache/runtimes`)) {
      mkdirSync(join(place, ".cache"));
      symlinkSync(`${root}.cache/runtimes`, join(place, ".cache/runtimes"));
    }
    const last = [...stage.matchAll(/^RUN (.+)$/gm)].at(-1)?.[1] ?? "";
    const here = last.replaceAll("/installed", join(place, "installed")).replaceAll("/empty", join(place, "empty"));
    const arch = process.arch === "x64" ? "amd64" : process.arch;
    const { status, stderr } = run(
      ["sh", "-c", `TARGETARCH=${arch}; ${here.replaceAll("linux-", `${system}-`)}`],
      place,
    );
    assert.equal(status, 0, stderr);
    // Two builds in two folders: the same bytes.
    assert.equal(sha256Of(join(place, "dist/release", archive)), sha256Of(join(release, archive)));
    assert.ok(existsSync(join(place, "installed/bin/virtusoul-router")));
  });

  // A small release of another kind, whose program is a script, on a machine that says that it is a Mac.
  for (const [machine, signed] of [["x86_64", true], ["arm64", false]] as const) {
    test(`on a Mac (${machine}) the program is ${signed ? "signed anew" : "signed already"}`, () => {
      const place = mkdtempSync(join(folder, "mac-"));
      const name = `virtusoul-router-1-macos-${machine === "x86_64" ? "x64" : machine}`;
      const bytes = new TextEncoder().encode("#!/bin/sh\necho 1\n");
      const files = ["virtusoul-router", "LICENSE", "NOTICE", "README.md", ".env.example", "virtusoul-router.cdx.json"];
      const entries = files.map((file) => ({ path: `${name}/${file}`, bytes, executable: true }));
      writeFileSync(join(place, `${name}.tar.gz`), tarGz(entries));
      writeFileSync(join(place, "SHA256SUMS"), `${sha256Of(join(place, `${name}.tar.gz`))}  ${name}.tar.gz\n`);
      const tool = (file: string, text: string) =>
        writeFileSync(join(place, file), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
      tool("uname", `case $1 in -s) echo Darwin ;; *) echo ${machine} ;; esac`);
      tool("codesign", `echo "$@" > ${place}/signed`);
      const env = { ...process.env, PATH: `${place}:${process.env.PATH}` };
      const options = ["--from", place, "--prefix", join(place, "prefix")];
      const { status, stderr } = spawnSync("sh", [join(release, "install.sh"), ...options], { encoding: "utf8", env });
      assert.equal(status, 0, stderr);
      assert.equal(existsSync(join(place, "signed")), signed);
      assert.ok(existsSync(join(place, "prefix/bin/virtusoul-router")));
    });
  }

  test("what is no kind of machine is refused, with those that are", () => {
    const { status, stderr } = run(["bun", "--no-env-file", "scripts/release.ts", "--only", "amiga"], root);
    assert.equal(status, 1);
    for (const { name } of TARGETS) assert.ok(stderr.includes(name));
  });
}
