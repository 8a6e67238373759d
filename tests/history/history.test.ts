import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { createHistory } from "../../src/history/history.ts";
import type { RequestRecord } from "../../src/ledger/record.ts";
import { openDatabase } from "../../src/runtime/sqlite.ts";
import { recordOf as plainRecordOf } from "../support/record.ts";

/** A request with figures of this file's own. */
const recordOf = (said: Parameters<typeof plainRecordOf>[0] = {}) =>
  plainRecordOf({
    ...{
      at: 1_764_000_000_000,
      tier: "simple",
      target: "openai/gpt-4o-mini",
      probabilities: { simple: 0.9, medium: 0.1 },
    },
    ...{ attempts: [{ target: "openai/gpt-4o-mini", status: 200, ms: 80 }], routingMs: 0.42, firstByteMs: 80.06 },
    ...{ totalMs: 81.5, cost: 0.001, tokens: { input: 10, output: 5, cached: 0, written: 0, reasoning: 0 } },
    ...said,
  });

const folder = mkdtempSync(join(tmpdir(), "history-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const NOW = 1_764_000_000_000;
const DAY = 86_400_000;

interface Options {
  withText?: boolean;
  maxRows?: number;
  maxAgeMs?: number;
}

function historyAt(name: string, options: Options = {}) {
  const troubles: unknown[] = [];
  const path = join(folder, name);
  const history = createHistory({
    open: () => openDatabase(path),
    onTrouble: (error) => troubles.push(error),
    wallClock: () => NOW,
    pause: () => new Promise((resolve) => setTimeout(resolve)),
    withText: false,
    // Written when it is closed.
    flushMs: 60_000,
    ...options,
  });
  return { history, troubles, path };
}

/** Writes records as one run of the program does, and opens the file again as the next one does. */
async function written(name: string, records: RequestRecord[], options: Options = {}) {
  const first = historyAt(name, options);
  for (const record of records) first.history.observe(record);
  await first.history.close();
  assert.deepEqual(first.troubles, []);
  return historyAt(name, options).history;
}

const numbered = (count: number, atOf = (n: number) => NOW - 1000 + n) =>
  Array.from({ length: count }, (_, n) => recordOf({ id: `req_${n}`, at: atOf(n) }));

test("what one run of the program kept, the next one reads, the newest first and page by page", async () => {
  const history = await written("pages/deep/history.sqlite", numbered(5));
  const first = await history.older(undefined, 2);
  assert.deepEqual(first.map(({ id }) => id), ["req_4", "req_3"]);
  const second = await history.older("req_3", 10);
  assert.deepEqual(second.map(({ id }) => id), ["req_2", "req_1", "req_0"]);
  assert.deepEqual(await history.older("req_0", 10), []);
  const { attempts, target, routingMs, firstByteMs, cost, tokens } = first[0] ?? assert.fail();
  assert.deepEqual({ target, routingMs, firstByteMs, cost, tokens: tokens?.output, attempts: attempts.length }, {
    ...{ target: "openai/gpt-4o-mini", routingMs: 0.4, firstByteMs: 80.1, cost: 0.001, tokens: 5, attempts: 1 },
  });
  await history.close();
});

test("a request is kept once, however often it is told", async () => {
  const history = await written("once.sqlite", [...numbered(2), ...numbered(2)]);
  assert.equal((await history.older(undefined, 10)).length, 2);
  await history.close();
});

test("series add up what the span holds, across portions and requests of the same time", async () => {
  const records = numbered(650, (n) => NOW - 10_000 + Math.floor(n / 65) * 1000);
  const history = await written("series.sqlite", records);
  const { buckets, totals } = await history.series({ since: NOW - 10_000, until: NOW, steps: 10 });
  assert.deepEqual(buckets.map(({ requests }) => requests), Array(10).fill(65));
  assert.equal(totals.requests, 650);
  assert.equal(totals.routing?.p50, 0.42);
  const half = await history.series({ since: NOW - 5000, until: NOW, steps: 1 });
  assert.equal(half.totals.requests, 325);
  await history.close();
});

test("rows and days are bounded: the oldest go", async () => {
  const many = await written("rows.sqlite", numbered(30), { maxRows: 10 });
  assert.deepEqual((await many.older(undefined, 100)).map(({ id }) => id).at(-1), "req_20");
  await many.close();
  const old = await written("days.sqlite", numbered(10, (n) => NOW - n * DAY), { maxAgeMs: 3.5 * DAY });
  assert.equal((await old.older(undefined, 100)).length, 4);
  await old.close();
});

test("the words of a request are kept only where text is", async () => {
  for (const withText of [false, true]) {
    const { history, path } = historyAt(`text-${withText}.sqlite`, { withText });
    history.remember("req_1", `secret ${"x".repeat(5000)}`);
    history.observe(recordOf());
    await history.close();
    assert.equal(readFileSync(path).includes("secret"), withText);
    const again = historyAt(`text-${withText}.sqlite`, { withText }).history;
    const [row] = await again.older(undefined, 1);
    assert.equal(row?.ask?.length, withText ? 2000 : undefined);
    await again.close();
  }
});

test("a file that is no history is left as it is, with one warning for each spell, and nothing else breaks", async () => {
  const { history, troubles, path } = historyAt("other.sqlite");
  writeFileSync(path, "not a database, but somebody's notes ".repeat(100));
  const before = readFileSync(path);
  for (let turn = 0; turn < 3; turn++) {
    history.observe(recordOf({ id: `req_${turn}` }));
    await history.close();
  }
  assert.equal(troubles.length, 1);
  assert.deepEqual(readFileSync(path), before);
  await assert.rejects(() => history.older(undefined, 1));
});

test("a later version's file is not touched", async () => {
  const database = await openDatabase(join(folder, "later.sqlite"));
  database.run("PRAGMA user_version = 2");
  database.close();
  const { history, troubles } = historyAt("later.sqlite");
  history.observe(recordOf());
  await history.close();
  assert.match(String(troubles[0]), /format 2/);
});

test("once the trouble is over it keeps again", async () => {
  const { history, troubles, path } = historyAt("mended.sqlite");
  writeFileSync(path, "x".repeat(4000));
  history.observe(recordOf({ id: "req_lost" }));
  await history.close();
  rmSync(path);
  history.observe(recordOf({ id: "req_kept" }));
  await history.close();
  assert.equal(troubles.length, 1);
  assert.deepEqual((await history.older(undefined, 10)).map(({ id }) => id), ["req_kept"]);
  await history.close();
});
