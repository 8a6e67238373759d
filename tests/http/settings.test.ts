import assert from "node:assert/strict";
import { test } from "node:test";
import { z } from "zod";
import { httpSettings } from "../../src/http/settings.ts";

const settings = z.object(httpSettings);

for (
  const [name, value, expected] of [
    ["HOST", "127.0.0.1", "127.0.0.1"],
    ["PORT", "0", 0],
    ["PORT", "65535", 65_535],
    ["API_KEY", " a , b ,", ["a", "b"]],
    ["CORS_ORIGIN", "https://a.example,*", ["https://a.example", "*"]],
    ["MAX_BODY_MB", "0.5", 0.5],
    ["DRAIN_SECONDS", "0", 0],
    ["LOG_LEVEL", "warning", "WARNING"],
  ] as const
) {
  test(`${name}=${value} is read`, () => {
    assert.deepEqual(settings.parse({ [name]: value })[name], expected);
  });
}

for (
  const [name, value, why] of [
    ["PORT", "65536", /a whole number from 0 to 65535/],
    ["PORT", "-1", /a whole number/],
    ["PORT", "80.5", /a whole number/],
    ["PORT", "http", /a whole number/],
    ["MAX_BODY_MB", "0", /from 0\.001/],
    ["MAX_BODY_MB", "1001", /to 1000/],
    ["DRAIN_SECONDS", "-1", /from 0/],
    ["LOG_LEVEL", "TRACE", /DEBUG, INFO, WARNING, ERROR/],
  ] as const
) {
  test(`${name}=${value} is refused`, () => {
    const issues = settings.safeParse({ [name]: value }).error?.issues ?? [];
    assert.deepEqual(issues.map(({ path }) => path[0]), [name]);
    assert.match(issues[0]?.message ?? "", why);
  });
}
