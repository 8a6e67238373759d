import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { mergeEnvironment, readConfig, SETTING_NAMES } from "../src/config.ts";
import { providerNames, providerOf } from "../src/providers/catalog.ts";
import { TIER_FIELDS, variablePrefix } from "../src/providers/settings.ts";
import { DEFAULT_TIERS } from "../src/routing/settings.ts";

const SOURCE = new URL("../src/", import.meta.url);
const text = readFileSync(new URL("../.env.example", import.meta.url), "utf8");

/** Lines that set something once their "#" is taken away. */
const assignments = [...text.matchAll(/^# ([A-Z][A-Z0-9_]*)=(.*)$/gm)].map(([, name = "", rest = ""]) => ({
  name,
  rest,
}));
const names = assignments.map(({ name }) => name);
/** The file as it is when every "#" before an assignment is taken away. */
const uncommented = text.replace(/^# (?=[A-Z][A-Z0-9_]*=)/gm, "");

/** Every variable that a part's settings.ts has a schema for. */
async function schemaNames(): Promise<string[]> {
  const files = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => /(^|\/)settings\.ts$/.test(name));
  const modules: Record<string, unknown>[] = await Promise.all(files.map((name) => import(new URL(name, SOURCE).href)));
  const tables = modules.flatMap((exports) => Object.values(exports));
  return tables.flatMap((table) =>
    Object.entries(typeof table === "object" && table !== null ? table : {})
      .filter(([name, schema]) => /^[A-Z][A-Z0-9_]*$/.test(name) && typeof schema?.safeParse === "function")
      .map(([name]) => name)
  );
}

const tierVariables = DEFAULT_TIERS.flatMap((tier) => TIER_FIELDS.map((field) => `${variablePrefix(tier)}_${field}`));
const providerVariables = providerNames.flatMap((name) =>
  ["API_KEY", "BASE_URL"].map((field) => `${variablePrefix(name)}_${field}`)
);

test("every part's settings are read: none has a settings.ts that config.ts forgot", async () => {
  assert.deepEqual((await schemaNames()).sort(), [...SETTING_NAMES].sort());
});

test("every setting stands in .env.example, once", () => {
  for (const name of SETTING_NAMES) {
    assert.equal(names.filter((other) => other === name).length, 1, name);
  }
});

test("every field of a tier is shown with one tier at least", () => {
  for (const field of TIER_FIELDS) {
    assert.ok(DEFAULT_TIERS.some((tier) => names.includes(`${variablePrefix(tier)}_${field}`)), field);
  }
});

test("every provider is named, its key where it needs one, its address where only the owner knows it", () => {
  const [, listed = ""] = /^# Providers: (.+)$/m.exec(text) ?? [];
  assert.deepEqual(listed.split(" ").sort(), [...providerNames].sort());
  for (const name of providerNames) {
    const { needsKey, baseUrl } = providerOf(name) ?? {};
    if (needsKey) assert.ok(names.includes(`${variablePrefix(name)}_API_KEY`), name);
    if (!baseUrl && name !== "echo") assert.ok(names.includes(`${variablePrefix(name)}_BASE_URL`), name);
  }
});

test("what stands in .env.example is read by the router", () => {
  const known = new Set([...SETTING_NAMES, ...tierVariables, ...providerVariables]);
  assert.deepEqual(names.filter((name) => !known.has(name)), []);
  assert.equal(new Set(names).size, names.length, "a variable stands there twice");
});

test("every setting is explained, or says all by its name", () => {
  const bare = assignments.filter(({ name, rest }) => !rest.includes("#") && SETTING_NAMES.includes(name));
  assert.deepEqual(bare.map(({ name }) => name), ["PORT"]);
});

test("as it stands it sets nothing", () => assert.deepEqual(mergeEnvironment({}, text), {}));

test("with every '#' taken away it is a valid .env, and its settings are the defaults", () => {
  const environment = mergeEnvironment({}, uncommented);
  const keys = Object.fromEntries(
    providerNames.filter((name) => providerOf(name)?.needsKey).map((name) => [`${variablePrefix(name)}_API_KEY`, "k"]),
  );
  const { tiers, ...config } = readConfig({ ...environment, ...keys });
  const { tiers: _, ...defaults } = readConfig({});
  // Unset, TIMEOUT leaves room for a provider's own limit.
  assert.deepEqual(config, { ...defaults, TIMEOUT: 120 });
  assert.ok(tiers.every(({ targets }) => targets.length === 1));
});
