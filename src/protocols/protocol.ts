import type { ErrorDetail } from "../errors.ts";
import type { SseEvent } from "../sse.ts";

/**
 * A chat completion request in our inner language, which is OpenAI's. Only what we read is named; every other
 * field travels on untouched.
 */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  stream?: boolean | null;
  stream_options?: { include_usage?: boolean; [field: string]: unknown } | null;
  [field: string]: unknown;
}

export interface ChatMessage {
  role: string;
  content?: string | ContentPart[] | null;
  tool_calls?: ToolCall[] | null;
  tool_call_id?: string;
  [field: string]: unknown;
}

export interface ContentPart {
  type: string;
  text?: string;
  [field: string]: unknown;
}

export interface ToolCall {
  id?: string;
  type?: string;
  function?: { name?: string; arguments?: string; [field: string]: unknown };
  [field: string]: unknown;
}

/** Token counts as OpenAI reports them: `prompt_tokens` includes cached ones, `completion_tokens` reasoning ones. */
export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details?: { cached_tokens?: number; cache_write_tokens?: number; [field: string]: unknown };
  completion_tokens_details?: { reasoning_tokens?: number; [field: string]: unknown };
  [field: string]: unknown;
}

/** Where a request goes, as far as the wire format needs to know. */
export interface Destination {
  /** The provider's name: the catalogue's row, e.g. `mistral`. */
  provider: string;
  /** The model's name at that provider. */
  model: string;
  /** What this vendor's API takes, refuses and renames. */
  dialect: Dialect;
  /** Fields that the owner never wants sent (`{TIER}_REFUSES`). */
  refuses: readonly string[];
  /** Fields that the owner wants in every body (`{TIER}_EXTRA_BODY`); they win over the client's. */
  extraBody: Readonly<Record<string, unknown>>;
  /** Ask for usage on streams although the client did not, to count cost (`STREAM_USAGE`). */
  streamUsage: boolean;
}

/** What a vendor's API takes, refuses and renames. Data: one a row of the catalogue. */
export interface Dialect {
  /** Top-level request fields that may be sent; absent: all. */
  accepts?: readonly string[];
  /** Top-level fields that go by another name there. */
  renames?: Readonly<Record<string, string>>;
  /** The name of the output limit; absent: as the client wrote it. */
  maxTokens?: "max_tokens" | "max_completion_tokens";
  /** `developer` messages are taken as they are; otherwise they are sent as `system`. */
  developerRole?: boolean;
  /** How usage comes on a stream: on request, always, or never to be asked for. */
  streamUsage?: "on_request" | "always";
  /** Values of a field that may be sent; any other is left out. Fields without a row: all values. */
  values?: Readonly<Record<string, readonly unknown[]>>;
  /** Values that are spelled otherwise there, by field: `{tool_choice: {required: "any"}}`. */
  spellings?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Fields of `stream_options` that may be sent; absent: all. */
  streamOptions?: readonly string[];
  /** Fields of a message that may be sent; absent: all. */
  messageAccepts?: readonly string[];
  /** Fields of a message that other vendors' replies carry and this API refuses; for rows without `messageAccepts`. */
  messageRefuses?: readonly string[];
  /** Fields of a message's tool call that may be sent; absent: all. */
  callAccepts?: readonly string[];
  /** Types of content parts that it cannot read: a request with one is refused. */
  refusesParts?: readonly string[];
  /** Peculiarities that are code, by name: see `protocols/openai/quirks.ts`. */
  quirks?: readonly string[];
}

/** A request as it goes over the wire. */
export interface WireRequest {
  /** Sent as JSON. */
  body: Record<string, unknown>;
  /** Headers that this request needs beside the protocol's own. */
  headers: Record<string, string>;
  /** Paths of the client's fields that could not be carried over, sorted, each once. */
  dropped: string[];
  /** What the way back must remember of the way out. */
  exchange: Exchange;
}

/** What translating a reply needs to know of its request, and of the world (so that it stays pure). */
export interface Exchange {
  /** The client asked for usage on its stream. */
  wantsUsage: boolean;
  /** Name of the tool by which `response_format` was emulated: its input is the reply's content. */
  jsonTool?: string;
  /** This vendor ends a reply that calls tools with a plain `stop`: `tool_calls` is meant. */
  fixToolFinish?: boolean;
  /** The reply's `created`, seconds since 1970; set by who sends. */
  created: number;
  /** Invents a tool call id, e.g. `call_…`; set by who sends. */
  newCallId: () => string;
}

/** A whole reply, in OpenAI's shape. */
export interface ChatReply {
  usage?: Usage;
  [field: string]: unknown;
}

/**
 * A part of a streamed reply.
 * `chunk.data`: one line of JSON, a `chat.completion.chunk`; the upstream's own bytes when they were clean.
 * `usage`: for our own counting, not for the client. `error` ends the stream; `done` is the last part of a good one.
 */
export type StreamPart =
  | { type: "chunk"; data: string }
  | { type: "usage"; usage: Usage }
  | { type: "error"; status: number; error: ErrorDetail }
  | { type: "done" };

/** A wire format. Pure: values in, values out; no clock, no ids, no network. */
export interface Protocol {
  readonly name: "openai" | "anthropic";
  /** Appended to the base URL, e.g. `/chat/completions`. */
  readonly path: string;
  /** Authentication and version headers. */
  headers(key: string | undefined): Record<string, string>;
  /** Throws RouterError 400 when dropping a field would change what the client asked for. */
  request(chat: ChatRequest, destination: Destination): WireRequest;
  /** Throws UpstreamError for a 200 that holds an error, or that is no chat completion. */
  reply(body: unknown, exchange: Exchange): ChatReply;
  /** A fresh translator for one stream. Never throws for what an upstream sends: it yields an `error` part. */
  stream(exchange: Exchange): TransformStream<SseEvent, StreamPart>;
  /** The client's view of an upstream's failure: status and error fields. `body` may be anything, HTML too. */
  failure(status: number, body: string): { status: number; error: ErrorDetail };
}
