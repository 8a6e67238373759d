import assert from "node:assert/strict";
import { test } from "node:test";
import { createPool } from "../../src/classifier/pool.ts";
import { createFakeWorker, type FakeWorker } from "../support/fake-worker.ts";

const bytes = () => Promise.resolve({ kernel: new Uint8Array([1]), model: new Uint8Array([2]) });
const states = (value = 1) => Float32Array.of(value);
/** Lets everything run that waits for nothing. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 5));

interface Options {
  workers?: number;
  deadlineMs?: number;
  load?: typeof bytes;
}

/** A pool of Workers that do what the test says; at first they are loading. */
async function setUp({ workers = 1, deadlineMs = 5000, load = bytes }: Options = {}) {
  const hired: FakeWorker[] = [];
  const trouble: string[] = [];
  const createWorker = () => {
    const fake = createFakeWorker();
    hired.push(fake);
    return fake.worker;
  };
  const pool = createPool({ createWorker, workers, load, deadlineMs, onTrouble: (message) => trouble.push(message) });
  await settle();
  /** The nth Worker that was hired. */
  const at = (index: number): FakeWorker => {
    const fake = hired[index];
    assert.ok(fake, `no Worker number ${index} was hired`);
    return fake;
  };
  return { pool, hired, trouble, at };
}

async function setUpReady(options: Options = {}) {
  const parts = await setUp(options);
  for (const fake of parts.hired) fake.say({ type: "ready" });
  await parts.pool.ready;
  return parts;
}

/** The numbers of the jobs that a Worker was given. */
const jobsOf = (fake: FakeWorker) => fake.told.flatMap((one) => one.type === "encode" ? [one.states[0]] : []);

test("a Worker is given its bytes, and the pool is ready as soon as one is", async () => {
  const { pool, at } = await setUp({ workers: 2 });
  let ready = false;
  pool.ready.then(() => ready = true);
  assert.deepEqual(at(0).told, [{ type: "load", kernel: new Uint8Array([1]), model: new Uint8Array([2]) }]);
  await settle();
  assert.equal(ready, false);
  at(1).say({ type: "ready" });
  await settle();
  assert.equal(ready, true);
  pool.close();
});

test("a job's vector comes back, and the caller's numbers stay whole for a second try", async () => {
  const { pool, at } = await setUpReady();
  const answer = pool.encode(states(7));
  assert.deepEqual(jobsOf(at(0)), [7]);
  at(0).answer(42);
  assert.deepEqual(await answer, { vector: Float32Array.of(42) });
  pool.close();
});

test("jobs are spread over idle Workers, wait when there is none, and are done in order", async () => {
  const { pool, at } = await setUpReady({ workers: 2 });
  const answers = [1, 2, 3, 4].map((value) => pool.encode(states(value)));
  assert.deepEqual([jobsOf(at(0)), jobsOf(at(1)), pool.waiting], [[1], [2], 2]);
  at(1).answer(20);
  at(1).answer(30);
  at(0).answer(10);
  at(1).answer(40);
  assert.deepEqual([jobsOf(at(0)), jobsOf(at(1)), pool.waiting], [[1], [2, 3, 4], 0]);
  const values = (await Promise.all(answers)).map((one) => "vector" in one ? one.vector[0] : one.missed);
  assert.deepEqual(values, [10, 20, 30, 40]);
  pool.close();
});

test("a job that comes before a Worker is up waits for it", async () => {
  const { pool, at } = await setUp();
  const answer = pool.encode(states());
  assert.deepEqual(jobsOf(at(0)), []);
  at(0).say({ type: "ready" });
  at(0).answer(1);
  assert.ok("vector" in await answer);
  pool.close();
});

test("past the deadline a job is missed, whether it runs or waits", async () => {
  const { pool } = await setUpReady({ deadlineMs: 20 });
  const answers = await Promise.all([pool.encode(states(1)), pool.encode(states(2))]);
  assert.deepEqual(answers, [{ missed: "deadline" }, { missed: "deadline" }]);
  pool.close();
});

test("a caller may have more patience than others", async () => {
  const { pool, at } = await setUpReady({ deadlineMs: 10 });
  const answer = pool.encode(states(), 5000);
  await new Promise((resolve) => setTimeout(resolve, 40));
  at(0).answer(3);
  assert.deepEqual(await answer, { vector: Float32Array.of(3) });
  pool.close();
});

test("a job that was missed is not begun, and a late answer goes to nobody else", async () => {
  const { pool, at } = await setUpReady({ deadlineMs: 20 });
  await Promise.all([pool.encode(states(1)), pool.encode(states(2))]);
  const third = pool.encode(states(3), 5000);
  at(0).answer(10);
  assert.deepEqual(jobsOf(at(0)), [1, 3]);
  at(0).answer(30);
  assert.deepEqual(await third, { vector: Float32Array.of(30) });
  pool.close();
});

test("more jobs than could be done in time are refused at once", async () => {
  const { pool } = await setUpReady({ workers: 2 });
  const answers = Array.from({ length: 2 + 64 }, (_, at) => pool.encode(states(at)));
  assert.equal(pool.waiting, 64);
  assert.deepEqual(await pool.encode(states()), { missed: "queue_full" });
  pool.close();
  const missed = await Promise.all(answers);
  assert.ok(missed.every((one) => "missed" in one && one.missed === "failed"));
});

test("a job that the encoder cannot do fails alone", async () => {
  const { pool, at, hired } = await setUpReady();
  const answers = [pool.encode(states(1)), pool.encode(states(2))];
  at(0).say({ type: "failed", id: 0, message: "bad input" });
  at(0).answer(5);
  assert.deepEqual(await Promise.all(answers), [{ missed: "failed" }, { vector: Float32Array.of(5) }]);
  assert.equal(hired.length, 1);
  pool.close();
});

for (const how of ["crash", "end"] as const) {
  test(`a Worker's ${how} is told, another takes its place and its job`, async () => {
    const { pool, at, hired, trouble } = await setUpReady();
    const answer = pool.encode(states(9));
    at(0)[how]("out of memory");
    await settle();
    assert.equal(trouble.length, 1);
    assert.equal(hired.length, 2);
    assert.ok(at(0).terminated);
    at(1).say({ type: "ready" });
    assert.deepEqual(jobsOf(at(1)), [9]);
    at(1).answer(4);
    assert.deepEqual(await answer, { vector: Float32Array.of(4) });
    pool.close();
  });
}

test("an idle Worker takes a dead one's job at once", async () => {
  const { pool, at } = await setUpReady({ workers: 2 });
  const answer = pool.encode(states(9));
  assert.deepEqual(jobsOf(at(0)), [9]);
  at(0).crash("gone");
  assert.deepEqual(jobsOf(at(1)), [9]);
  at(1).answer(4);
  assert.deepEqual(await answer, { vector: Float32Array.of(4) });
  pool.close();
});

test("a job that kills two Workers is given up", async () => {
  const { pool, at } = await setUpReady();
  const answer = pool.encode(states(9));
  at(0).crash("killed");
  await settle();
  at(1).say({ type: "ready" });
  at(1).crash("killed");
  assert.deepEqual(await answer, { missed: "failed" });
  await settle();
  at(2).say({ type: "ready" });
  assert.deepEqual(jobsOf(at(2)), []);
  pool.close();
});

test("when Workers cannot start, the pool says so after a few tries", async () => {
  const { pool, hired, trouble } = await setUp();
  for (let tries = 0; tries < 20 && tries < hired.length; tries++) {
    hired[tries]?.say({ type: "failed", id: undefined, message: "no SIMD" });
    await settle();
  }
  await assert.rejects(pool.ready, /Cannot encode: no SIMD/);
  assert.equal(hired.length, 6);
  assert.equal(trouble.length, 6);
});

test("a Worker that dies now and then, with good work between, is replaced every time", async () => {
  const { pool, hired, at } = await setUpReady();
  for (let round = 0; round < 10; round++) {
    const answer = pool.encode(states(round));
    at(round).answer(round);
    assert.ok("vector" in await answer);
    at(round).crash("now and then");
    await settle();
    at(round + 1).say({ type: "ready" });
  }
  assert.equal(hired.length, 11);
  pool.close();
});

test("once no Worker will come back, jobs fail at once instead of waiting", async () => {
  const { pool, hired } = await setUpReady();
  for (let death = 0; death < 6; death++) {
    hired[death]?.crash("again");
    await settle();
  }
  const started = performance.now();
  assert.deepEqual(await pool.encode(states()), { missed: "failed" });
  assert.ok(performance.now() - started < 1000);
  assert.equal(pool.waiting, 0);
});

test("bytes that cannot be loaded are told, and nothing waits for them", async () => {
  const load = () => Promise.reject(new Error("no such asset"));
  const { pool, trouble } = await setUp({ load });
  await assert.rejects(pool.ready, /no such asset/);
  assert.match(trouble.join(), /no such asset/);
  assert.deepEqual(await pool.encode(states()), { missed: "failed" });
});

test("one Worker whose bytes cannot be loaded does not stop another", async () => {
  let calls = 0;
  const load = () => ++calls === 1 ? Promise.reject(new Error("busy disk")) : bytes();
  const { pool, at } = await setUp({ workers: 2, load });
  at(0).say({ type: "ready" });
  await pool.ready;
  const answer = pool.encode(states());
  at(0).answer(1);
  assert.ok("vector" in await answer);
  pool.close();
});

test("bytes that cannot be loaded for a Worker's successor are told, too", async () => {
  let calls = 0;
  const load = () => ++calls === 1 ? bytes() : Promise.reject(new Error("file is gone"));
  const { pool, at, trouble } = await setUpReady({ load });
  const answer = pool.encode(states());
  at(0).crash("out of memory");
  assert.deepEqual(await answer, { missed: "failed" });
  assert.match(trouble.join(), /file is gone/);
});

test("a closed pool ends its Workers and fails what was under way or comes later", async () => {
  const { pool, at, trouble, hired } = await setUpReady();
  const answers = [pool.encode(states(1)), pool.encode(states(2))];
  pool.close();
  answers.push(pool.encode(states(3)));
  assert.deepEqual(await Promise.all(answers), Array(3).fill({ missed: "failed" }));
  assert.ok(at(0).terminated);
  at(0).end();
  await settle();
  assert.deepEqual([trouble, hired.length], [[], 1]);
});
