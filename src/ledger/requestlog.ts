import type { Log } from "../log.ts";
import { round } from "../routing/describe.ts";
import { times } from "./line.ts";
import type { Observe } from "./record.ts";

/** One line a request, when it is over: neither text nor keys. */
export function createRequestLog(log: Log): Observe {
  return (record) => {
    const { id, client, session, tier, target: model, reason, confidence, status, error, stream } = record;
    const { tokens, cost } = record;
    const { routingMs, firstByteMs, totalMs } = times(record);
    const fields = {
      ...{ id, client, session, tier, model, reason, confidence: round(confidence, 3), status, error, stream },
      ...{ attempts: record.attempts.length, routing_ms: routingMs, first_byte_ms: firstByteMs, total_ms: totalMs },
      ...{ input_tokens: tokens?.input, cached_tokens: tokens?.cached, output_tokens: tokens?.output },
      ...{ reasoning_tokens: tokens?.reasoning, cost: cost && round(cost, 8) },
    };
    if (status >= 500) log.warning("Request", fields);
    else log.info("Request", fields);
  };
}
