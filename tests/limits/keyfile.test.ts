import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { SettingsError } from "../../src/errors.ts";
import { digestOf } from "../../src/limits/client.ts";
import { createKeyFile, namedKeys } from "../../src/limits/keyfile.ts";
import { files } from "../../src/runtime/files.ts";

let folder = "";
before(() => void (folder = mkdtempSync(join(tmpdir(), "keys-"))));
after(() => rmSync(folder, { recursive: true }));

const NOW = new Date("2026-11-25T10:00:00Z");
const NONE = { limitRpm: undefined, budgetUsdDay: undefined };

test("a key is given once, and its file holds the hash alone, for its owner's eyes", async () => {
  const file = createKeyFile(files, folder, "one.json");
  assert.equal(await file.read(), undefined);
  const key = await file.add("ann@example.org", { limit_rpm: 5, budget_usd_day: 0.5 }, NOW);
  assert.match(key ?? "", /^vs-[\w-]{43}$/);
  assert.equal(await file.add("ann@example.org", {}, NOW), undefined);
  const other = await file.add("bob", {}, NOW);
  assert.notEqual(key, other);
  const text = readFileSync(join(folder, "one.json"), "utf8");
  assert.ok(!text.includes(key ?? "") && !text.includes((key ?? "").slice(3)));
  assert.equal(statSync(join(folder, "one.json")).mode & 0o777, 0o600);
  const [ann, bob] = namedKeys(await file.read() ?? [], { limitRpm: 60, budgetUsdDay: 9 });
  assert.deepEqual(ann?.digest, await digestOf(key ?? ""));
  assert.deepEqual(ann?.client, { name: "ann@example.org", limitRpm: 5, budgetUsdDay: 0.5 });
  assert.deepEqual(bob?.client, { name: "bob", limitRpm: 60, budgetUsdDay: 9 });
  assert.equal(await file.remove("ann@example.org"), true);
  assert.equal(await file.remove("ann@example.org"), false);
  assert.deepEqual(namedKeys(await file.read() ?? [], NONE).map(({ client }) => client.name), ["bob"]);
  await file.remove("bob");
  assert.deepEqual(await file.read(), [], "an empty file is not the same as none");
});

test("a name with a folder is a path of its own", () => {
  assert.equal(createKeyFile(files, "data", "keys.json").path, "data/keys.json");
  assert.equal(createKeyFile(files, "data", "/etc/keys.json").path, "/etc/keys.json");
});

for (
  const [text, why] of [
    ["{", /not valid JSON/],
    ["{}", /keys/],
    ['{"keys": [{"name": "a", "hash": "sha256:12", "created": ""}]}', /keys\.0\.hash/],
    [`{"keys": [{"name": "a b", "hash": "sha256:${"0".repeat(64)}", "created": ""}]}`, /keys\.0\.name/],
    [`{"keys": [{"name": "a", "hash": "sha256:${"0".repeat(64)}", "created": "", "limit": 5}]}`, /limit/],
  ] as const
) {
  test(`the damaged file ${text.slice(0, 60)} is refused with its path and why`, async () => {
    writeFileSync(join(folder, "damaged.json"), text);
    const error: unknown = await createKeyFile(files, folder, "damaged.json").read().catch((cause) => cause);
    assert.ok(error instanceof SettingsError);
    assert.equal(error.complaints[0]?.variable, "KEYS_FILE");
    assert.match(error.message, /damaged\.json/);
    assert.match(error.message, why);
  });
}
