import assert from "node:assert/strict";
import { test } from "node:test";
import { ledgerSettings } from "../../src/ledger/settings.ts";

const { DECISION_LOG } = ledgerSettings;

for (
  const [given, name] of [
    [undefined, undefined],
    ["off", undefined],
    ["OFF", undefined],
    ["decisions.jsonl", "decisions.jsonl"],
    [" log-2.txt ", "log-2.txt"],
  ] as const
) {
  test(`DECISION_LOG ${JSON.stringify(given)} is ${name ?? "off"}`, () =>
    assert.equal(DECISION_LOG.parse(given), name));
}

for (const given of ["../x", "a/b", "/tmp/x", ".hidden", "a\\b", "a b", "x".repeat(101), "..", ""]) {
  test(`DECISION_LOG ${JSON.stringify(given.slice(0, 20))} is refused: it is no file's name`, () => {
    const { error } = DECISION_LOG.safeParse(given);
    assert.match(error?.issues[0]?.message ?? "", /a file's name without a folder/);
  });
}
