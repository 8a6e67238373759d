import assert from "node:assert/strict";
import { test } from "node:test";
import { createDeadline } from "../../src/providers/deadline.ts";

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const neverLeaves = () => new AbortController().signal;
/** Longer than any test takes. */
const LONG = 60_000;

test("when the time is up the request is let go, and it is said why", async () => {
  const { signal, ...deadline } = createDeadline(15, neverLeaves());
  assert.equal(signal.aborted, false);
  await wait(60);
  assert.equal(signal.aborted, true);
  assert.equal(signal.reason.name, "TimeoutError");
  deadline.done();
});

test("it tells that the time ran out", async () => {
  const deadline = createDeadline(15, neverLeaves());
  assert.equal(deadline.expired, false);
  await wait(60);
  assert.equal(deadline.expired, true);
});

test("a client that leaves takes the request along at once, and that is no timeout", async () => {
  const client = new AbortController();
  const deadline = createDeadline(20, client.signal);
  client.abort(new Error("gone"));
  assert.equal(deadline.signal.aborted, true);
  assert.match(String(deadline.signal.reason), /gone/);
  await wait(60);
  assert.equal(deadline.expired, false);
});

test("for a client that left before, nothing is begun", async () => {
  const deadline = createDeadline(15, AbortSignal.abort(new Error("gone")));
  assert.equal(deadline.signal.aborted, true);
  await wait(50);
  assert.equal(deadline.expired, false);
});

test("done stops the clock, and the client's leaving means nothing any more", async () => {
  const client = new AbortController();
  const deadline = createDeadline(15, client.signal);
  deadline.done();
  client.abort();
  await wait(50);
  assert.deepEqual([deadline.signal.aborted, deadline.expired], [false, false]);
});

test("a pause stops the clock, and a restart begins anew with its own limit", async () => {
  const deadline = createDeadline(15, neverLeaves());
  deadline.pause();
  await wait(50);
  assert.equal(deadline.expired, false);
  deadline.restart(15);
  await wait(50);
  assert.equal(deadline.expired, true);
});

test("a restart takes the place of the limit before it", async () => {
  const deadline = createDeadline(15, neverLeaves());
  deadline.restart(LONG);
  await wait(50);
  assert.equal(deadline.expired, false);
  deadline.done();
});

test("to abort is to let go, not to time out", async () => {
  const deadline = createDeadline(15, neverLeaves());
  deadline.abort();
  assert.equal(deadline.signal.aborted, true);
  await wait(50);
  assert.equal(deadline.expired, false);
});

test("each deadline has a signal of its own: one that expires leaves the client's and the next alone", async () => {
  const client = new AbortController();
  const first = createDeadline(10, client.signal);
  const second = createDeadline(LONG, client.signal);
  await wait(40);
  assert.deepEqual([first.signal.aborted, second.signal.aborted, client.signal.aborted], [true, false, false]);
  second.done();
});
