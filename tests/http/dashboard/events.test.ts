import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import type { State } from "../../../src/dashboard/wire.ts";
import { RouterError } from "../../../src/errors.ts";
import { createEvents } from "../../../src/http/dashboard/events.ts";
import { createRing } from "../../../src/ledger/ring.ts";
import { recordOf } from "../../support/record.ts";

const line = { cost: 0, adequate: 1 };
const state: State = {
  ...{ status: "ok", targets: { "echo/echo": "closed" }, waiting: 0 },
  savings: {
    ...{ requests: 0, actual: line, strongest: { ...line, tier: "b" }, best_single: { ...line, tier: "a" } },
    random_mix: { ...line, strongest_share: 0 },
    ...{ saved: 0, saved_share: null, retries: 0, unpriced: { requests: 0, models: [] }, uncounted: 0 },
  },
};

function open(everyMs = 60_000) {
  const ring = createRing(1000);
  const served = { over: false, subscribers: 0 };
  const subscribe: typeof ring.subscribe = (listener) => {
    served.subscribers++;
    const stop = ring.subscribe(listener);
    return () => {
      served.subscribers--;
      stop();
    };
  };
  const app = new Hono();
  app.get(
    "/events",
    createEvents({ ring: { ...ring, subscribe }, state: () => state, over: () => served.over, everyMs }),
  );
  app.onError((error, context) =>
    context.json(
      { code: error instanceof RouterError ? error.code : String(error) },
      error instanceof RouterError ? 503 : 500,
    )
  );
  const readerOf = async (query = "") => {
    const { body } = await app.request(`/events${query}`);
    const reader = (body ?? assert.fail()).getReader();
    return {
      cancel: () => reader.cancel(),
      /** The next events: their names and data; undefined at the end. */
      async next() {
        const { done, value } = await reader.read();
        if (done) return undefined;
        return [...new TextDecoder().decode(value).matchAll(/^event: (\w+)\ndata: (.*)\n\n/gm)].map((
          [, name, data = ""],
        ) => [name, JSON.parse(data)]);
      },
    };
  };
  return { ring, served, app, readerOf };
}

test("it begins with how the server is, then tells of each request when it is over", async () => {
  const { ring, readerOf } = open();
  const reader = await readerOf();
  assert.deepEqual(await reader.next(), [["state", state]]);
  ring.observe(recordOf({ id: "req_a" }));
  ring.observe(recordOf({ id: "req_b" }));
  assert.deepEqual((await reader.next())?.map(([name, { id }]) => [name, id]), [["request", "req_a"], [
    "request",
    "req_b",
  ]]);
  await reader.cancel();
});

test("what was over between the client's look at the data and its coming here is told too", async () => {
  const { ring, readerOf } = open();
  for (const id of ["req_a", "req_b", "req_c"]) ring.observe(recordOf({ id }));
  const idsAfter = async (query: string) => {
    const reader = await readerOf(query);
    const events = await reader.next();
    await reader.cancel();
    return events?.slice(1).map(([, { id }]) => id);
  };
  assert.deepEqual(await idsAfter("?after=req_b"), ["req_c"]);
  assert.deepEqual(await idsAfter("?after=req_c"), []);
  assert.deepEqual(await idsAfter("?after="), ["req_a", "req_b", "req_c"]);
  assert.deepEqual(await idsAfter(""), []);
});

test("a client that does not keep up is told that it missed some, and memory stays bounded", async () => {
  const { ring, readerOf } = open();
  const reader = await readerOf();
  for (let n = 0; n < 2300; n++) ring.observe(recordOf({ id: `req_${n}` }));
  const events = await reader.next() ?? [];
  assert.equal(events[0]?.[0], "missed");
  assert.ok(events.length <= 501, String(events.length));
  assert.equal(events.at(-1)?.[1].id, "req_2299");
  await reader.cancel();
});

test("a client that leaves is forgotten", async () => {
  const { served, readerOf } = open();
  const reader = await readerOf();
  await reader.next();
  assert.equal(served.subscribers, 1);
  await reader.cancel();
  assert.equal(served.subscribers, 0);
});

test("it ends when other settings serve, or the server stops", async () => {
  const { served, readerOf } = open(5);
  const reader = await readerOf();
  await reader.next();
  served.over = true;
  let events = await reader.next();
  while (events !== undefined) events = await reader.next();
  assert.equal(served.subscribers, 0);
});

test("the state is told again and again, once at a time to a client that does not read", async () => {
  const { readerOf } = open(5);
  const reader = await readerOf();
  await new Promise((resolve) => setTimeout(resolve, 80));
  assert.equal((await reader.next())?.length, 1);
  assert.deepEqual(await reader.next(), [["state", state]]);
  await reader.cancel();
});

test("no more than 32 look on at once", async () => {
  const { app, readerOf } = open();
  const readers = [];
  for (let n = 0; n < 32; n++) readers.push(await readerOf());
  const refused = await app.request("/events");
  assert.deepEqual([refused.status, await refused.json()], [503, { code: "overloaded" }]);
  await readers[0]?.cancel();
  assert.equal((await app.request("/events")).status, 200);
});
