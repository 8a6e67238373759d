import assert from "node:assert/strict";
import { test } from "node:test";
import { Hono } from "hono";
import { RouterError } from "../../src/errors.ts";
import { createAuth } from "../../src/http/auth.ts";
import type { Notes } from "../../src/http/notes.ts";
import { everyone, plainKeys } from "../../src/limits/client.ts";

const NO_LIMITS = { limitRpm: undefined, budgetUsdDay: undefined };

/** What a request meets: its status, and the error it met. */
async function ask(keys: string[], authorization: string | undefined, path = "/v1/models", method = "GET") {
  const errors: RouterError[] = [];
  const app = new Hono<Notes>();
  const known = keys.length === 0 ? undefined : await plainKeys(keys, NO_LIMITS);
  app.use(createAuth({ keys: known, everyone: everyone(NO_LIMITS) }));
  app.all("*", (context) => context.text(context.get("client").name));
  app.onError((error) => {
    assert.ok(error instanceof RouterError);
    errors.push(error);
    return new Response(null, { status: error.status });
  });
  const headers: Record<string, string> = authorization === undefined ? {} : { authorization };
  const response = await app.request(`http://router${path}`, { method, headers });
  return { status: response.status, client: await response.text(), error: errors[0] };
}

const KEYS = ["sk-first", "sk-second"];

test("without keys everything is open", async () => {
  assert.equal((await ask([], undefined)).status, 200);
  assert.equal((await ask([], "Bearer whatever")).status, 200);
});

for (
  const authorization of [
    "Bearer sk-first",
    "Bearer sk-second",
    "bearer sk-first",
    "BEARER sk-first",
    "Bearer   sk-first",
    "Bearer sk-first ",
  ]
) {
  test(`"${authorization}" is let in`, async () => assert.equal((await ask(KEYS, authorization)).status, 200));
}

for (
  const authorization of [
    undefined,
    "",
    "Bearer",
    "Bearer ",
    "sk-first",
    "Basic sk-first",
    "Bearer sk-firs",
    "Bearer sk-firstx",
    "Bearer xsk-first",
    "Bearer SK-FIRST",
    "Bearer sk-first,sk-second",
    "Bearer sk-first sk-second",
    "Bearer sk-firstsk-second",
    "Bearer undefined",
    "Bearer *",
    "xBearer sk-first",
  ]
) {
  test(`${authorization === undefined ? "no header" : `"${authorization}"`} is refused`, async () => {
    const { status, error } = await ask(KEYS, authorization);
    assert.equal(status, 401);
    assert.deepEqual([error?.code, error?.type], ["invalid_api_key", "authentication_error"]);
    assert.equal(error?.headers["www-authenticate"], "Bearer");
    for (const key of KEYS) assert.ok(!error?.message.includes(key));
  });
}

test("a key of any length is compared whole", async () => {
  const key = "k".repeat(5000);
  assert.equal((await ask([key], `Bearer ${key}`)).status, 200);
  assert.equal((await ask([key], `Bearer ${key.slice(0, -1)}j`)).status, 401);
});

for (const path of ["/health", "/live", "/ready"]) {
  test(`${path} needs no key`, async () => assert.equal((await ask(KEYS, undefined, path)).status, 200));
}

for (
  const path of ["/", "/health/", "/healthy", "/x/health", "/Health", "/metrics", "/classify", "/v1/models/health"]
) {
  test(`${path} needs a key`, async () => assert.equal((await ask(KEYS, undefined, path)).status, 401));
}

test("a browser's question beforehand needs no key: it cannot send one", async () => {
  assert.equal((await ask(KEYS, undefined, "/v1/chat/completions", "OPTIONS")).status, 200);
  assert.equal((await ask(KEYS, undefined, "/v1/chat/completions", "POST")).status, 401);
});

test("who asks is known by the name of the key, which shows nothing of the key", async () => {
  assert.equal((await ask([], "Bearer x")).client, "everyone");
  const [first, second] = await Promise.all(KEYS.map(async (key) => (await ask(KEYS, `Bearer ${key}`)).client));
  assert.match(first ?? "", /^key-[0-9a-f]{8}$/);
  assert.notEqual(first, second);
  assert.equal((await ask(["sk-second"], "Bearer sk-second")).client, second);
});

test("a list of keys that is empty lets nobody in", async () => {
  const app = new Hono<Notes>();
  app.use(createAuth({ keys: [], everyone: everyone(NO_LIMITS) }));
  app.onError((error) => new Response(null, { status: error instanceof RouterError ? error.status : 500 }));
  assert.equal((await app.request("http://router/v1/models", { headers: { authorization: "Bearer x" } })).status, 401);
});

/** Keys whose digests tell which of their bytes were looked at. */
async function watchedKeys(keys: string[]) {
  const seen = keys.map(() => new Set<number>());
  const known = (await plainKeys(keys, NO_LIMITS)).map(({ digest, client }, key) => ({
    client,
    digest: new Proxy(digest, {
      get(bytes, name) {
        if (typeof name === "string" && /^\d+$/.test(name)) seen[key]?.add(Number(name));
        return Reflect.get(bytes, name, bytes);
      },
    }),
  }));
  return { known, seen };
}

for (const guess of ["sk-first", "sk-second", "sk-nobody", "s", "k".repeat(5000)]) {
  test(`all bytes of all keys' digests are compared with "${guess.slice(0, 12)}": time tells nothing`, async () => {
    const { known, seen } = await watchedKeys(KEYS);
    const app = new Hono<Notes>();
    app.use(createAuth({ keys: known, everyone: everyone(NO_LIMITS) }));
    app.all("*", (context) => context.text("in"));
    app.onError(() => new Response(null, { status: 401 }));
    const { status } = await app.request("http://router/v1/models", { headers: { authorization: `Bearer ${guess}` } });
    assert.equal(status, KEYS.includes(guess) ? 200 : 401);
    assert.deepEqual(seen.map((bytes) => bytes.size), [32, 32]);
  });
}
