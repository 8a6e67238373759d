import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { default as addFormats } from "ajv-formats";
import { closure } from "../../scripts/packages.ts";
import { billOfMaterials, hashesIn } from "../../scripts/release/bom.ts";
import { TARGETS } from "../../scripts/release/targets.ts";

const root = fileURLToPath(new URL("../../", import.meta.url)).replace(/\/$/, "");
const text = billOfMaterials(TARGETS, root);
const bom = JSON.parse(text);
const manifest = JSON.parse(readFileSync(`${root}/package.json`, "utf8"));

test("the bill of materials is valid CycloneDX 1.6", () => {
  const schemas = `${root}/node_modules/@cyclonedx/cyclonedx-library/res/schema`;
  const read = (name: string) => JSON.parse(readFileSync(`${schemas}/${name}.SNAPSHOT.schema.json`, "utf8"));
  // Two formats that JSON Schema's draft 2019 added: what carries them is not written here.
  const ajv = new Ajv({ strict: false, formats: { "iri-reference": true, "idn-email": true } });
  for (const name of ["spdx", "jsf-0.82"]) {
    const { $id: _, ...schema } = read(name);
    ajv.addSchema(schema, `http://cyclonedx.org/schema/${name}.SNAPSHOT.schema.json`);
  }
  (addFormats as unknown as (ajv: Ajv) => void)(ajv);
  const valid = ajv.compile(read("bom-1.6"));
  const fits = valid(JSON.parse(text));
  assert.ok(fits, JSON.stringify(valid.errors?.slice(0, 5)));
  const wrong = structuredClone(bom);
  wrong.components[0].type = "cheese";
  assert.equal(valid(wrong), false);
});

test("it names every package that is shipped, with its version, terms and the lock file's hash", () => {
  const packages = closure(Object.keys(manifest.dependencies), root);
  for (const { name, version, license } of packages) {
    // deno-lint-ignore no-explicit-any -- what was parsed
    const found = bom.components.find((one: any) => one.name === name && one.version === version);
    assert.ok(found, `${name} ${version}`);
    assert.ok(JSON.stringify(found.licenses).includes(license), name);
    assert.match(found.hashes[0].content, /^[0-9a-f]{128}$/, name);
  }
  assert.ok(packages.length > 20);
});

test("it names the runtime of each kind of machine, and the model", () => {
  const refs = bom.components.map((one: Record<string, string>) => one["bom-ref"]);
  for (const { name } of TARGETS) assert.ok(refs.includes(`bun-${name}`), name);
  assert.ok(refs.includes("all-MiniLM-L6-v2"));
});

test("what depends on what is closed: every reference is a component's", () => {
  const refs = new Set(
    [bom.metadata.component, ...bom.components].map((one: Record<string, string>) => one["bom-ref"]),
  );
  assert.equal(refs.size, bom.components.length + 1);
  for (const { ref, dependsOn } of bom.dependencies) {
    for (const one of [ref, ...dependsOn]) assert.ok(refs.has(one), one);
  }
  assert.equal(
    bom.dependencies[0].dependsOn.length,
    Object.keys(manifest.dependencies).length + TARGETS.length + 1,
  );
});

test("the same sources give the same text", () => assert.equal(billOfMaterials(TARGETS, root), text));

test("the lock file's hashes are read, of packages under another name too", () => {
  const hashes = hashesIn(`{
    "packages": {
      "a": ["a@1.0.0", "", {}, "sha512-AA=="],
      "b": ["@s/b@npm:empty@2.0.0", "", { "os": [], }, "sha512-BB=="],
    },
  }`);
  assert.deepEqual([...hashes], [["a@1.0.0", "sha512-AA=="], ["empty@2.0.0", "sha512-BB=="]]);
});
