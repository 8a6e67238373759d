import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { after, before, test } from "node:test";
import { RouterError } from "../../src/errors.ts";
import { files } from "../../src/runtime/files.ts";
import { createHeads, readHead } from "../../src/store/heads.ts";
import { keeping, whyUnkept } from "../../src/store/keeping.ts";
import { createOwnExamples } from "../../src/store/examples.ts";

let folder = "";
before(async () => void (folder = await mkdtemp(join(tmpdir(), "keeping-"))));
after(() => rm(folder, { recursive: true }));

const shipped = async () => readHead(await readFile(new URL("../../models/head.json", import.meta.url), "utf8"));

test("what cannot be kept is an error in plain words, without a path", async () => {
  const failure = Object.assign(new Error("EROFS: read-only file system, open '/secret/place'"), { code: "EROFS" });
  await assert.rejects(
    keeping("the new head", () => Promise.reject(failure)),
    (error: RouterError) =>
      error.status === 500 && error.message === "Cannot keep the new head in DATA_DIR: it is read-only" &&
      error.cause === failure,
  );
  assert.equal(await keeping("x", () => Promise.resolve(7)), 7);
  assert.equal(whyUnkept(Object.assign(new Error(), { code: "EMFILE" })), "EMFILE");
  assert.equal(whyUnkept("no error at all"), "it cannot be written to");
});

test("a full disk refuses examples, and says so", { skip: process.platform !== "linux" }, async () => {
  const data = join(folder, "full");
  await files.append(join(data, "examples", "other"), "");
  await symlink("/dev/full", join(data, "examples", "feedback.jsonl"));
  const own = createOwnExamples(files, data);
  await assert.rejects(own.add("feedback", [{ text: "x", tier: "simple" }]), /the disk is full/);
});

test("in a data folder that is a file no head is kept, and the shipped one serves", async () => {
  const data = join(folder, "file");
  await writeFile(data, "");
  const heads = createHeads({ files, folder: data, shipped });
  const { head, origin } = await heads.load();
  assert.equal(origin, "shipped");
  await assert.rejects(heads.save(head), /not a folder/);
  assert.equal(await heads.rollback(), undefined);
});

test("a head that cannot be read gives way to the shipped one, with a warning", async () => {
  const data = join(folder, "strange");
  await files.append(join(data, "head.json", "within"), "");
  const { origin, warning } = await createHeads({ files, folder: data, shipped }).load();
  assert.equal(origin, "shipped");
  assert.match(warning ?? "", /head\.json/);
});
