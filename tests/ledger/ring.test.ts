import assert from "node:assert/strict";
import { test } from "node:test";
import { createRing } from "../../src/ledger/ring.ts";
import { recordOf } from "../support/record.ts";

const named = (id: string) => recordOf({ id });
const idsOf = (records: readonly { id: string }[]) => records.map(({ id }) => id).join("");

test("the last records are there, the newest last, and older ones are forgotten", () => {
  const ring = createRing(3);
  assert.deepEqual(ring.last(10), []);
  const seen = [..."abcdefg"].map((id) => {
    ring.observe(named(id));
    return idsOf(ring.last(10));
  });
  assert.deepEqual(seen, ["a", "ab", "abc", "bcd", "cde", "def", "efg"]);
  assert.equal(idsOf(ring.last(2)), "fg");
  assert.equal(idsOf(ring.last(1)), "g");
  assert.deepEqual(ring.last(0), []);
  assert.deepEqual(ring.last(-1), []);
});

test("what was given is not changed by what comes", () => {
  const ring = createRing(3);
  ring.observe(named("a"));
  const before = ring.last(5);
  ring.observe(named("b"));
  assert.equal(idsOf(before), "a");
});

test("a subscriber hears of each further record until it stops, and others hear on", () => {
  const ring = createRing(3);
  ring.observe(named("a"));
  const [one, two]: [string[], string[]] = [[], []];
  const stop = ring.subscribe(({ id }) => one.push(id));
  ring.subscribe(({ id }) => two.push(id));
  ring.observe(named("b"));
  stop();
  stop();
  ring.observe(named("c"));
  assert.deepEqual([one, two], [["b"], ["b", "c"]]);
});

test("a subscriber may stop while it is told", () => {
  const ring = createRing(3);
  const heard: string[] = [];
  const stop = ring.subscribe(({ id }) => {
    heard.push(id);
    stop();
  });
  for (const id of "abc") ring.observe(named(id));
  assert.deepEqual(heard, ["a"]);
});
