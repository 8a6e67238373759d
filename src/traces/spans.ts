import type { RequestRecord } from "../ledger/record.ts";
import { randomHex, type TraceContext } from "./context.ts";

/** A span as OTLP's JSON has it. */
export interface Span {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: { key: string; value: Record<string, unknown> }[];
  status: { code?: number; message?: string };
}

const KINDS = { internal: 1, server: 2, client: 3 } as const;
const ERROR = 2;

type Value = string | number | boolean | readonly string[] | undefined;

interface Draft {
  name: string;
  kind: keyof typeof KINDS;
  /** ms since 1970. */
  start: number;
  end: number;
  attributes: Record<string, Value>;
  /** Its error's word. */
  error: string | undefined;
}

/** What the semantic conventions call our providers; others keep their name. */
const PROVIDERS: Readonly<Record<string, string>> = { google: "gcp.gemini", mistral: "mistral_ai" };

/**
 * A request that is over → its spans: the request, routing, and each call of an upstream, by the conventions for
 * generative AI. `messages`: what was asked, where the owner wants it in traces.
 */
export function spansOf(record: RequestRecord, context: TraceContext, messages: string | undefined): Span[] {
  const { at, routingMs, totalMs, tokens } = record;
  const end = at + totalMs;
  const usage = {
    "gen_ai.usage.input_tokens": tokens?.input,
    "gen_ai.usage.output_tokens": tokens?.output,
    "gen_ai.usage.cache_read.input_tokens": tokens?.cached,
  };
  const root = {
    ...draftOf(`chat ${record.tier}`, "server", at, end),
    attributes: {
      "gen_ai.operation.name": "chat",
      "http.request.method": "POST",
      "http.route": "/v1/chat/completions",
      "http.response.status_code": record.status,
      ...nameOf(record.target),
      ...usage,
      "gen_ai.input.messages": messages,
      "error.type": record.error,
      "virtusoul.request_id": record.id,
      "virtusoul.client": record.client,
      "virtusoul.tier": record.tier,
      "virtusoul.reason": record.reason,
      "virtusoul.confidence": record.confidence,
      "virtusoul.cost_usd": record.cost,
    },
    error: record.error,
  };
  const routing = {
    ...draftOf("route", "internal", at, at + routingMs),
    attributes: { "virtusoul.tier": record.tier, "virtusoul.reason": record.reason },
  };
  const first = spanOf(root, context, { spanId: context.spanId, parentId: context.parentId });
  const below = record.reason === "none" ? [] : [routing, ...attemptsOf(record, usage)];
  return [first, ...below.map((draft) => spanOf(draft, context, { spanId: randomHex(8), parentId: context.spanId }))];
}

/** One after the other, from the end of routing on; the one that answered lasts until the reply is over. */
function attemptsOf({ at, routingMs, totalMs, attempts }: RequestRecord, usage: Record<string, Value>): Draft[] {
  let start = at + routingMs;
  return attempts.map(({ target, status, error, ms }, nth) => {
    const answered = status === 200 && nth === attempts.length - 1;
    const end = answered ? at + totalMs : start + ms;
    const failed = error ?? (status === 200 ? undefined : String(status));
    const named = nameOf(target);
    const draft = {
      ...draftOf(`chat ${named["gen_ai.request.model"]}`, "client", start, end),
      attributes: {
        "gen_ai.operation.name": "chat",
        ...named,
        "http.response.status_code": status,
        ...(answered ? usage : {}),
        "error.type": failed,
      },
      error: failed,
    };
    start = end;
    return draft;
  });
}

function draftOf(name: string, kind: Draft["kind"], start: number, end: number) {
  return { name, kind, start, end, error: undefined };
}

/** `provider/model`, by the conventions. */
function nameOf(target: string): Record<string, Value> {
  const at = target.indexOf("/");
  if (at < 0) return {};
  const provider = target.slice(0, at);
  return { "gen_ai.provider.name": PROVIDERS[provider] ?? provider, "gen_ai.request.model": target.slice(at + 1) };
}

function spanOf(draft: Draft, { traceId }: TraceContext, ids: { spanId: string; parentId: string | undefined }): Span {
  const attributes = Object.entries(draft.attributes).flatMap(([key, value]) =>
    value === undefined ? [] : [{ key, value: valueOf(value) }]
  );
  return {
    traceId,
    spanId: ids.spanId,
    ...(ids.parentId === undefined ? {} : { parentSpanId: ids.parentId }),
    name: draft.name,
    kind: KINDS[draft.kind],
    startTimeUnixNano: nanoseconds(draft.start),
    endTimeUnixNano: nanoseconds(draft.end),
    attributes,
    status: draft.error === undefined ? {} : { code: ERROR, message: draft.error },
  };
}

function valueOf(value: Exclude<Value, undefined>): Record<string, unknown> {
  if (typeof value === "string") return { stringValue: value };
  if (typeof value === "boolean") return { boolValue: value };
  if (typeof value !== "number") return { arrayValue: { values: value.map((stringValue) => ({ stringValue })) } };
  return Number.isInteger(value) ? { intValue: String(value) } : { doubleValue: value };
}

function nanoseconds(ms: number): string {
  // Thousandths of a millisecond are as fine as clocks are here; more digits a number could not hold.
  return `${Math.round(ms * 1000)}000`;
}
