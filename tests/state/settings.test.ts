import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { stateSettings } from "../../src/state/settings.ts";

const read = (STATE_URL: string | undefined) => z.object(stateSettings).safeParse({ STATE_URL });
const PLAIN = { username: undefined, password: undefined, db: 0, tls: false };

for (
  const [value, expected] of [
    ["redis://cache", { ...PLAIN, host: "cache", port: 6379 }],
    ["redis://cache:1234/", { ...PLAIN, host: "cache", port: 1234 }],
    ["redis://[::1]:1234/7", { ...PLAIN, host: "::1", port: 1234, db: 7 }],
    ["rediss://:p%40ss@cache/2", { ...PLAIN, host: "cache", port: 6379, password: "p@ss", db: 2, tls: true }],
    ["redis://ann:x@cache", { ...PLAIN, host: "cache", port: 6379, username: "ann", password: "x" }],
    [undefined, undefined],
  ] as const
) {
  test(`STATE_URL=${value} is read`, () => assert.deepEqual(read(value).data?.STATE_URL, expected));
}

for (
  const value of [
    "cache",
    "http://cache",
    "redis://",
    "redis://cache/x",
    "redis://cache?db=1",
    "redis://%zz@c",
    "memory",
  ]
) {
  test(`STATE_URL=${value} is refused`, () => {
    assert.match(read(value).error?.issues[0]?.message ?? "", /redis:\/\/\[user:password@\]host/);
  });
}
