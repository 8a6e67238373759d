import assert from "node:assert/strict";
import { test } from "node:test";
import { createHealth } from "../../src/providers/health.ts";

function setUp() {
  let time = 1000;
  const health = createHealth(() => time);
  const fail = (times: number) => Array.from({ length: times }, () => health.record("a", false));
  return { health, fail, pass: (ms: number) => time += ms };
}

test("five failures within 30 s open a target, four do not", () => {
  const { health, fail } = setUp();
  fail(4);
  assert.equal(health.state("a"), "closed");
  fail(1);
  assert.equal(health.state("a"), "open");
  assert.equal(health.allows("a"), false);
  assert.equal(health.allows("b"), true);
});

test("failures that lie 30 s apart do not add up", () => {
  const { health, fail, pass } = setUp();
  fail(4);
  pass(30_000);
  fail(4);
  assert.equal(health.state("a"), "closed");
});

test("a success forgets the failures before it", () => {
  const { health, fail } = setUp();
  fail(4);
  health.record("a", true);
  fail(4);
  assert.equal(health.state("a"), "closed");
});

test("an outcome that says nothing changes nothing", () => {
  const { health, fail } = setUp();
  fail(4);
  health.record("a", undefined);
  fail(1);
  assert.equal(health.state("a"), "open");
});

test("after 30 s one probe is let through, and its success closes", () => {
  const { health, fail, pass } = setUp();
  fail(5);
  pass(30_000);
  assert.equal(health.state("a"), "half_open");
  assert.equal(health.allows("a"), true);
  assert.equal(health.allows("a"), false);
  health.record("a", true);
  assert.equal(health.state("a"), "closed");
  assert.equal(health.allows("a"), true);
});

test("a probe that fails opens again for 30 s", () => {
  const { health, fail, pass } = setUp();
  fail(5);
  pass(30_000);
  assert.equal(health.allows("a"), true);
  fail(1);
  assert.equal(health.state("a"), "open");
  pass(29_999);
  assert.equal(health.allows("a"), false);
});

test("a probe that is never reported does not close the door for good", () => {
  const { health, fail, pass } = setUp();
  fail(5);
  pass(30_000);
  health.allows("a");
  pass(30_000);
  assert.equal(health.allows("a"), true);
});

test("failures of requests that began before it opened do not prolong the wait", () => {
  const { health, fail, pass } = setUp();
  fail(5);
  pass(20_000);
  fail(3);
  pass(10_000);
  assert.equal(health.state("a"), "half_open");
  assert.equal(health.allows("a"), true);
});

test("a failure of the only target left does not prolong the wait", () => {
  const { health, fail, pass } = setUp();
  fail(5);
  pass(30_000);
  // Nobody asked whether it may be called: there was no other.
  fail(1);
  assert.equal(health.allows("a"), true);
});

test("a probe whose client left lets another probe through at once", () => {
  const { health, fail, pass } = setUp();
  fail(5);
  pass(30_000);
  assert.equal(health.allows("a"), true);
  health.record("a", undefined);
  assert.equal(health.allows("a"), true);
});

test("the fifth failure within any 30 s opens, whenever the window began", () => {
  const { health, fail, pass } = setUp();
  for (const ms of [10_000, 10_000, 9_999, 0]) {
    fail(1);
    pass(ms);
  }
  fail(1);
  assert.equal(health.state("a"), "open");
});

test("one target's failures are no other's", () => {
  const { health, fail } = setUp();
  fail(4);
  health.record("b", false);
  assert.deepEqual([health.state("a"), health.state("b")], ["closed", "closed"]);
});
