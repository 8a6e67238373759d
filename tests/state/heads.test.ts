import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, test } from "node:test";
import { fileURLToPath } from "node:url";
import type { Head } from "../../src/classifier/head.ts";
import { files } from "../../src/runtime/files.ts";
import { createSharedHeads } from "../../src/state/heads.ts";
import type { Link } from "../../src/state/link.ts";
import { createHeads, type LoadedHead, readHead } from "../../src/store/heads.ts";
import { linksTo } from "../support/links.ts";
import { NO_REDIS, startRedis, type TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const skip = NO_REDIS;
const text = readFileSync(fileURLToPath(new URL("../../models/head.json", import.meta.url)), "utf8");
const named = (name: string): Head => ({ ...readHead(text), training: { name } });
const nameOf = (loaded: LoadedHead | undefined) => loaded && (loaded.head.training.name ?? loaded.origin);

let redis: TestRedis;
let links: Link[];
let folder: string;
beforeEach(async () => {
  if (skip) return;
  redis = await startRedis();
  links = await linksTo(redis, 3);
  folder = mkdtempSync(join(tmpdir(), "heads-"));
});
afterEach(async () => {
  if (skip) return;
  for (const link of links) link.close();
  await redis.close();
  rmSync(folder, { recursive: true });
});

/** The heads of a replica, with a disk of its own, and what a beat makes of them. */
function replica(at: number, check: (head: Head) => void = () => {}) {
  const said: string[] = [];
  const link = links[at] as Link;
  const local = createHeads({
    files,
    folder: join(folder, String(at)),
    shipped: () => Promise.resolve(readHead(text)),
  });
  const heads = createSharedHeads({ link, local, check, log: { warning: (message) => void said.push(message) } });
  let version = 0;
  link.onBeat(({ headVersion }) => void (version = headVersion));
  const beaten = async () => {
    let seen = false;
    link.onBeat(() => void (seen = true));
    await until(() => seen);
    return await heads.newer(version);
  };
  return { heads, local, said, beaten };
}

test("what one replica saves all get with the next beat, once, and keep on disk", { skip }, async () => {
  const [one, two] = [replica(0), replica(1)];
  assert.equal(await two.beaten(), undefined);
  await one.heads.save(named("first"));
  assert.equal(await one.beaten(), undefined, "it serves its own already");
  assert.equal(nameOf(await two.beaten()), "first");
  assert.equal(await two.beaten(), undefined);
  assert.equal(nameOf(await two.local.load()), "first");
  assert.equal(nameOf(await replica(2).heads.load()), "first", "a replica that starts later begins with it");
});

test("a rollback is one for all, by any replica, back to the shipped head", { skip }, async () => {
  const [one, two, late] = [replica(0), replica(1), replica(2)];
  await one.heads.save(named("first"));
  await one.heads.save(named("second"));
  await two.beaten();
  assert.equal(nameOf(await late.heads.rollback()), "first");
  assert.equal(nameOf(await one.beaten()), "first");
  assert.equal(nameOf(await two.beaten()), "first");
  await two.heads.save(named("third"));
  assert.equal(nameOf(await one.heads.rollback()), "first");
});

test("before the first trained head there was the shipped one, for all", { skip }, async () => {
  const [one, two] = [replica(0), replica(1)];
  await one.heads.save(named("first"));
  await two.beaten();
  assert.equal(nameOf(await two.heads.rollback()), "shipped");
  assert.equal(nameOf(await one.beaten()), "shipped");
  assert.equal((await one.local.load()).origin, "shipped");
});

test("trained while Redis is away, it is shared once Redis is back", { skip }, async () => {
  const [one, two] = [replica(0), replica(1)];
  await redis.kill();
  await until(() => links.every((link) => !link.up()));
  await one.heads.save(named("alone"));
  assert.equal(nameOf(await one.heads.load()), "alone");
  assert.equal((await two.heads.load()).origin, "shipped");
  await redis.start();
  await until(() => links.every((link) => link.up()));
  await one.beaten();
  assert.equal(nameOf(await two.beaten()), "alone");
});

test("a Redis that lost everything gets the head back, and no replica changes", { skip }, async () => {
  const [one, two] = [replica(0), replica(1)];
  await one.heads.save(named("first"));
  await two.beaten();
  await redis.kill();
  await until(() => links.every((link) => !link.up()));
  await redis.start();
  await until(() => links.every((link) => link.up()));
  assert.equal(await two.beaten(), undefined);
  assert.equal(await one.beaten(), undefined);
  assert.equal(nameOf(await replica(2).heads.load()), "first");
});

test("a head that was trained before there was a Redis is shared", { skip }, async () => {
  const [one, two] = [replica(0), replica(1)];
  await one.local.save(named("old"));
  await one.beaten();
  assert.equal(nameOf(await two.beaten()), "old");
});

test("a damaged head, or one for other tiers, is refused once and touches nothing", { skip }, async () => {
  const one = replica(0);
  const picky = replica(1, () => {
    throw new Error("these are not our tiers");
  });
  await one.heads.save(named("first"));
  await assert.rejects(picky.beaten(), /not our tiers/);
  assert.equal(await picky.beaten(), undefined);
  assert.equal((await picky.local.load()).origin, "shipped");
  await links[0]?.use(async ({ run }) => {
    await run("redis.call('SET', KEYS[1], '{') return redis.call('INCR', KEYS[2])", ["head", "head:version"], []);
  }, () => {});
  await assert.rejects(one.beaten());
  assert.equal(await one.beaten(), undefined);
  const { warning, head } = await one.heads.load();
  assert.match(warning ?? "", /Cannot use the shared head/);
  assert.equal(head.training.name, "first");
});

test("a disk that takes nothing does not keep the shared head from serving", { skip }, async () => {
  const [one, two] = [replica(0), replica(1)];
  await files.replace(join(folder, "1"), "a file where the folder should be");
  await one.heads.save(named("first"));
  assert.equal(nameOf(await two.beaten()), "first");
  assert.equal(two.said.length, 1);
});
