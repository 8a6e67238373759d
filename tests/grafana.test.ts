import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { createMetrics } from "../src/ledger/metrics.ts";
import { recordOf } from "./support/record.ts";

interface Panel {
  id: number;
  title: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets: { refId: string; expr: string; legendFormat: string }[];
}

const { panels }: { panels: Panel[] } = JSON.parse(
  readFileSync(new URL("../.github/grafana.json", import.meta.url), "utf8"),
);

/** Every series that the router gives: name → labels. */
async function seriesGiven(): Promise<Map<string, Set<string>>> {
  const metrics = createMetrics({
    ...{ version: "1", queueDepth: () => 0, breakers: () => [["custom/l", 0]] as const, residentBytes: () => 1 },
    ...{ cpuSeconds: () => 1, started: 1 },
  });
  metrics.observe(recordOf());
  metrics.observe(recordOf({ cost: undefined }));
  metrics.judged("static");
  const series = new Map<string, Set<string>>();
  for (const line of (await metrics.text()).split("\n")) {
    const [, name, labels = ""] = /^(\w+)(?:\{(.*)\})? \S+$/.exec(line) ?? [];
    if (name === undefined) continue;
    series.set(name, new Set([...labels.matchAll(/(\w+)="/g)].map(([, label = ""]) => label)));
  }
  return series;
}

const queries = panels.flatMap(({ title, targets }) => targets.map((target) => ({ title, ...target })));
const namesIn = (expr: string) => expr.match(/\bvirtusoul_\w+/g) ?? [];

for (const { title, refId, expr, legendFormat } of queries) {
  test(`Grafana asks only for what /metrics gives: ${title}, ${refId}`, async () => {
    const series = await seriesGiven();
    const names = namesIn(expr);
    assert.ok(names.length > 0, expr);
    const known = new Set(["instance"]);
    for (const name of names) {
      const labels = series.get(name);
      assert.ok(labels, `${name} is not given`);
      for (const label of labels) known.add(label);
    }
    const grouped = [...expr.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(/, */));
    const matched = [...expr.matchAll(/\{([^}]*)\}/g)].flatMap(([, list = ""]) => list.match(/\w+(?=[=!]~?")/g) ?? []);
    const shown = [...legendFormat.matchAll(/\{\{(\w+)\}\}/g)].map(([, label = ""]) => label);
    for (const label of [...grouped, ...matched, ...shown]) assert.ok(known.has(label), `"${label}" in ${expr}`);
    // What is shown was not summed away.
    for (const label of shown) assert.ok(label === "instance" || grouped.includes(label), `"${label}" in ${expr}`);
    assert.equal(expr.match(/[([{]/g)?.length, expr.match(/[)\]}]/g)?.length, expr);
    // Counters are only told by how they grow.
    for (const counter of names.filter((name) => /_(total|bucket)$/.test(name))) {
      assert.match(expr, new RegExp(`(rate|increase)\\(${counter}(\\{[^}]*\\})?\\[`), expr);
    }
  });
}

test("each figure of the router is on the dashboard", async () => {
  const asked = new Set(queries.flatMap(({ expr }) => namesIn(expr)));
  const figures = [...(await seriesGiven()).keys()].filter((name) => !/_(sum|count)$/.test(name));
  assert.deepEqual(figures.filter((name) => !asked.has(name)), []);
});

test("the panels lie beside and below each other, not on one another", () => {
  assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length);
  const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) => {
    assert.ok(x + w <= 24);
    return Array.from({ length: w * h }, (_, at) => `${x + at % w} ${y + Math.floor(at / w)}`);
  });
  assert.equal(new Set(cells).size, cells.length);
});
