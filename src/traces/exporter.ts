import type { Span } from "./spans.ts";

/** Sends spans to a collector, away from the requests' path. */
export interface Exporter {
  add(spans: readonly Span[]): void;
  /** Sends what waits. */
  close(): Promise<void>;
}

interface ExporterParts {
  fetch: typeof fetch;
  /** The base address; `/v1/traces` is added. */
  endpoint: string;
  headers: Readonly<Record<string, string>>;
  service: { name: string; version: string };
  /** Told once for each spell of trouble. */
  onTrouble: (why: string) => void;
  flushMs?: number;
}

/** What may wait: past it, a collector that does not answer loses spans instead of our memory. */
const MOST_WAITING = 4096;
const BATCH = 512;
const PATIENCE_MS = 10_000;

/**
 * OTLP over HTTP, in JSON: one POST a batch. OpenTelemetry's own SDK keeps its state in globals and brings half a dozen
 * packages for the same POST.
 */
export function createExporter(parts: ExporterParts): Exporter {
  const { fetch, endpoint, headers, service, onTrouble, flushMs = 1000 } = parts;
  const url = new URL("v1/traces", endpoint.endsWith("/") ? endpoint : `${endpoint}/`).href;
  let waiting: Span[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  let troubled = false;
  let sending = Promise.resolve();
  const send = async (spans: readonly Span[]) => {
    try {
      const response = await fetch(url, {
        method: "POST",
        headers: { "content-type": "application/json", ...headers },
        body: JSON.stringify(bodyOf(spans, service)),
        redirect: "manual",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      await response.body?.cancel();
      if (!response.ok) throw new Error(`it answered ${response.status}`);
      troubled = false;
    } catch (error) {
      if (!troubled) onTrouble(error instanceof Error ? error.message : String(error));
      troubled = true;
    }
  };
  const drain = async () => {
    while (waiting.length > 0) await send(waiting.splice(0, BATCH));
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    return sending = sending.then(drain);
  };
  return {
    add(spans) {
      if (waiting.length + spans.length > MOST_WAITING) return;
      waiting.push(...spans);
      timer ??= setTimeout(flush, flushMs);
    },
    async close() {
      // A collector that is silent must not hold up the end.
      const late = new Promise<void>((resolve) => setTimeout(resolve, 2000));
      await Promise.race([flush(), late]);
      waiting = [];
    },
  };
}

function bodyOf(spans: readonly Span[], { name, version }: ExporterParts["service"]) {
  const attribute = (key: string, stringValue: string) => ({ key, value: { stringValue } });
  const resource = { attributes: [attribute("service.name", name), attribute("service.version", version)] };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope: { name: "virtusoul-router", version }, spans }] }] };
}
