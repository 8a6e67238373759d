import assert from "node:assert/strict";
import { test } from "node:test";
import { createExporter } from "../../src/traces/exporter.ts";
import type { Span } from "../../src/traces/spans.ts";
import { json, startUpstream } from "../support/upstream.ts";
import { until } from "../support/until.ts";

const span = (name: string): Span => ({
  ...{ traceId: "0".repeat(32), spanId: "0".repeat(16), name, kind: 1, attributes: [], status: {} },
  ...{ startTimeUnixNano: "1", endTimeUnixNano: "2" },
});
const spans = (count: number) => Array.from({ length: count }, (_, nth) => span(String(nth)));

function exporterTo(endpoint: string) {
  const said: string[] = [];
  const service = { name: "mine", version: "1" };
  const exporter = createExporter({
    ...{ fetch, endpoint, headers: {}, service, flushMs: 20 },
    onTrouble: (why) => void said.push(why),
  });
  return { exporter, said };
}

test("spans go in batches, each once, and the rest when it closes", async () => {
  const collector = await startUpstream(json({}));
  const { exporter } = exporterTo(collector.url);
  exporter.add(spans(1200));
  const sizes = () => collector.received.map(({ body }) => body.resourceSpans[0].scopeSpans[0].spans.length);
  await until(() => sizes().length === 3);
  assert.deepEqual(sizes(), [512, 512, 176]);
  exporter.add(spans(2));
  await exporter.close();
  assert.equal(sizes().at(-1), 2);
  const [attribute] = collector.received[0]?.body.resourceSpans[0].resource.attributes;
  assert.deepEqual(attribute, { key: "service.name", value: { stringValue: "mine" } });
  await collector.close();
});

test("what waits is bounded, trouble is told once, and a collector that is back gets what comes then", async () => {
  const collector = await startUpstream(json({}, 500));
  const { exporter, said } = exporterTo(collector.url);
  for (let nth = 0; nth < 50; nth++) exporter.add(spans(200));
  await until(() => collector.received.length >= 8);
  await new Promise((go) => setTimeout(go, 100));
  const sent = collector.received.flatMap(({ body }) => body.resourceSpans[0].scopeSpans[0].spans).length;
  assert.ok(sent <= 4096 && sent > 3800, `${sent} were sent`);
  assert.deepEqual(said, ["it answered 500"]);
  collector.answer(json({}));
  exporter.add(spans(1));
  await exporter.close();
  assert.equal(said.length, 1);
  await collector.close();
});
