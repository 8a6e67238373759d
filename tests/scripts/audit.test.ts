import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { findingsIn, lockComplaints } from "../../scripts/release/audit.ts";

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), "utf8");
const advisory = (severity: string) => [{ severity, title: "a hole", url: "https://advisory" }];

for (
  const [name, severity, bad] of [
    ["hono", "low", true],
    ["hono", "critical", true],
    ["a-tool", "low", false],
    ["a-tool", "moderate", false],
    ["a-tool", "high", true],
    ["a-tool", "critical", true],
  ] as const
) {
  test(`a weakness (${severity}) of ${name} ${bad ? "fails" : "passes"}`, () => {
    const findings = findingsIn({ [name]: advisory(severity) }, new Set(["hono"]));
    assert.equal(findings.length, bad ? 1 : 0);
    if (bad) assert.ok(findings[0]?.includes(name) && findings[0].includes("a hole"));
  });
}

test("without weaknesses there is nothing to find", () => assert.deepEqual(findingsIn({}, new Set()), []));

test("the project's own lock file has a hash for all, exact versions, and no scripts", () => {
  assert.deepEqual(lockComplaints(JSON.parse(read("package.json")), read("bun.lock")), []);
});

test("a loose version, a script and a package without a hash are complained about", () => {
  const lock = '{"packages": {"a": ["a@1.0.0", "", {}, "sha512-AA=="], "b": ["b@github:x/b", {}, "b"],}}';
  const complaints = lockComplaints({ dependencies: { a: "^1.0.0" }, trustedDependencies: ["b"] }, lock);
  assert.deepEqual(complaints.map((one) => one.slice(0, 2)), ["a:", "b ", "b@"]);
});
