import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { files } from "../../src/runtime/files.ts";

let folder = "";
before(async () => void (folder = await mkdtemp(join(tmpdir(), "files-"))));
after(() => rm(folder, { recursive: true }));

test("a file that is not there is undefined, a folder that is not there is empty", async () => {
  assert.equal(await files.readText(join(folder, "none")), undefined);
  assert.equal(await files.read(join(folder, "none")), undefined);
  assert.deepEqual(await files.list(join(folder, "none")), []);
});

test("a file is replaced whole, its folders are made, and nothing is left beside it", async () => {
  const path = join(folder, "a", "b.txt");
  await Promise.all([files.replace(path, "one"), files.replace(path, "two")]);
  assert.match(await files.readText(path) ?? "", /^(one|two)$/);
  assert.deepEqual(await files.list(join(folder, "a")), ["b.txt"]);
});

test("lines are appended, and a removed file is gone", async () => {
  const path = join(folder, "c", "log");
  await files.append(path, "1\n");
  await files.append(path, "2\n");
  assert.equal(await files.readText(path), "1\n2\n");
  await files.remove(path);
  await files.remove(path);
  assert.equal(await files.readText(path), undefined);
});

test("a folder is writable where its nearest parent is, and a file is no folder", async () => {
  assert.equal(await files.unwritable(join(folder, "not", "yet", "there")), undefined);
  assert.equal(await files.unwritable(folder), undefined);
  await files.append(join(folder, "a-file"), "");
  assert.match(await files.unwritable(join(folder, "a-file")) ?? "", /not a folder/);
  assert.match(await files.unwritable(join(folder, "a-file", "below")) ?? "", /not a folder/);
  assert.equal(await files.readText(join(folder, "a-file", "below")), undefined);
});

test("a mode keeps others out, and a write that fails leaves nothing beside", async () => {
  const path = join(folder, "private", "key");
  await files.replace(path, "k", 0o600);
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  await mkdir(join(folder, "private", "taken"));
  await assert.rejects(files.replace(join(folder, "private", "taken"), "x"));
  assert.deepEqual(await files.list(join(folder, "private")), ["key"]);
});
