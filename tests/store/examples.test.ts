import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { RouterError } from "../../src/errors.ts";
import { files } from "../../src/runtime/files.ts";
import { createOwnExamples } from "../../src/store/examples.ts";

let folder: string;
beforeEach(() => folder = mkdtempSync(join(tmpdir(), "examples-")));
afterEach(() => rmSync(folder, { recursive: true }));

test("what was added is read again, file by file, whatever else lies there", async () => {
  const own = createOwnExamples(files, folder);
  assert.deepEqual(await own.read(), []);
  await own.add("retrain", [{ text: 'a\nb "c"', tier: "simple" }]);
  await own.add("feedback", [{ text: "d", tier: "medium" }]);
  await own.add("feedback", []);
  writeFileSync(join(folder, "examples/notes.txt"), "not examples");
  assert.deepEqual((await own.read()).map(({ text, tier }) => [text, tier]), [["d", "medium"], ['a\nb "c"', "simple"]]);
});

test("a bad row is named by file, row and cause", async () => {
  mkdirSync(join(folder, "examples"));
  writeFileSync(
    join(folder, "examples/mine.jsonl"),
    '{"text": "a", "tier": "simple"}\n{"text": 1, "tier": "simple"}\n',
  );
  await assert.rejects(createOwnExamples(files, folder).read(), (error: unknown) => {
    assert.ok(error instanceof RouterError);
    assert.equal(error.status, 400);
    assert.equal(error.param, "examples/mine.jsonl");
    assert.match(error.message, /row 2 .*text/);
    return true;
  });
});
