import type { Entry } from "../ledger/entry.ts";
import type { Attempt } from "../providers/attempt.ts";
import type { Reply } from "../providers/send.ts";
import type { StreamPart } from "../protocols/protocol.ts";
import { round } from "../routing/describe.ts";
import type { Decision } from "../routing/route.ts";
import { eventText, KEEP_ALIVE } from "../sse.ts";

/** What a reply tells about its way: the body's `_virtusoul`. */
export interface Account {
  routed_to: string;
  tier: string;
  confidence: number;
  flagged: boolean;
  latency_ms: number;
  reason: string;
  attempts: Attempt[];
}

/** After this long without an event, a comment keeps the client's connection open. Shorter than any proxy's patience. */
const KEEP_ALIVE_MS = 5000;

export function accountOf(decision: Decision, routedTo: string, attempts: Attempt[]): Account {
  return {
    routed_to: routedTo,
    tier: decision.tier,
    confidence: round(decision.confidence, 3),
    flagged: decision.flagged,
    latency_ms: round(decision.latencyMs, 1),
    reason: decision.reason,
    attempts,
  };
}

/** The headers that every answer to a chat request carries. Values are ASCII, percent-encoded where needed. */
export function accountHeaders(account: Account, dropped: readonly string[] = []): Record<string, string> {
  const headers: Record<string, string> = {
    "x-virtusoul-tier": ascii(account.tier),
    "x-virtusoul-model": ascii(account.routed_to),
    "x-virtusoul-confidence": account.confidence.toFixed(3),
    "x-virtusoul-latency-ms": account.latency_ms.toFixed(1),
    "x-virtusoul-reason": account.reason,
    "x-virtusoul-attempts": String(account.attempts.length),
  };
  if (dropped.length > 0) headers["x-virtusoul-dropped"] = ascii(dropped.join(","));
  return headers;
}

/** Reply + account → Response: whole as JSON, a stream as server-sent events. */
export function respond(reply: Reply, account: Account, entry: Pick<Entry, "used" | "close">): Response {
  const headers = { ...reply.headers, ...accountHeaders(account, reply.dropped) };
  if (reply.kind === "whole") {
    if (reply.body.usage) entry.used(reply.body.usage);
    entry.close(200);
    return Response.json({ ...reply.body, _virtusoul: account }, { headers });
  }
  return new Response(eventStream(reply.parts, account, entry), {
    headers: {
      ...headers,
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      // Tells nginx and its like to pass each event on at once.
      "x-accel-buffering": "no",
    },
  });
}

/**
 * Parts → bytes. Reads a part only when the client took the last one. A failure becomes one `error` event, and
 * `[DONE]` ends every stream. Cancelling it cancels the upstream.
 */
function eventStream(parts: ReadableStream<StreamPart>, account: Account, entry: Pick<Entry, "used" | "close">) {
  const reader = parts.getReader();
  const encoder = new TextEncoder();
  const splice = `,"_virtusoul":${JSON.stringify(account)}}`;
  let spliced = false;
  const textOf = (part: StreamPart): string => {
    if (part.type === "usage") {
      entry.used(part.usage);
      return "";
    }
    if (part.type === "done") {
      entry.close(200);
      return eventText("[DONE]");
    }
    if (part.type === "error") {
      entry.close(part.status, part.error.code ?? part.error.type);
      return eventText(JSON.stringify({ error: part.error })) + eventText("[DONE]");
    }
    if (spliced) return eventText(part.data);
    spliced = true;
    return eventText(part.data.slice(0, part.data.lastIndexOf("}")) + splice);
  };
  const silence = createSilence(KEEP_ALIVE_MS);
  return new ReadableStream<Uint8Array>({
    async pull(out) {
      silence.begin(() => out.enqueue(encoder.encode(KEEP_ALIVE)));
      while (true) {
        const result = await reader.read().catch((error) => {
          silence.over();
          entry.close(500, "internal_error");
          throw error;
        });
        if (result.done) {
          silence.over();
          entry.close(200);
          return out.close();
        }
        const text = textOf(result.value);
        if (text !== "") out.enqueue(encoder.encode(text));
        if (result.value.type === "done" || result.value.type === "error") {
          silence.over();
          out.close();
          return void reader.cancel();
        }
        if (text !== "") return silence.pause();
      }
    },
    cancel(reason) {
      silence.over();
      entry.close(499, "client_left");
      return reader.cancel(reason);
    },
  }, { highWaterMark: 0 });
}

/**
 * Says when nothing was there for `ms`, again and again until it is paused. One timer serves a whole stream: each event
 * only notes the moment, since a timer an event would cost more than the event itself.
 */
function createSilence(ms: number) {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let since = Infinity;
  let tell = () => {};
  const look = () => {
    timer = undefined;
    if (since === Infinity) return;
    const left = since + ms - performance.now();
    if (left <= 0) {
      since = performance.now();
      tell();
    }
    timer = setTimeout(look, left > 0 ? left : ms);
  };
  return {
    begin(listener: () => void) {
      tell = listener;
      since = performance.now();
      timer ??= setTimeout(look, ms);
    },
    pause: () => void (since = Infinity),
    over() {
      since = Infinity;
      clearTimeout(timer);
    },
  };
}

/** Printable ASCII; everything else percent-encoded, the percent sign too. */
function ascii(text: string): string {
  return text.replace(/[^\x20-\x24\x26-\x7e]/gu, (sign) => encodeURIComponent(sign.isWellFormed() ? sign : "\ufffd"));
}
