import type { Metrics } from "../ledger/metrics.ts";

/** `GET /metrics`: Prometheus' text format. */
export function createMetricsPage(metrics: Metrics) {
  return async (): Promise<Response> =>
    new Response(await metrics.text(), { headers: { "content-type": metrics.contentType } });
}
