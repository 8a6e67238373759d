import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { createMemoryMeter, type Meter } from "../../src/limits/meter.ts";
import { createHealth, type Health } from "../../src/providers/health.ts";
import { createMemorySessions, type SessionStore } from "../../src/routing/session.ts";
import { createSharedHealth } from "../../src/state/breakers.ts";
import type { Link } from "../../src/state/link.ts";
import { createSharedMeter } from "../../src/state/meter.ts";
import { createSharedSessions } from "../../src/state/sessions.ts";
import { linksTo } from "../support/links.ts";
import { NO_REDIS, startRedis, type TestRedis } from "../support/redis.ts";
import { until } from "../support/until.ts";

const skip = NO_REDIS;
const DAY = "2026-11-25";

let redis: TestRedis;
let links: [Link, Link];
beforeEach(async () => {
  if (skip) return;
  redis = await startRedis();
  links = await linksTo(redis, 2) as [Link, Link];
});
afterEach(async () => {
  if (skip) return;
  for (const link of links) link.close();
  await redis.close();
});

const now = () => performance.now();
const meters = () => links.map((link) => createSharedMeter({ link, local: createMemoryMeter(now) })) as [Meter, Meter];
const lost = () => until(() => links.every((link) => !link.up()));
const found = () => until(() => links.every((link) => link.up()));

test("two replicas count one rate, and tell how long to wait", { skip }, async () => {
  const [one, two] = meters();
  assert.equal(await one.take("a", 3), undefined);
  assert.equal(await two.take("a", 3), undefined);
  assert.equal(await one.take("a", 3), undefined);
  const wait = await two.take("a", 3);
  assert.ok(wait !== undefined && wait > 55_000 && wait <= 60_000);
  assert.equal(await two.take("b", 3), undefined);
  assert.notEqual(await two.take("a", 2), undefined, "a lower limit counts what was there");
  assert.equal(await two.take("a", 4), undefined, "so does a higher one");
  assert.notEqual(await one.take("a", 4), undefined);
});

test("a burst on all replicas at once lets exactly as many in as the rate says", { skip }, async () => {
  const two = meters();
  const waits = await Promise.all(Array.from({ length: 50 }, (_, nth) => two[nth % 2]?.take("a", 20)));
  assert.equal(waits.filter((wait) => wait === undefined).length, 20);
});

test("without Redis each replica goes on with what it counted itself", { skip }, async () => {
  const [one, two] = meters();
  await one.take("a", 3);
  await one.take("a", 3);
  await redis.kill();
  await lost();
  assert.equal(await one.take("a", 3), undefined);
  assert.notEqual(await one.take("a", 3), undefined);
  assert.equal(await two.take("a", 3), undefined);
});

test("a budget is one sum; what was spent without Redis, and what Redis lost, is made up for", { skip }, async () => {
  const [one, two] = meters();
  await one.spend("a", DAY, 0.1);
  await two.spend("a", DAY, 0.2);
  assert.equal((await one.spent("a", DAY)).toFixed(6), "0.300000");
  assert.equal((await two.spent("a", DAY)).toFixed(6), "0.300000");
  assert.equal(await one.spent("a", "2026-11-26"), 0);
  await redis.kill();
  await lost();
  await one.spend("a", DAY, 1);
  await two.spend("a", DAY, 2);
  assert.equal((await one.spent("a", DAY)).toFixed(6), "1.300000", "what it knows itself");
  await redis.start();
  await found();
  await one.spent("a", DAY);
  await two.spent("a", DAY);
  for (const meter of [one, two]) assert.equal((await meter.spent("a", DAY)).toFixed(6), "3.300000");
});

test("money spent at the same time is counted once", { skip }, async () => {
  const [one, two] = meters();
  const spends = Array.from({ length: 40 }, (_, nth) => (nth % 2 ? one : two).spend("a", DAY, 0.25));
  await Promise.all([...spends, one.spent("a", DAY), two.spent("a", DAY)]);
  assert.equal(await one.spent("a", DAY), 10);
});

test("a session that one replica keeps another one finds, and each its own without Redis", { skip }, async () => {
  const [one, two] = links.map((link) => {
    const local = createMemorySessions({ ttlSeconds: 60, entries: 10, now });
    return createSharedSessions({ link, local, ttlSeconds: () => 60 });
  }) as [SessionStore, SessionStore];
  const key = String.fromCharCode(0, 7, 200, 255);
  await one.set(key, { tier: "complex", target: "openai/gpt", stuck: true });
  assert.deepEqual(await two.get(key), { tier: "complex", target: "openai/gpt", stuck: true });
  await two.set(key, { tier: "reasoning" });
  assert.deepEqual(await one.get(key), { tier: "reasoning" });
  assert.equal(await one.get("other"), undefined);
  await links[0].use(({ set }) => set(`session:${btoa("damaged")}`, "{", 1000), () => {});
  assert.equal(await one.get("damaged"), undefined);
  await redis.kill();
  await lost();
  assert.deepEqual(await two.get(key), { tier: "reasoning" });
  await two.set("new", { tier: "simple" });
  assert.deepEqual(await two.get("new"), { tier: "simple" });
  await redis.start();
  await found();
  assert.deepEqual(await two.get("new"), { tier: "simple" }, "what Redis never knew is still known here");
});

test("a session that nobody uses is forgotten, and use keeps it", { skip }, async () => {
  const local = { get: () => Promise.resolve(undefined), set: () => Promise.resolve() };
  const sessions = createSharedSessions({ link: links[0], local, ttlSeconds: () => 0.3 });
  await sessions.set("k", { tier: "complex" });
  for (let nth = 0; nth < 4; nth++) {
    await new Promise((go) => setTimeout(go, 150));
    assert.deepEqual(await sessions.get("k"), { tier: "complex" });
  }
  await new Promise((go) => setTimeout(go, 400));
  assert.equal(await sessions.get("k"), undefined);
});

/** Two breakers with a clock that can be put forward; Redis has its own. */
function breakers() {
  const clock = { ahead: 0 };
  const healths = links.map((link) => createSharedHealth(createHealth(() => now() + clock.ahead), link));
  return { clock, healths: healths as [Health, Health] };
}

test("failures are counted together, and what opens opens everywhere", { skip }, async () => {
  const { healths: [one, two] } = breakers();
  for (const health of [one, two, one, two]) health.record("t", false);
  await new Promise((go) => setTimeout(go, 100));
  assert.deepEqual([one.state("t"), two.state("t")], ["closed", "closed"]);
  one.record("t", false);
  await until(() => one.state("t") === "open" && two.state("t") === "open", 2000);
  assert.equal(two.allows("t"), false);
  assert.equal(one.state("other"), "closed");
});

test("a probe that goes well closes it everywhere, one that fails opens it anew", { skip }, async () => {
  const { clock, healths: [one, two] } = breakers();
  for (let nth = 0; nth < 5; nth++) one.record("t", false);
  await until(() => two.state("t") === "open", 2000);
  clock.ahead = 31_000;
  // The next beats put the clock of Redis against ours: it has not moved.
  await redis.kill();
  await lost();
  clock.ahead = 62_000;
  assert.equal(one.state("t"), "half_open");
  assert.equal(one.allows("t"), true);
  assert.equal(one.allows("t"), false, "one probe at a time");
  one.record("t", false);
  assert.equal(one.state("t"), "open");
  clock.ahead = 93_000;
  assert.equal(one.allows("t"), true);
  await redis.start();
  await found();
  one.record("t", true);
  await until(() => one.state("t") === "closed" && two.state("t") === "closed", 2000);
});

test("without Redis a breaker works by itself", { skip }, async () => {
  await redis.kill();
  await lost();
  const { healths: [one, two] } = breakers();
  for (let nth = 0; nth < 5; nth++) one.record("t", false);
  assert.deepEqual([one.state("t"), two.state("t")], ["open", "closed"]);
});
