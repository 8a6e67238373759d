import assert from "node:assert/strict";
import { test } from "node:test";
import { warmUp } from "../../src/start/warm.ts";

test("texts of every kind are judged for nothing, once the deep head is up, and other work comes in between", async () => {
  const up = Promise.withResolvers<void>();
  const judged: string[] = [];
  const warming = warmUp({
    deepReady: up.promise,
    quickly: (text) => {
      judged.push(text);
      return Promise.resolve({});
    },
  });
  await new Promise((go) => setTimeout(go, 5));
  assert.deepEqual(judged, []);
  up.resolve();
  let turns = 0;
  const others = setInterval(() => turns++, 1);
  await warming;
  clearInterval(others);
  assert.ok(judged.length > 100 && new Set(judged).size > 4, `${judged.length}`);
  assert.ok(turns > 5, `${turns}`);
});

test("it ends with the first judgement that fails, and where there is no deep head", async () => {
  let asked = 0;
  const quickly = () => {
    asked++;
    return Promise.reject(new Error("no head"));
  };
  await assert.rejects(warmUp({ deepReady: Promise.resolve(), quickly }), /no head/);
  assert.equal(asked, 1);
  await assert.rejects(warmUp({ deepReady: Promise.reject(new Error("no Worker")), quickly }), /no Worker/);
  assert.equal(asked, 1);
});
