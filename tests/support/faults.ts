import { Buffer } from "node:buffer";
import { gzipSync } from "node:zlib";
import { bytesOf, head, LAST, part, type Script, type Step, streamHead, whole } from "./scripted.ts";
import { chunks, eventOf, reply } from "./upstream.ts";

/** The `TIMEOUT` that the faults are made for, ms. */
export const TIMEOUT_MS = 3000;

/** How an upstream misbehaves when it is asked, and what the client must see. */
export interface Case {
  script: Script;
  /** What the second request meets; without it, the same. */
  again?: Script;
  /**
   * `200 stop`: answered, and finished for this reason. `502 upstream_invalid`: an error with this status and code (`-`:
   * null). `200, then upstream_interrupted`: a stream that ended with this error. `left`: the client did.
   */
  expect: string;
  /** What the client reads when all goes well; of an answer that breaks, the beginning. */
  text?: string;
  /** What the error's message must say. */
  says?: string;
  /** Reply headers that must be there. */
  headers?: Record<string, string>;
  /** It must not end earlier, ms. */
  atLeastMs?: number;
  /** It must have ended by now, ms. By default a moment; what waits for a limit says so. */
  withinMs?: number;
}

/** A named way in which an upstream misbehaves, asked whole and streamed. */
export interface Fault {
  name: string;
  whole: Case;
  streamed: Case;
  /** Nobody listens there at all. */
  deserted?: true;
}

const WORDS = ["Grüße", " an", " alle", " ☀️", "!"];
/** What a good answer says. */
export const TEXT = WORDS.join("");
const LONG = "x".repeat(1_000_000);
const VERY_LONG = "x".repeat(9_000_000);

const REPLY = reply(TEXT);
const PAYLOADS = chunks(WORDS);
const EVENTS = PAYLOADS.map(eventOf).join("");
const GOOD_REPLY = [{ send: whole(REPLY) }];
/** A stream's head and its first two events: the role and a word. */
const BEGINNING = PAYLOADS.slice(0, 2).map(eventOf).join("");
const BEGUN: Step[] = [{ send: streamHead() }, { send: part(BEGINNING) }];
const PAUSE: Step = { waitMs: 100 };
const CLOSE: Step = { close: "politely" };
const RESET: Step = { close: "with a reset" };

/** A whole stream, in one piece. */
function stream(body: string | Uint8Array, claims: Parameters<typeof streamHead>[0] = {}): Step[] {
  return [{ send: streamHead(claims) }, { send: part(body) }, { send: LAST }];
}

/** The beginning of a text or of bytes, up to the end of this mark and so many bytes more. */
function upTo(body: string | Uint8Array, mark: string, more = 0): Uint8Array {
  const bytes = Buffer.from(body);
  return bytes.subarray(0, bytes.indexOf(mark) + Buffer.byteLength(mark) + more);
}

/** A whole reply that ends early, once its beginning was read: what comes with a cut is often lost with it. */
function cutReply(mark: string, more = 0, end = CLOSE): Step[] {
  return [{ send: upTo(whole(REPLY), mark, more) }, PAUSE, end];
}

/** A stream that goes on after its second event, up to the mark, and ends there. */
function cutStream(mark: string, more = 0): Step[] {
  const text = EVENTS.slice(BEGINNING.length);
  return [...BEGUN, PAUSE, { send: part(upTo(text, mark, more)) }, CLOSE];
}

/** The same reply whether a stream was asked for or not. */
function both(expect: string, script: Script, more: Partial<Case> = {}): Pick<Fault, "whole" | "streamed"> {
  return { whole: { script, expect, ...more }, streamed: { script, expect, ...more } };
}

function failed(message: string, type: string, code: string | number | null): unknown {
  return { error: { message, type, param: null, code } };
}

const PAGE = "<!doctype html><html><body><h1>Bad gateway</h1>nginx-7</body></html>";
const OVERLOADED = failed("No capacity", "server_error", "overloaded");
const BUSY = failed("Slow down", "rate_limit_error", "rate_limit_exceeded");
const LATE = { atLeastMs: TIMEOUT_MS - 50, withinMs: TIMEOUT_MS + 2000 };
const TIMED_OUT = { expect: "504 upstream_timeout", ...LATE };

/** Every way that is tried. Names are the tests' names. */
export const FAULTS: readonly Fault[] = [
  {
    name: "cut in the middle of a token",
    whole: { script: cutReply('"content":"Gr'), expect: "502 upstream_invalid" },
    streamed: { script: cutStream('"content":" al'), expect: "200, then upstream_interrupted" },
  },
  {
    name: "cut in the middle of a UTF-8 character",
    whole: { script: cutReply("☀", -1), expect: "502 upstream_invalid" },
    streamed: { script: cutStream("☀", -1), expect: "200, then upstream_interrupted" },
  },
  {
    name: "cut in the middle of an event",
    whole: { script: cutReply('"choices":['), expect: "502 upstream_invalid" },
    streamed: { script: cutStream('" an"},"logprobs"'), expect: "200, then upstream_interrupted" },
  },
  {
    name: "cut between two events, a byte before the end",
    whole: { script: cutReply('"total_tokens":5}'), expect: "502 upstream_invalid" },
    streamed: { script: [...BEGUN, PAUSE, CLOSE], expect: "200, then upstream_interrupted" },
  },
  {
    name: "cut in the middle of the header block",
    ...both("502 upstream_unreachable", [
      { send: upTo(head(200, { "content-type": "text/plain" }), "content-ty") },
      CLOSE,
    ]),
  },
  {
    name: "closed too early, as if it were the end",
    whole: {
      script: [{ send: head(200, { "content-type": "application/json" }) }, {
        send: upTo(JSON.stringify(REPLY), "Gr"),
      }, CLOSE],
      expect: "502 upstream_invalid",
    },
    streamed: { script: [...BEGUN, { send: LAST }], expect: "200, then upstream_stream_truncated" },
  },
  { name: "reset before the first byte", ...both("502 upstream_unreachable", [RESET]) },
  {
    name: "reset after the first byte",
    whole: {
      script: cutReply("\r\n\r\n", 1, RESET),
      expect: "502 upstream_invalid",
    },
    streamed: {
      script: [{ send: streamHead() }, { send: part("d") }, PAUSE, RESET],
      expect: "502 upstream_invalid",
    },
  },
  {
    name: "reset midway",
    whole: {
      script: cutReply('"choices":[', 0, RESET),
      expect: "502 upstream_invalid",
    },
    streamed: { script: [...BEGUN, PAUSE, RESET], expect: "200, then upstream_interrupted" },
  },
  { name: "connection refused", deserted: true, ...both("502 upstream_unreachable", []) },
  { name: "stall before the first byte", ...both("504 upstream_timeout", [], LATE) },
  {
    name: "stall after the header block",
    whole: { script: [{ send: upTo(whole(REPLY), "\r\n\r\n") }], ...TIMED_OUT },
    streamed: { script: [{ send: streamHead() }], ...TIMED_OUT },
  },
  {
    name: "stall midway",
    whole: { script: [{ send: upTo(whole(REPLY), "Gr") }], ...TIMED_OUT },
    streamed: { script: BEGUN, ...LATE, expect: "200, then upstream_timeout" },
  },
  {
    name: "signs of life but no answer",
    whole: {
      script: [{ send: streamHead({ type: "application/json" }) }, { forever: part("\n"), everyMs: 100 }],
      ...TIMED_OUT,
    },
    streamed: { script: [{ send: streamHead() }, { forever: part(": thinking\n\n"), everyMs: 100 }], ...TIMED_OUT },
  },
  {
    name: "signs of life after the beginning, and nothing else",
    whole: {
      script: [{ send: streamHead({ type: "application/json" }) }, { send: part('{"id":') }, {
        forever: part("\n"),
        everyMs: 100,
      }],
      ...TIMED_OUT,
    },
    streamed: {
      script: [...BEGUN, { forever: part(": thinking\n\n"), everyMs: 100 }],
      ...LATE,
      expect: "200, then upstream_timeout",
    },
  },
  {
    name: "signs of life, then the answer",
    whole: { script: stream(`\n\n\r\n${JSON.stringify(REPLY)}\n`, { type: "application/json" }), expect: "200 stop" },
    streamed: { script: stream(`: thinking\n\n\n:\n${EVENTS}`), expect: "200 stop" },
  },
  {
    name: "slow drip: byte by byte, but complete",
    whole: { script: [{ drip: whole(REPLY) }], expect: "200 stop", withinMs: TIMEOUT_MS },
    streamed: {
      script: [{ drip: Buffer.concat([bytesOf(streamHead()), part(EVENTS), bytesOf(LAST)]) }],
      expect: "200 stop",
      withinMs: 8000,
    },
  },
  {
    name: "slower than TIMEOUT in all, never silent",
    whole: { script: [{ send: upTo(whole(REPLY), "\r\n\r\n") }, { forever: " ", everyMs: 200 }], ...TIMED_OUT },
    streamed: {
      script: [
        { send: streamHead() },
        ...PAYLOADS.flatMap((payload) => [{ send: part(eventOf(payload)) }, { waitMs: 600 }]),
        { send: LAST },
      ],
      expect: "200 stop",
      atLeastMs: TIMEOUT_MS,
      withinMs: 9000,
    },
  },
  { name: "bad JSON body", ...both("502 upstream_invalid", [{ send: whole('{"id":"chatcmpl-up","choices":[}') }]) },
  {
    name: "bad JSON in the first event",
    whole: { script: [{ send: whole('"hi"') }], expect: "502 upstream_invalid" },
    streamed: { script: stream(`data: {"id":\n\n${EVENTS}`), expect: "502 upstream_invalid" },
  },
  {
    name: "bad JSON in a later event",
    whole: { script: [{ send: whole(`${JSON.stringify(REPLY)}]`) }], expect: "502 upstream_invalid" },
    streamed: {
      script: [...BEGUN, { send: part(`data: {"id":}\n\n${EVENTS}`) }, { send: LAST }],
      expect: "200, then upstream_invalid",
    },
  },
  {
    name: "good JSON that is no chat completion",
    whole: { script: [{ send: whole({ ok: true }) }], expect: "502 upstream_invalid" },
    streamed: { script: stream('data: {"ok":true}\n\ndata: [DONE]\n\n'), expect: "502 upstream_invalid" },
  },
  {
    name: "200 with an empty body",
    whole: { script: [{ send: whole("") }], expect: "502 upstream_invalid" },
    streamed: { script: [{ send: whole("", { type: "text/event-stream" }) }], expect: "502 upstream_invalid" },
  },
  { name: "204", ...both("502 upstream_invalid", [{ send: head(204, {}) }]) },
  { name: "200 with an error object", ...both("502 overloaded", [{ send: whole(OVERLOADED) }]) },
  {
    name: "200 with an error object that names its status",
    ...both("503 503", [{ send: whole(failed("No capacity", "server_error", 503)) }]),
  },
  {
    name: "an error as the first event",
    whole: { script: [{ send: whole([OVERLOADED]) }], expect: "502 overloaded" },
    // It stays open afterwards, as if more were to come.
    streamed: {
      script: [{ send: streamHead() }, { send: part(`event: error\n${eventOf(OVERLOADED)}`) }],
      expect: "502 overloaded",
    },
  },
  {
    name: "an error midway",
    whole: { script: [{ send: whole({ ...REPLY, ...OVERLOADED as object }) }], expect: "502 overloaded" },
    streamed: {
      script: [...BEGUN, { send: part(eventOf(OVERLOADED) + EVENTS) }],
      expect: "200, then overloaded",
    },
  },
  { name: "a web page with 200", ...both("502 upstream_invalid", [{ send: whole(PAGE, { type: "text/html" }) }]) },
  {
    name: "a web page that has no end",
    ...both("502 upstream_invalid", [
      { send: streamHead({ type: "text/html" }) },
      { send: part(PAGE) },
      { forever: part(LONG) },
    ], { withinMs: TIMEOUT_MS + 2000 }),
  },
  { name: "a web page with 502", ...both("502 -", [{ send: whole(PAGE, { status: 502, type: "text/html" }) }]) },
  {
    name: "400 with the provider's error",
    ...both("400 unsupported_value", [{
      send: whole(failed("No such voice", "invalid_request_error", "unsupported_value"), { status: 400 }),
    }]),
  },
  {
    name: "429 with retry-after 2 s, then well",
    whole: { ...wait2s("200 stop"), again: GOOD_REPLY },
    streamed: { ...wait2s("200 stop"), again: stream(EVENTS) },
  },
  {
    name: "429 with retry-after 2 s, again and again",
    whole: { ...wait2s("429 rate_limit_exceeded"), headers: { "retry-after": "2" } },
    streamed: { ...wait2s("429 rate_limit_exceeded"), headers: { "retry-after": "2" } },
  },
  {
    name: "429 with retry-after 2 h",
    ...both("429 rate_limit_exceeded", [{ send: whole(BUSY, { status: 429, headers: { "retry-after": "7200" } }) }], {
      headers: { "retry-after": "7200", "x-should-retry": "false" },
    }),
  },
  ...[500, 503, 529].map((status) => ({
    name: `${status} with the provider's error`,
    ...both(`${status} overloaded`, [{ send: whole(OVERLOADED, { status }) }]),
  })),
  {
    name: "500 with a body that has no end",
    ...both("500 -", [{ send: head(500, { "content-type": "text/plain" }) }, { forever: "x".repeat(50_000) }]),
  },
  {
    name: "500 with a body that stalls",
    ...both(
      "504 upstream_timeout",
      [{ send: head(500, { "content-type": "text/plain", "content-length": "50" }) }],
      LATE,
    ),
  },
  {
    name: "an answer that has no end",
    whole: {
      script: [{ send: head(200, { "content-type": "application/json" }) }, { send: '{"id":"' }, { forever: LONG }],
      expect: "502 upstream_invalid",
      says: "larger than 64 MB",
      withinMs: TIMEOUT_MS + 2000,
    },
    streamed: {
      script: [{ send: streamHead() }, { send: part('data: {"id":"') }, { forever: part(LONG) }],
      expect: "502 upstream_invalid",
      says: "longer than 8000000 characters",
      withinMs: TIMEOUT_MS + 2000,
    },
  },
  {
    name: "an event of 1 MB",
    whole: { script: [{ send: whole(reply(LONG)) }], expect: "200 stop", text: LONG },
    streamed: { script: stream(chunks([LONG]).map(eventOf).join("")), expect: "200 stop", text: LONG },
  },
  {
    name: "an event above 8 MB: only a whole reply may be so long",
    whole: { script: [{ send: whole(reply(VERY_LONG)) }], expect: "200 stop", text: VERY_LONG },
    streamed: {
      script: [...BEGUN, { send: part(eventOf(chunks([VERY_LONG])[1])) }, { send: part(EVENTS) }],
      expect: "200, then upstream_invalid",
      says: "longer than 8000000 characters",
    },
  },
  {
    name: "the end without [DONE], the body without a length",
    whole: {
      script: [{ send: head(200, { "content-type": "application/json" }) }, { send: bytesOf(REPLY) }, CLOSE],
      expect: "200 stop",
    },
    streamed: { script: stream(EVENTS.replace("data: [DONE]\n\n", "")), expect: "200 stop" },
  },
  {
    name: "the end without finish_reason",
    whole: { script: [{ send: whole(JSON.stringify(REPLY).replace('"stop"', "null")) }], expect: "200 stop" },
    streamed: { script: stream(PAYLOADS.toSpliced(-2, 1).map(eventOf).join("")), expect: "200 stop" },
  },
  {
    name: "the end said twice",
    whole: { script: [...GOOD_REPLY, ...GOOD_REPLY], expect: "200 stop" },
    streamed: { script: stream(`${EVENTS}data: [DONE]\n\n`), expect: "200 stop" },
  },
  {
    name: "a wrong content type on a good body",
    whole: { script: [{ send: whole(REPLY, { type: "text/html" }) }], expect: "200 stop" },
    streamed: { script: stream(EVENTS, { type: "text/plain" }), expect: "200 stop" },
  },
  {
    name: "a stream where a whole reply was asked for, and the reverse",
    whole: { script: stream(EVENTS), expect: "502 upstream_invalid" },
    streamed: { script: GOOD_REPLY, expect: "200 stop" },
  },
  {
    name: "gzip that nobody asked for",
    whole: {
      script: [{ send: whole(gzipSync(bytesOf(REPLY)), { headers: { "content-encoding": "gzip" } }) }],
      expect: "200 stop",
    },
    streamed: { script: stream(gzipSync(EVENTS), { headers: { "content-encoding": "gzip" } }), expect: "200 stop" },
  },
  {
    name: "gzip that is none",
    whole: {
      script: [{ send: whole(REPLY, { headers: { "content-encoding": "gzip" } }) }],
      expect: "502 upstream_invalid",
    },
    streamed: { script: stream(EVENTS, { headers: { "content-encoding": "gzip" } }), expect: "502 upstream_invalid" },
  },
  {
    name: "a redirect to another host",
    // Whoever follows it finds nobody: `upstream_unreachable`.
    ...both("502 upstream_invalid", [{
      send: head(307, { location: "http://elsewhere.invalid/v1/chat/completions" }),
    }]),
  },
  {
    name: "a redirect with a body that has no end",
    ...both("502 upstream_invalid", [
      { send: head(307, { location: "http://elsewhere.invalid/v1/chat/completions" }) },
      { forever: LONG },
    ]),
  },
  {
    name: "a redirect in a circle",
    ...both("502 upstream_invalid", [{
      send: whole("", { status: 308, headers: { location: "/v1/chat/completions" } }),
    }]),
  },
  {
    name: "CRLF line ends",
    whole: { script: [{ send: whole(JSON.stringify(REPLY, null, 1).replaceAll("\n", "\r\n")) }], expect: "200 stop" },
    streamed: { script: stream(EVENTS.replaceAll("\n", "\r\n")), expect: "200 stop" },
  },
  {
    name: "CR line ends",
    whole: { script: [{ send: whole(JSON.stringify(REPLY, null, 1).replaceAll("\n", "\r")) }], expect: "200 stop" },
    streamed: { script: stream(EVENTS.replaceAll("\n", "\r")), expect: "200 stop" },
  },
  {
    name: "a byte order mark first",
    whole: { script: [{ send: whole(`\ufeff${JSON.stringify(REPLY)}`) }], expect: "200 stop" },
    streamed: { script: stream(`\ufeff${EVENTS}`), expect: "200 stop" },
  },
  { name: "another protocol's greeting", ...both("502 upstream_unreachable", [{ send: "SSH-2.0-OpenSSH_9.9\r\n" }]) },
  {
    name: "a header block that has no end",
    ...both("502 upstream_unreachable", [{ send: "HTTP/1.1 200 OK\r\n" }, { forever: "x-fill: a\r\n".repeat(5000) }], {
      withinMs: TIMEOUT_MS + 2000,
    }),
  },
  {
    name: "the client leaves before the first byte",
    ...both("left", []),
  },
  {
    name: "the client leaves in the middle",
    whole: { script: [{ send: upTo(whole(REPLY), "Gr") }], expect: "left" },
    streamed: { script: BEGUN, expect: "left" },
  },
  {
    name: "the client leaves an answer that has no end",
    whole: {
      script: [{ send: streamHead({ type: "application/json" }) }, { forever: part("\n".repeat(1000)), everyMs: 1 }],
      expect: "left",
    },
    streamed: {
      script: [...BEGUN, { forever: part(eventOf(PAYLOADS[1])) }],
      expect: "left",
    },
  },
];

/** 429 with the wish to wait for 2 s, which is fulfilled once. */
function wait2s(expect: string): Case {
  const script = [{ send: whole(BUSY, { status: 429, headers: { "retry-after": "2" } }) }];
  return { script, expect, atLeastMs: 1950, withinMs: 4000 };
}
