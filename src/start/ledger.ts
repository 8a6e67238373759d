import type { Config } from "../config.ts";
import { createHistory, type History } from "../history/history.ts";
import { createDecisionLog } from "../ledger/decisions.ts";
import { createEntries, type OpenEntry } from "../ledger/entry.ts";
import { createMetrics, type Metrics } from "../ledger/metrics.ts";
import { type Observe, toAll } from "../ledger/record.ts";
import { createRequestLog } from "../ledger/requestlog.ts";
import { createRing, type Ring } from "../ledger/ring.ts";
import { createSavings, type SavingsBook } from "../ledger/savings.ts";
import { dayOf } from "../limits/limits.ts";
import type { Meter } from "../limits/meter.ts";
import type { Log } from "../log.ts";
import type { Health } from "../providers/health.ts";
import type { Tier } from "../routing/route.ts";
import type { Host } from "../runtime/host.ts";
import { createExporter } from "../traces/exporter.ts";
import { createTracer, type Tracer } from "../traces/tracer.ts";
import { VERSION } from "../version.ts";

/** All that is told of requests that are over. */
export interface Ledger {
  open: OpenEntry;
  metrics: Metrics;
  savings: SavingsBook;
  /** The last requests, and a way to be told of the next ones. */
  ring: Ring;
  /** Undefined: nobody wants traces. */
  tracer: Tracer | undefined;
  /** Undefined: `HISTORY` is off. */
  history: History | undefined;
  /** Says where the number of waiting judgements is to be read. */
  watch(waiting: () => number): void;
  /** Writes what waits. */
  close(): Promise<void>;
}

interface LedgerParts {
  host: Host;
  config: Config;
  log: Log;
  health: Health;
  meter: Meter;
  now: () => number;
  /** Those that serve now. */
  tiers: () => readonly Tier[];
}

/** Records held for who looks on. */
const RING_SIZE = 1000;

export function createLedger({ host, config, log, health, meter, now, tiers }: LedgerParts): Ledger {
  let waiting = () => 0;
  const wallClock = () => Date.now();
  const priced = () => tiers().map(({ name, targets }) => ({ name, price: targets[0]?.price }));
  const requests = createRequestLog(log);
  const savings = createSavings(priced, wallClock);
  const ring = createRing(RING_SIZE);
  const decisions = config.DECISION_LOG === undefined ? undefined : createDecisionLog({
    files: host.files,
    path: `${config.DATA_DIR}/${config.DECISION_LOG}`,
    onTrouble: (error) => log.warning("Cannot write DECISION_LOG: records are lost", { error: String(error) }),
  });
  const history = config.HISTORY
    ? createHistory({
      open: () => host.openDatabase(`${config.DATA_DIR}/history.sqlite`),
      onTrouble: (error) => log.warning("Cannot keep the HISTORY: requests are lost", { error: String(error) }),
      wallClock: () => Date.now(),
      pause: () => new Promise((resolve) => setTimeout(resolve)),
      withText: config.HISTORY_TEXT,
    })
    : undefined;
  const metrics = createMetrics({
    version: VERSION,
    queueDepth: () => waiting(),
    breakers: () => breakersOf(tiers(), health),
    residentBytes: () => host.memory().resident,
    cpuSeconds: () => host.cpuSeconds(),
    started: Math.floor(wallClock() / 1000),
  });
  const spend: Observe = ({ client, at, totalMs, cost }) => {
    if (cost) void meter.spend(client, dayOf(at + totalMs), cost);
  };
  const observers = [requests, metrics.observe, savings.observe, ring.observe, spend];
  const tracer = tracerOf(host, config, log);
  if (tracer) observers.push(tracer.observe);
  if (decisions) observers.push(decisions.observe);
  if (history) observers.push(history.observe);
  const onTrouble = (error: unknown) => log.error("A record could not be kept", { error: String(error) });
  return {
    open: createEntries({ observe: toAll(observers, onTrouble), now, wallClock }),
    ...{ metrics, savings, ring, tracer, history },
    watch: (read) => void (waiting = read),
    close: async () => void await Promise.all([decisions?.close(), tracer?.close(), history?.close()]),
  };
}

function tracerOf(host: Host, config: Config, log: Log): Tracer | undefined {
  const { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint, OTEL_EXPORTER_OTLP_HEADERS: headers, OTEL_SERVICE_NAME: name } =
    config;
  if (endpoint === undefined) return undefined;
  const onTrouble = (why: string) => log.warning("Cannot send traces to the collector: spans are lost", { why });
  const service = { name, version: VERSION };
  const exporter = createExporter({ fetch: host.fetch, endpoint, headers, service, onTrouble });
  return createTracer(exporter, config.OTEL_INSTRUMENTATION_GENAI_CAPTURE_MESSAGE_CONTENT);
}

const BREAKER_STATES = { closed: 0, half_open: 1, open: 2 } as const;

function breakersOf(tiers: readonly Tier[], health: Health): [string, number][] {
  const names = new Set(tiers.flatMap(({ targets }) => targets.map(({ name }) => name)));
  return [...names].map((name) => [name, BREAKER_STATES[health.state(name)]]);
}
