import { type ErrorDetail, RouterError, UpstreamError } from "../errors.ts";
import type { ChatReply, ChatRequest, StreamPart, WireRequest } from "../protocols/protocol.ts";
import { readEvents, SseError } from "../sse.ts";
import { readText } from "./body.ts";
import { createDeadline, type Deadline } from "./deadline.ts";
import { retryAfterMs, upstreamHeaders } from "./headers.ts";
import { partsOfReply } from "../protocols/openai/whole.ts";
import { liveParts, readyParts } from "./parts.ts";
import type { Target } from "./target.ts";

/** What an upstream answered, in our inner language. `headers` may be shown to the client. */
export type Reply =
  & { headers: Record<string, string>; dropped: string[] }
  & ({ kind: "whole"; body: ChatReply } | { kind: "stream"; parts: ReadableStream<StreamPart> });

export interface SendContext {
  /** Aborts when the client leaves: the upstream is let go at once. */
  signal: AbortSignal;
  requestId: string;
  /** `traceparent` and `tracestate` of the client, passed on. */
  trace: Record<string, string>;
  /** How the request was routed, for targets that tell (`echo`). */
  routing: { tier: string; confidence: number; reason: string };
}

/** Calls one target. Throws UpstreamError, or RouterError for a request that this target cannot be asked. */
export type Send = (target: Target, chat: ChatRequest, context: SendContext) => Promise<Reply>;

interface SendParts {
  fetch: typeof fetch;
  /** Seconds since 1970. */
  now: () => number;
  newId: () => string;
  userAgent: string;
}

/** The longest whole reply that is read, bytes. */
const MAX_REPLY_BYTES = 64_000_000;
/** The longest error body that is read, bytes: more than any message that is passed on. */
const MAX_FAILURE_BYTES = 64_000;

/** The only place that calls upstreams. */
export function createSend(parts: SendParts): Send {
  // Targets that refused the `stream_options` that only we asked for: not asked again while the process lives.
  const withoutUsage = new Set<string>();
  return async (target, chat, context) => {
    const streamUsage = target.destination.streamUsage && !withoutUsage.has(target.name);
    const wire = target.protocol.request(chat, { ...target.destination, streamUsage });
    wire.exchange.created = Math.floor(parts.now());
    wire.exchange.newCallId = () => `call_${parts.newId()}`;
    try {
      return await call(parts, target, wire, chat, context);
    } catch (error) {
      const refused = error instanceof UpstreamError && (error.status === 400 || error.status === 422);
      const ours = wire.body.stream_options !== undefined && !wire.exchange.wantsUsage;
      if (!refused || !ours) throw error;
      withoutUsage.add(target.name);
      const { stream_options: _, ...body } = wire.body;
      return await call(parts, target, { ...wire, body }, chat, context);
    }
  };
}

async function call(
  parts: SendParts,
  target: Target,
  wire: WireRequest,
  chat: ChatRequest,
  context: SendContext,
): Promise<Reply> {
  const deadline = createDeadline(target.timeoutMs, context.signal);
  let reached = false;
  try {
    const response = await open(parts, target, wire, { context, stream: chat.stream === true, deadline });
    reached = true;
    const headers = upstreamHeaders(response.headers);
    if (response.status >= 400) throw await failureOf(target, response, headers);
    if (response.status !== 200) throw invalid(target, `its status is ${response.status}`);
    if (chat.stream === true) {
      return { ...await streamed(target, wire, response, deadline), headers, dropped: wire.dropped };
    }
    const body = target.protocol.reply(await jsonOf(target, response), wire.exchange);
    deadline.done();
    return { kind: "whole", body, headers, dropped: wire.dropped };
  } catch (error) {
    const timedOut = deadline.expired;
    deadline.abort();
    if (error instanceof UpstreamError && !timedOut) throw error;
    throw asUpstreamError(error, target, { timedOut, reached, client: context.signal });
  }
}

interface OpenOptions {
  context: SendContext;
  stream: boolean;
  deadline: Deadline;
}

async function open(parts: SendParts, target: Target, wire: WireRequest, { context, stream, deadline }: OpenOptions) {
  if (target.url === undefined) throw new Error(`Cannot call "${target.name}": it has no address`);
  const init: RequestInit = {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: stream ? "text/event-stream" : "application/json",
      // A compressed stream arrives in lumps, and `fetch` leaves the old headers on what it unpacks.
      "accept-encoding": "identity",
      "user-agent": parts.userAgent,
      "x-request-id": context.requestId,
      ...context.trace,
      ...target.headers,
      ...wire.headers,
    },
    body: JSON.stringify(wire.body),
    redirect: "manual",
    signal: deadline.signal,
  };
  const response = await parts.fetch(target.url, init);
  const location = response.headers.get("location");
  if (response.status < 300 || response.status >= 400 || location === null) return response;
  await response.body?.cancel();
  // Within one host the method and body are kept; elsewhere our key and the prompt would go to a stranger.
  const next = URL.canParse(location, target.url) ? new URL(location, target.url) : undefined;
  if (next?.origin === new URL(target.url).origin && (response.status === 307 || response.status === 308)) {
    const second = await parts.fetch(next, init);
    if (second.status < 300 || second.status >= 400) return second;
    await second.body?.cancel();
  }
  throw invalid(target, "it redirects to another address");
}

async function streamed(target: Target, wire: WireRequest, response: Response, deadline: Deadline) {
  const type = response.headers.get("content-type") ?? "";
  if (!response.body) throw invalid(target, "its reply has no body");
  if (/\bjson\b/i.test(type)) {
    // It does not stream, or it failed with status 200: `reply` tells the two apart.
    const body = target.protocol.reply(await jsonOf(target, response), wire.exchange);
    deadline.done();
    return { kind: "stream", parts: readyParts(partsOfReply(body, wire.exchange)) } as const;
  }
  if (/\bhtml\b/i.test(type)) throw invalid(target, "it answered with a web page");
  const parts = response.body.pipeThrough(readEvents()).pipeThrough(target.protocol.stream(wire.exchange));
  const reader = parts.getReader();
  const first = await reader.read();
  if (first.done) throw invalid(target, "its stream ended before it began");
  if (first.value.type === "error") {
    const { status, error } = first.value;
    await reader.cancel();
    // Nothing was said that could have been cut off: there is no reply at all.
    if (error.code === "upstream_stream_truncated") throw invalid(target, "its stream ended before it began");
    // It failed before it said a word: whatever the reason, another target may do better.
    const { detail, counts } = failure(target, status, error, {});
    throw new UpstreamError(status, detail, { retryable: true, counts });
  }
  deadline.pause();
  const { silenceMs } = target;
  return { kind: "stream", parts: liveParts({ first: first.value, reader, deadline, silenceMs }) } as const;
}

async function jsonOf(target: Target, response: Response): Promise<unknown> {
  const { text, cut } = await readText(response, MAX_REPLY_BYTES);
  if (cut) throw invalid(target, `it is larger than ${MAX_REPLY_BYTES / 1e6} MB`);
  try {
    // Some vendors send blank lines while the model thinks: JSON allows them.
    return JSON.parse(text);
  } catch (cause) {
    throw invalid(target, "it is not JSON", cause);
  }
}

async function failureOf(target: Target, response: Response, headers: Record<string, string>): Promise<UpstreamError> {
  const body = await readText(response, MAX_FAILURE_BYTES).catch(() => undefined);
  const { status, error } = target.protocol.failure(response.status, body?.text ?? "");
  return failure(target, status, error, headers);
}

/** Which failures are worth another target, and which tell of the target's health: contract of the fallbacks. */
function failure(target: Target, status: number, error: ErrorDetail, headers: Record<string, string>): UpstreamError {
  const valid = status >= 400 && status <= 599 ? status : 502;
  const retryable = valid === 408 || valid === 429 || valid >= 500;
  return new UpstreamError(valid, error, {
    retryable,
    counts: retryable && valid !== 429,
    contextOverflow: !retryable && isContextOverflow(error),
    retryAfterMs: retryAfterMs(headers, Date.now()),
    headers,
    cause: target.name,
  });
}

const OVERFLOW = [
  /context.{0,12}(?:length|window|limit)|maximum context|prompt is too long|too many (?:input )?tokens/i,
  /input.{0,20}too long/i,
  /exceeds?.{0,30}tokens/i,
];

function isContextOverflow({ code, message }: ErrorDetail): boolean {
  return code === "context_length_exceeded" || OVERFLOW.some((words) => words.test(message.slice(0, 500)));
}

function invalid(target: Target, why: string, cause?: unknown): UpstreamError {
  const detail = { message: `Cannot use the reply of "${target.name}": ${why}`, type: "upstream_error", param: null };
  return new UpstreamError(502, { ...detail, code: "upstream_invalid" }, { retryable: true, cause });
}

interface Circumstances {
  timedOut: boolean;
  /** The status and headers had come: the upstream is there, its reply is at fault. */
  reached: boolean;
  client: AbortSignal;
}

function asUpstreamError(error: unknown, target: Target, { timedOut, reached, client }: Circumstances): unknown {
  if (client.aborted && !timedOut) return error;
  const base = { type: "upstream_error", param: null };
  if (timedOut) {
    const message = `Cannot wait longer for "${target.name}": no answer within ${target.timeoutMs / 1000} s`;
    return new UpstreamError(504, { ...base, message, code: "upstream_timeout" }, { retryable: true, cause: error });
  }
  if (error instanceof Error && error.name === "RouterError") return error;
  // What cannot be written as JSON never left: the request is at fault, not the target.
  if (!reached && error instanceof RangeError) {
    return new RouterError(400, "invalid_value", "Cannot send the request: it is nested too deeply", { cause: error });
  }
  if (error instanceof SseError) {
    const detail = { ...base, message: error.message, code: "upstream_invalid" };
    return new UpstreamError(502, detail, { retryable: true, cause: error });
  }
  if (reached) return invalid(target, "it broke off, or is not encoded as it says", error);
  const message = `Cannot reach "${target.name}": the connection failed`;
  return new UpstreamError(502, { ...base, message, code: "upstream_unreachable" }, { retryable: true, cause: error });
}
