import assert from "node:assert/strict";
import { test } from "node:test";
import { createMetrics } from "../../src/ledger/metrics.ts";
import { recordOf } from "../support/record.ts";

function setUp() {
  const readings = { queue: 0, cpu: 0.5, breakers: [["custom/l", 0]] as [string, number][] };
  const metrics = createMetrics({
    version: "1.2.3",
    queueDepth: () => readings.queue,
    breakers: () => readings.breakers,
    residentBytes: () => 123,
    cpuSeconds: () => readings.cpu,
    started: 1_764_000_000,
  });
  const valueOf = async (series: string) => {
    const line = (await metrics.text()).split("\n").find((one) => one.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length));
  };
  return { metrics, readings, valueOf };
}

test("requests are counted by tier, model, status and reason", async () => {
  const { metrics, valueOf } = setUp();
  metrics.observe(recordOf());
  metrics.observe(recordOf());
  metrics.observe(recordOf({ status: 499, error: "client_left" }));
  const series = (status: number) =>
    `virtusoul_requests_total{tier="low",model="custom/l",status="${status}",reason="static"}`;
  assert.equal(await valueOf(series(200)), 2);
  assert.equal(await valueOf(series(499)), 1);
});

test("times are histograms in seconds, and what did not happen is not in them", async () => {
  const { metrics, valueOf } = setUp();
  metrics.observe(recordOf({ routingMs: 3, firstByteMs: 700, totalMs: 8000 }));
  metrics.observe(recordOf({ tier: "none", target: "none", grounds: undefined, firstByteMs: undefined, totalMs: 1 }));
  assert.equal(await valueOf('virtusoul_routing_seconds_sum{tier="low"}'), 0.003);
  assert.equal(await valueOf('virtusoul_routing_seconds_bucket{le="0.0025",tier="low"}'), 0);
  assert.equal(await valueOf('virtusoul_routing_seconds_bucket{le="0.005",tier="low"}'), 1);
  assert.equal(await valueOf('virtusoul_routing_seconds_count{tier="none"}'), undefined);
  assert.equal(await valueOf('virtusoul_first_byte_seconds_sum{tier="low",model="custom/l"}'), 0.7);
  assert.equal(await valueOf('virtusoul_first_byte_seconds_count{tier="none",model="none"}'), undefined);
  assert.equal(await valueOf('virtusoul_request_seconds_bucket{le="10",tier="low",model="custom/l"}'), 1);
  assert.equal(await valueOf('virtusoul_request_seconds_count{tier="none",model="none"}'), 1);
});

test("tokens are counted by kind, cost where it is known, and replies without one apart", async () => {
  const { metrics, valueOf } = setUp();
  metrics.observe(recordOf({ tokens: { input: 100, output: 10, cached: 60, written: 5, reasoning: 4 }, cost: 0.25 }));
  metrics.observe(recordOf({ tokens: undefined, cost: undefined }));
  metrics.observe(recordOf({ tokens: undefined, cost: undefined, firstByteMs: undefined, status: 503 }));
  const kinds = { input: 100, output: 10, cached: 60, written: 5, reasoning: 4 };
  for (const [kind, count] of Object.entries(kinds)) {
    assert.equal(await valueOf(`virtusoul_tokens_total{model="custom/l",kind="${kind}"}`), count);
  }
  assert.equal(await valueOf('virtusoul_cost_dollars_total{tier="low",model="custom/l"}'), 0.25);
  assert.equal(await valueOf('virtusoul_uncosted_total{model="custom/l"}'), 1);
});

test("calls of upstreams are counted by what came of them, fallbacks and retries too", async () => {
  const { metrics, valueOf } = setUp();
  metrics.observe(recordOf({
    attempts: [
      { target: "custom/l", status: 429, ms: 1 },
      { target: "custom/l", error: "upstream_timeout", ms: 1 },
      { target: "custom/m", status: 200, ms: 1 },
    ],
  }));
  const calls = (model: string, outcome: string) =>
    valueOf(`virtusoul_attempts_total{model="${model}",outcome="${outcome}"}`);
  assert.equal(await calls("custom/l", "429"), 1);
  assert.equal(await calls("custom/l", "upstream_timeout"), 1);
  assert.equal(await calls("custom/m", "200"), 1);
});

test("judgements are counted by how they came about", async () => {
  const { metrics, valueOf } = setUp();
  for (const how of ["cached", "cached", "deadline", "static"]) metrics.judged(how);
  assert.equal(await valueOf('virtusoul_judgements_total{how="cached"}'), 2);
  assert.equal(await valueOf('virtusoul_judgements_total{how="deadline"}'), 1);
});

test("what is read is read when the page is asked for; breakers of targets that are no more are gone", async () => {
  const { readings, valueOf } = setUp();
  readings.queue = 7;
  assert.equal(await valueOf("virtusoul_classifier_queue_depth"), 7);
  assert.equal(await valueOf('virtusoul_breaker_state{model="custom/l"}'), 0);
  readings.breakers = [["custom/m", 2]];
  assert.equal(await valueOf('virtusoul_breaker_state{model="custom/m"}'), 2);
  assert.equal(await valueOf('virtusoul_breaker_state{model="custom/l"}'), undefined);
});

test("process figures: memory, start and a processor time that only grows", async () => {
  const { readings, valueOf } = setUp();
  assert.equal(await valueOf("virtusoul_process_resident_memory_bytes"), 123);
  assert.equal(await valueOf("virtusoul_process_start_time_seconds"), 1_764_000_000);
  assert.equal(await valueOf('virtusoul_build_info{version="1.2.3"}'), 1);
  const seen = [];
  for (const cpu of [0.5, 2, 1.5, 3]) {
    readings.cpu = cpu;
    seen.push(await valueOf("virtusoul_process_cpu_seconds_total"));
  }
  assert.deepEqual(seen, [0.5, 2, 2, 3]);
});

test("everything has a name of ours, a help and a type, in Prometheus' text format", async () => {
  const { metrics } = setUp();
  metrics.observe(recordOf());
  metrics.judged("static");
  assert.match(metrics.contentType, /^text\/plain; version=0\.0\.4/);
  const text = await metrics.text();
  assert.ok(text.endsWith("\n"));
  for (const line of text.split("\n").filter((one) => one !== "")) {
    assert.match(
      line,
      /^# (HELP virtusoul_\w+ \S.*|TYPE virtusoul_\w+ (counter|gauge|histogram))$|^virtusoul_\w+(\{(\w+="[^"]*",?)+\})? \S+$/,
    );
  }
});

test("two books of figures do not share any", async () => {
  const [one, two] = [setUp(), setUp()];
  one.metrics.observe(recordOf());
  assert.ok(!(await two.metrics.text()).includes('tier="low"'));
});
