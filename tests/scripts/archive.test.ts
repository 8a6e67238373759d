import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { unzipSync } from "fflate";
import { tarGz, zip } from "../../scripts/release/archive.ts";

const folder = mkdtempSync(join(tmpdir(), "archive-"));
after(() => rmSync(folder, { recursive: true }));

const bytes = (text: string) => new TextEncoder().encode(text);
const entries = [
  { path: "it-1/program", bytes: bytes("x".repeat(10_000)), executable: true },
  { path: "it-1/NOTICE", bytes: bytes("whose") },
  { path: "it-1/empty", bytes: new Uint8Array() },
  { path: "it-1/block", bytes: bytes("b".repeat(512)) },
];

for (const level of [0, 6] as const) {
  test(`a .tar.gz of level ${level} is what tar reads, with rights and all bytes`, () => {
    writeFileSync(join(folder, "it.tar.gz"), tarGz(entries, level));
    const { status, stderr } = spawnSync("tar", ["-xzf", "it.tar.gz"], { cwd: folder, encoding: "utf8" });
    assert.deepEqual([status, stderr], [0, ""]);
    for (const { path, bytes, executable } of entries) {
      assert.deepEqual(new Uint8Array(readFileSync(join(folder, path))), bytes, path);
      assert.equal((statSync(join(folder, path)).mode & 0o111) !== 0, executable === true, path);
    }
  });

  test(`a .zip of level ${level} holds all bytes`, () => {
    const read = unzipSync(zip(entries, level));
    assert.deepEqual(Object.keys(read), entries.map(({ path }) => path));
    for (const { path, bytes } of entries) assert.deepEqual(read[path], bytes);
  });
}

test("an archive says nothing of when and where it was made", async () => {
  const [tar, packed] = [tarGz(entries), zip(entries)];
  await new Promise((resolve) => setTimeout(resolve, 2100));
  assert.deepEqual(tarGz(entries), tar);
  assert.deepEqual(zip(entries), packed);
});

test("a name that the format cannot hold is refused", () => {
  assert.throws(() => tarGz([{ path: "x".repeat(101), bytes: bytes("") }]), /too long/);
});
