import { Counter, Gauge, Histogram, Registry } from "prom-client";
import type { Observe, Tokens } from "./record.ts";

export interface Metrics {
  observe: Observe;
  /** A judgement was made; `how` is a word of a closed set. */
  judged(how: string): void;
  /** Prometheus' text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** What is asked when the page is, not counted as it happens. */
export interface Readings {
  version: string;
  /** Jobs that wait for the deep stage. */
  queueDepth: () => number;
  /** `provider/model` → its breaker: 0 closed, 1 half open, 2 open. */
  breakers: () => Iterable<readonly [target: string, state: number]>;
  residentBytes: () => number;
  /** Processor time that the process has taken. */
  cpuSeconds: () => number;
  /** When it started, seconds since 1970. */
  started: number;
}

/** From a millisecond of routing to minutes of thinking, seconds. */
const ROUTING = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1];
const UPSTREAM = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300];

/** Counts requests. Labels come from the settings and closed sets alone: clients cannot make series. */
export function createMetrics(readings: Readings): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const counter = <T extends string>(name: string, help: string, labelNames: T[]) =>
    new Counter({ name: `virtusoul_${name}`, help, labelNames, registers });
  const histogram = <T extends string>(name: string, help: string, labelNames: T[], buckets: number[]) =>
    new Histogram({ name: `virtusoul_${name}`, help, labelNames, buckets, registers });
  const gauge = <T extends string>(name: string, help: string, labelNames: T[], read: (gauge: Gauge<T>) => void) =>
    new Gauge({
      ...{ name: `virtusoul_${name}`, help, labelNames, registers },
      collect() {
        read(this);
      },
    });

  const requests = counter("requests_total", "Chat requests that are over", ["tier", "model", "status", "reason"]);
  const routing = histogram("routing_seconds", "What routing took", ["tier"], ROUTING);
  const first = histogram("first_byte_seconds", "Until a reply's first byte was there", ["tier", "model"], UPSTREAM);
  const duration = histogram("request_seconds", "Until a reply's last byte was there", ["tier", "model"], UPSTREAM);
  const calls = counter("attempts_total", "Calls of upstreams", ["model", "outcome"]);
  const tokens = counter("tokens_total", "Tokens of replies; input includes cached and written, output reasoning", [
    "model",
    "kind",
  ]);
  const cost = counter("cost_dollars_total", "What replies cost, US dollars, where it is known", ["tier", "model"]);
  const uncosted = counter("uncosted_total", "Replies whose tokens or price are not known", ["model"]);
  const judgements = counter("judgements_total", "Judgements by how they came about: cached, deadline, …", ["how"]);

  gauge("classifier_queue_depth", "Judgements that wait for the deep stage", [], (it) => it.set(readings.queueDepth()));
  gauge("breaker_state", "0 closed, 1 half open, 2 open", ["model"], (it) => {
    it.reset();
    for (const [model, state] of readings.breakers()) it.set({ model }, state);
  });
  gauge("process_resident_memory_bytes", "Resident memory", [], (it) => it.set(readings.residentBytes()));
  gauge("process_start_time_seconds", "When it started, since 1970", [], (it) => it.set(readings.started));
  gauge("build_info", "Always 1", ["version"], (it) => it.set({ version: readings.version }, 1));
  let cpu = 0;
  new Counter({
    ...{ name: "virtusoul_process_cpu_seconds_total", help: "Processor time taken", registers },
    collect() {
      const taken = readings.cpuSeconds();
      this.inc(Math.max(0, taken - cpu));
      cpu = Math.max(cpu, taken);
    },
  });

  // Counted in sums and handed over when the page is asked for: a counter finds its series by all labels, each time.
  const sums = new Map<string, Sums>();
  const handOver = () => {
    for (const { labels, ...counted } of sums.values()) {
      const { tier, model } = labels;
      requests.inc(labels, counted.requests);
      for (const [kind, count] of counted.tokens) tokens.inc({ model, kind }, count);
      if (counted.cost !== undefined) cost.inc({ tier, model }, counted.cost);
      if (counted.uncosted > 0) uncosted.inc({ model }, counted.uncosted);
    }
    sums.clear();
  };

  return {
    contentType: registry.contentType,
    text() {
      handOver();
      return registry.metrics();
    },
    judged: (how) => judgements.inc({ how }),
    observe(record) {
      const { tier, target: model, reason } = record;
      const labels = { tier, model, status: String(record.status), reason };
      const key = Object.values(labels).join("\n");
      const sum = sums.get(key) ?? { labels, requests: 0, tokens: new Map(), cost: undefined, uncosted: 0 };
      sums.set(key, sum);
      sum.requests++;
      if (record.tokens) add(sum.tokens, record.tokens);
      if (record.cost !== undefined) sum.cost = (sum.cost ?? 0) + record.cost;
      else if (record.firstByteMs !== undefined) sum.uncosted++;
      if (record.grounds) routing.observe({ tier }, record.routingMs / 1000);
      if (record.firstByteMs !== undefined) first.observe({ tier, model }, record.firstByteMs / 1000);
      duration.observe({ tier, model }, record.totalMs / 1000);
      for (const { target, status, error } of record.attempts) {
        calls.inc({ model: target, outcome: error ?? String(status) });
      }
    },
  };
}

/** What requests with the same labels came to since the page was last asked for. */
interface Sums {
  labels: Record<"tier" | "model" | "status" | "reason", string>;
  requests: number;
  tokens: Map<string, number>;
  /** Undefined: of none of them it is known. */
  cost: number | undefined;
  uncosted: number;
}

function add(sums: Map<string, number>, tokens: Tokens): void {
  for (const [kind, count] of Object.entries(tokens)) sums.set(kind, (sums.get(kind) ?? 0) + count);
}
