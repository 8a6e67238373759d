import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createLink, type Link } from "../../src/state/link.ts";
import { until } from "../support/until.ts";
import { NO_REDIS, startRedis, type TestRedis } from "../support/redis.ts";

const skip = NO_REDIS;

/** A link, and what it said. */
async function linkTo(redis: Pick<TestRedis, "port">, more: { password?: string; db?: number } = {}) {
  const said: string[] = [];
  const note = (message: string, fields?: Record<string, unknown>) =>
    void said.push(`${message} ${JSON.stringify(fields)}`);
  const address = { host: "127.0.0.1", port: redis.port, username: undefined, password: more.password };
  const link = await createLink({
    address: { ...address, db: more.db ?? 0, tls: false },
    log: { info: note, warning: note },
    deadlineMs: 150,
    beatMs: 50,
  });
  return { link, said };
}

const put = (link: Link, value: string) =>
  link.use(async ({ set }) => {
    await set("k", value, 60_000);
    return "shared";
  }, () => "local");
const look = (link: Link) => link.use(({ get }) => get("k", 60_000), () => "local");

let redis: TestRedis;
before(async () => {
  if (!skip) redis = await startRedis();
});
after(() => redis?.close());

test("what one replica keeps another one finds, in its own database alone", { skip }, async () => {
  const [one, two, other] = await Promise.all([linkTo(redis), linkTo(redis), linkTo(redis, { db: 3 })]);
  await Promise.all([one.link.begin(), two.link.begin(), other.link.begin()]);
  assert.equal(await put(one.link, "v"), "shared");
  assert.equal(await look(two.link), "v");
  assert.equal(await look(other.link), null);
  for (const { link, said } of [one, two, other]) {
    link.close();
    assert.deepEqual(said, []);
  }
});

test("killed, it is away at once and nobody waits; started again, it is back by itself", { skip }, async () => {
  const { link, said } = await linkTo(redis);
  await link.begin();
  assert.equal(link.up(), true);
  await redis.kill();
  assert.equal(await put(link, "v"), "local");
  await until(() => !link.up());
  const began = performance.now();
  for (let nth = 0; nth < 100; nth++) assert.equal(await look(link), "local");
  assert.ok(performance.now() - began < 100);
  await redis.start();
  await until(() => link.up());
  assert.equal(await look(link), null);
  link.close();
  assert.equal(said.length, 2, said.join("\n"));
  assert.match(said[0] ?? "", /cannot be reached.*"where":"redis:\/\/127\.0\.0\.1:\d+\/0"/);
  assert.match(said[1] ?? "", /reached again/);
});

test("frozen, it costs one short wait in all, and thawed it is back", { skip }, async () => {
  const { link } = await linkTo(redis);
  await link.begin();
  redis.freeze();
  const began = performance.now();
  for (let nth = 0; nth < 20; nth++) assert.equal(await put(link, "v"), "local");
  assert.ok(performance.now() - began < 1000, `${performance.now() - began} ms`);
  assert.equal(link.up(), false);
  redis.thaw();
  await until(() => link.up());
  assert.equal(await put(link, "w"), "shared");
  link.close();
});

test(
  "frozen for longer than a connection is waited for, it is back all the same",
  { skip, timeout: 30_000 },
  async () => {
    const { link } = await linkTo(redis);
    await link.begin();
    redis.freeze();
    await new Promise((go) => setTimeout(go, 5000));
    assert.equal(link.up(), false);
    redis.thaw();
    await until(() => link.up());
    link.close();
  },
);

test("a start without it does not wait for long, and finds it when it comes", { skip, timeout: 30_000 }, async () => {
  await redis.kill();
  const { link, said } = await linkTo(redis);
  const began = performance.now();
  await link.begin();
  assert.ok(performance.now() - began < 2000);
  assert.equal(link.up(), false);
  assert.match(said[0] ?? "", /ECONNREFUSED|refused|does not answer/i);
  await redis.start();
  await until(() => link.up());
  link.close();
});

test("with a wrong password it is away, and the log says why but not the password", { skip }, async () => {
  const locked = await startRedis(["--requirepass", "right"]);
  const wrong = await linkTo(locked, { password: "mistaken" });
  await wrong.link.begin();
  assert.equal(wrong.link.up(), false);
  assert.ok(!wrong.said.join().includes("mistaken"));
  assert.match(wrong.said.join(), /WRONGPASS|NOAUTH|password/i);
  const right = await linkTo(locked, { password: "right" });
  await right.link.begin();
  assert.equal(right.link.up(), true);
  wrong.link.close();
  right.link.close();
  await locked.close();
});

test("one that only lets itself be read counts as away", { skip, timeout: 30_000 }, async () => {
  const replica = await startRedis(["--replicaof", "127.0.0.1 1"]);
  const { link, said } = await linkTo(replica);
  await link.begin();
  assert.equal(link.up(), false);
  assert.match(said.join(), /READONLY/i);
  link.close();
  await replica.close();
});
