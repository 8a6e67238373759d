import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { defaultOf, SETTING_NAMES } from "../src/config.ts";
import { providerNames } from "../src/providers/catalog.ts";
import { PROVIDER_FIELDS, TIER_FIELDS } from "../src/providers/settings.ts";
import { REASONS } from "../src/routing/reason.ts";

const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const prose = readme.replaceAll(/^```[^]*?^```$/gm, "");
const SOURCE = new URL("../src/", import.meta.url);
const sources = readdirSync(SOURCE, { recursive: true, encoding: "utf8" })
  .filter((name) => /\.tsx?$/.test(name))
  .map((name) => readFileSync(new URL(name.replaceAll("\\", "/"), SOURCE), "utf8"))
  .join("\n");

/** The words in backticks. */
const words = new Set([...prose.matchAll(/`([^`\n]+)`/g)].flatMap(([, word = ""]) => [word, ...word.split(/[ ,]+/)]));

/** The text below a heading, to the next one of its level or above. */
function section(title: string): string {
  const [, marks = "", text = ""] = new RegExp(`^(#+) ${title}\\n([^]*)`, "m").exec(prose) ?? [];
  return text.split(new RegExp(`^#{1,${marks.length}} `, "m"))[0] ?? "";
}

/** The names in the first column of a section's tables, with the second column. */
const rows = [...section("Settings").matchAll(/^\| `([A-Z_{}]+)` \| (.*?) \|/gm)];

test("the settings' table holds every setting that the program knows, once, and no other", () => {
  const listed = rows.map(([, name = ""]) => name);
  const tiers = TIER_FIELDS.map((field) => `{TIER}_${field}`);
  assert.deepEqual(listed.toSorted(), [...SETTING_NAMES, ...tiers].sort());
  for (const field of PROVIDER_FIELDS) assert.ok(section("Settings").includes(`\`{PROVIDER}_${field}\``), field);
});

test("the defaults in the settings' table are the program's", () => {
  // These hang on the machine or on other settings.
  const computed = new Map([["CLASSIFIER_WORKERS", "cores − 1"], ["TIMEOUT", "`120`"], ["DECISION_LOG", "`off`"]]);
  const shown = (value: unknown): string => {
    if (typeof value === "boolean") return value ? "`on`" : "`off`";
    if (value instanceof Map) return shown([...value].join(","));
    if (Array.isArray(value)) return shown(value.join(","));
    if (typeof value === "object") return shown(Object.keys(value ?? {}).join(","));
    return value === undefined || value === "" ? "none" : `\`${value}\``;
  };
  for (const [, name = "", value] of rows.filter(([, name = ""]) => !name.startsWith("{"))) {
    assert.equal(value, computed.get(name) ?? shown(defaultOf(name)), name);
  }
});

test("every path, header, reason, error code and provider of the program stands in the README", () => {
  const found = (pattern: RegExp) => [...new Set([...sources.matchAll(pattern)].map(([, name = ""]) => name))];
  const paths = found(/^ {2}route\(app, "([^"]+)"/gm).filter((path) => !path.startsWith("/dashboard/"));
  const headers = found(/"(x-virtusoul-[a-z-]*[a-z]|x-session-id|x-request-id|x-upstream-request-id|traceparent)"/g);
  const codes = found(/RouterError\(\d+, "([a-z_]+)"/g).concat(found(/"(upstream_(?!error)[a-z]+)"/g));
  const limits = ["rate_limited", "budget_exhausted", "missing_capability"];
  assert.ok(paths.length > 10 && headers.length > 8 && codes.length > 15);
  const named = [...headers, ...codes, ...limits, ...Object.keys(REASONS), ...providerNames];
  for (const word of named) assert.ok(words.has(word), `the README does not name "${word}"`);
  const endpoints = section("Endpoints");
  for (const path of paths) assert.ok(endpoints.includes(` ${path.replace(/:id.*/, "{id}")}\``), path);
});

test("what the table of contents names is there, in this order", () => {
  const [, contents = ""] = /\*\*Contents\*\*\n([^]*?)\n## /.exec(readme) ?? [];
  const linked = [...contents.matchAll(/\[([^\]]+)\]\(#([^)]+)\)/g)].map(([, title = "", anchor = ""]) => [
    title,
    anchor,
  ]);
  const headings = [...prose.matchAll(/^## (.+)$/gm)].map(([, title = ""]) => [title, anchorOf(title)]);
  assert.deepEqual(linked, headings);
});

test("links within the README and to files lead somewhere", () => {
  const anchors = new Set([...prose.matchAll(/^#+ (.+)$/gm)].map(([, title = ""]) => anchorOf(title)));
  for (const [, target = ""] of prose.matchAll(/\]\(([^)]+)\)/g)) {
    if (target.startsWith("#")) assert.ok(anchors.has(target.slice(1)), target);
    else if (!target.includes(":")) readFileSync(new URL(`../${target}`, import.meta.url));
  }
});

/** As GitHub makes it. */
function anchorOf(title: string): string {
  return title.toLowerCase().replaceAll(/[^a-z0-9 -]/g, "").replaceAll(" ", "-");
}
