import assert from "node:assert/strict";
import { test } from "node:test";
import { accountHeaders } from "../../src/http/reply.ts";

const account = { flagged: false, confidence: 1, latency_ms: 1, reason: "direct", attempts: [], tier: "simple" };

for (const evil of ["a\r\nx-evil: 1", "a\nb", "a\0b", "größe", "🙂", "\ud800", "100%", "a\x7fb"]) {
  test(`${JSON.stringify(evil)} in a name or a field makes no other header`, () => {
    const headers = accountHeaders({ ...account, tier: evil, routed_to: evil }, ["seed", evil]);
    for (const value of Object.values(headers)) assert.match(value, /^[\x20-\x7e]*$/);
    const decoded = decodeURIComponent(headers["x-virtusoul-model"] ?? "");
    assert.equal(decoded, evil.isWellFormed() ? evil : "\ufffd");
    assert.ok(new Headers(headers).get("x-virtusoul-dropped")?.startsWith("seed,"));
  });
}
