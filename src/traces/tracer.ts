import type { Observe } from "../ledger/record.ts";
import type { ChatRequest } from "../protocols/protocol.ts";
import { contextOf, headersOf, type TraceContext } from "./context.ts";
import type { Exporter } from "./exporter.ts";
import { spansOf } from "./spans.ts";

/** Follows requests through the router. */
export interface Tracer {
  /** A request goes on to an upstream: the headers that it takes along. */
  follow(requestId: string, headers: Headers, chat: ChatRequest): Record<string, string>;
  observe: Observe;
  close(): Promise<void>;
}

/** The longest text of messages in a span, characters. */
const LONGEST = 100_000;
/** Requests that were followed and never heard of again must not pile up. */
const MOST_UNDER_WAY = 10_000;

/** `capture`: the messages become part of the traces. */
export function createTracer(exporter: Exporter, capture: boolean): Tracer {
  const underWay = new Map<string, { context: TraceContext; messages: string | undefined }>();
  return {
    follow(requestId, headers, { messages }) {
      const context = contextOf(headers);
      const text = capture ? JSON.stringify(messages).slice(0, LONGEST) : undefined;
      if (context.sampled && underWay.size < MOST_UNDER_WAY) underWay.set(requestId, { context, messages: text });
      return headersOf(context);
    },
    observe(record) {
      const followed = underWay.get(record.id);
      if (!followed) return;
      underWay.delete(record.id);
      exporter.add(spansOf(record, followed.context, followed.messages));
    },
    close: () => exporter.close(),
  };
}
