import assert from "node:assert/strict";
import { test } from "node:test";
import { createDecisionLog } from "../../src/ledger/decisions.ts";
import { readLine } from "../../src/ledger/line.ts";
import { createChance } from "../support/chance.ts";
import { recordOf } from "../support/record.ts";
import { wait } from "../support/upstream.ts";

/** A disk in memory, which can be full or dumb. */
function createDisk(content: Record<string, string> = {}) {
  const files = new Map(Object.entries(content));
  const disk = {
    files,
    appends: 0,
    trouble: undefined as Error | undefined,
    hangs: false,
    append: async (path: string, text: string) => {
      disk.appends++;
      if (disk.hangs) await new Promise(() => {});
      await Promise.resolve();
      if (disk.trouble) throw disk.trouble;
      files.set(path, (files.get(path) ?? "") + text);
    },
    rename: (from: string, to: string) => {
      files.set(to, files.get(from) ?? "");
      files.delete(from);
      return Promise.resolve();
    },
    size: (path: string) => {
      const text = files.get(path);
      return Promise.resolve(text === undefined ? undefined : new TextEncoder().encode(text).length);
    },
  };
  return disk;
}

function setUp({ content, ...more }: { content?: Record<string, string>; maxBytes?: number; keep?: number } = {}) {
  const disk = createDisk(content);
  const troubles: string[] = [];
  const log = createDecisionLog({
    ...{ files: disk, path: "data/log", flushMs: 10, patienceMs: 50, ...more },
    onTrouble: (error) => troubles.push(String(error)),
  });
  return { disk, log, troubles };
}

const idsIn = (text: string | undefined) =>
  (text ?? "").split("\n").filter((line) => line !== "").map((line) => readLine(line).id);

test("decisions are written together, off the request's path, in their order", async () => {
  const { disk, log } = setUp();
  for (const id of ["a", "b", "c"]) log.observe(recordOf({ id }));
  assert.equal(disk.appends, 0);
  await wait(60);
  assert.equal(disk.appends, 1);
  log.observe(recordOf({ id: "d" }));
  await log.close();
  assert.deepEqual(idsIn(disk.files.get("data/log")), ["a", "b", "c", "d"]);
  assert.equal(disk.appends, 2);
});

test("whenever they come, none is lost and none is written twice", async () => {
  const { disk, log } = setUp();
  const chance = createChance(5);
  const ids = Array.from({ length: 200 }, (_, at) => `r${at}`);
  for (const id of ids) {
    log.observe(recordOf({ id }));
    if (chance() < 0.3) await wait(chance() * 25);
    if (chance() < 0.1) await log.close();
  }
  await log.close();
  assert.deepEqual(idsIn(disk.files.get("data/log")), ids);
});

test("a request that was refused before it was decided is no decision", async () => {
  const { disk, log } = setUp();
  log.observe(recordOf({ grounds: undefined, tier: "none" }));
  await log.close();
  assert.equal(disk.files.size, 0);
});

test("the file is moved aside before it grows too large, and the oldest are dropped", async () => {
  const one = JSON.stringify(recordOf()).length;
  const { disk, log } = setUp({ maxBytes: 2.5 * one, keep: 2 });
  for (let at = 0; at < 9; at++) {
    log.observe(recordOf({ id: `r${at}` }));
    await wait(30);
  }
  await log.close();
  assert.deepEqual([...disk.files.keys()].sort(), ["data/log", "data/log.1", "data/log.2"]);
  for (const text of disk.files.values()) assert.ok(text.length <= 2.5 * one);
  const kept = ["data/log.2", "data/log.1", "data/log"].flatMap((path) => idsIn(disk.files.get(path)));
  assert.deepEqual(kept, ["r4", "r5", "r6", "r7", "r8"].slice(-kept.length));
  assert.ok(kept.length >= 4);
});

test("the bound counts bytes, of the file that is there already too", async () => {
  const { disk, log } = setUp({ content: { "data/log": "ü".repeat(600) }, maxBytes: 1500 });
  log.observe(recordOf({ id: "a" }));
  await log.close();
  assert.deepEqual(idsIn(disk.files.get("data/log")), ["a"]);
  assert.equal(disk.files.get("data/log.1")?.length, 600);
});

test("an empty line marks where another process may have died", async () => {
  const { disk, log } = setUp({ content: { "data/log": '{"id": "torn' } });
  log.observe(recordOf({ id: "a" }));
  await log.close();
  log.observe(recordOf({ id: "b" }));
  await log.close();
  const [torn, mark, ...lines] = disk.files.get("data/log")?.split("\n") ?? [];
  assert.deepEqual([torn, mark], ['{"id": "torn', ""]);
  assert.deepEqual(idsIn(lines.join("\n")), ["a", "b"]);
});

test("a disk in trouble is told of once for each spell, and what it missed is not made up for", async () => {
  const { disk, log, troubles } = setUp();
  const observe = async (id: string) => {
    log.observe(recordOf({ id }));
    await wait(30);
  };
  disk.trouble = new Error("ENOSPC");
  await observe("a");
  await observe("b");
  assert.deepEqual(troubles, ["Error: ENOSPC"]);
  disk.trouble = undefined;
  await observe("c");
  disk.trouble = new Error("EROFS");
  await observe("d");
  await log.close();
  assert.deepEqual(troubles, ["Error: ENOSPC", "Error: EROFS"]);
  assert.deepEqual(idsIn(disk.files.get("data/log")), ["c"]);
});

test("a disk that does not answer costs records, not memory, and does not hold up the end", async () => {
  const { disk, log, troubles } = setUp();
  disk.hangs = true;
  log.observe(recordOf());
  await wait(30);
  assert.equal(disk.appends, 1);
  for (let at = 0; at < 10_050; at++) log.observe(recordOf());
  assert.deepEqual(troubles, ["Error: the disk does not answer"]);
  const began = performance.now();
  await log.close();
  assert.ok(performance.now() - began < 5000);
  assert.equal(disk.appends, 1);
});
