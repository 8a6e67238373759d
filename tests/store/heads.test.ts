import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import { files } from "../../src/runtime/files.ts";
import { createHeads, readHead } from "../../src/store/heads.ts";

const shippedText = readFileSync(fileURLToPath(new URL("../../models/head.json", import.meta.url)), "utf8");
const shipped = () => Promise.resolve(readHead(shippedText));
const headNamed = (name: string) => ({ ...readHead(shippedText), training: { name } });

let folder: string;
beforeEach(() => folder = mkdtempSync(join(tmpdir(), "heads-")));
afterEach(() => rmSync(folder, { recursive: true }));
const heads = () => createHeads({ files, folder, shipped });

test("without a trained head the shipped one serves, and nothing can be undone", async () => {
  const { origin, warning } = await heads().load();
  assert.deepEqual([origin, warning], ["shipped", undefined]);
  assert.equal(await heads().rollback(), undefined);
});

test("a saved head serves after a new start, and the ones before it come back in order", async () => {
  await heads().save(headNamed("first"));
  await heads().save(headNamed("second"));
  assert.equal((await heads().load()).head.training.name, "second");
  assert.equal((await heads().rollback())?.head.training.name, "first");
  assert.equal((await heads().load()).head.training.name, "first");
  assert.equal(await heads().rollback(), undefined);
});

test("before the first trained head there was the shipped one", async () => {
  await heads().save(headNamed("first"));
  assert.equal((await heads().rollback())?.origin, "shipped");
  assert.deepEqual(readdirSync(folder), []);
});

test("a damaged or foreign head is named and left where it is", async () => {
  for (
    const text of [
      "",
      "{",
      "[]",
      shippedText.replace('"format": 1', '"format": 2'),
      shippedText.replace("capitals", "other"),
    ]
  ) {
    writeFileSync(join(folder, "head.json"), text);
    const { origin, warning } = await heads().load();
    assert.equal(origin, "shipped");
    assert.match(warning ?? "", /^Cannot use .*head\.json: ./);
    assert.equal(readFileSync(join(folder, "head.json"), "utf8"), text);
  }
});
