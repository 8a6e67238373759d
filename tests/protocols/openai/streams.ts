import { readFileSync } from "node:fs";
import { openai } from "../../../src/protocols/openai/openai.ts";
import type { Exchange, StreamPart } from "../../../src/protocols/protocol.ts";
import { readEvents } from "../../../src/sse.ts";

/** A dirty stream and what a strict client may be shown of it. */
export interface Pair {
  why: string;
  /** The client asked for usage. */
  usage: boolean;
  fixToolFinish?: boolean;
  raw: string;
  /** Payloads, the last one `[DONE]`. */
  want: unknown[];
}

const file = new URL("../../fixtures/formats/hygiene.json", import.meta.url);

export const pairs: Record<string, Pair> = JSON.parse(readFileSync(file, "utf8"));

export function exchangeOf(options: Partial<Exchange> = {}): Exchange {
  return { wantsUsage: false, created: 1764000000, newCallId: () => "call_test", ...options };
}

export const bytesOf = (text: string) => new TextEncoder().encode(text);

/** The same bytes in pieces of several sizes. */
export function cuts(bytes: Uint8Array): Record<string, Uint8Array[]> {
  const half = bytes.length >> 1;
  return {
    whole: [bytes],
    "in halves": [bytes.slice(0, half), bytes.slice(half)],
    "byte by byte": [...bytes].map((byte) => Uint8Array.of(byte)),
  };
}

/** What the cleaning makes of an upstream's bytes. */
export function cleaned(pieces: Uint8Array[] | string, options: Partial<Exchange> = {}): Promise<StreamPart[]> {
  const bytes = typeof pieces === "string" ? [bytesOf(pieces)] : pieces;
  const events = ReadableStream.from(bytes).pipeThrough(readEvents());
  return Array.fromAsync(events.pipeThrough(openai.stream(exchangeOf(options))));
}

/** The payloads that a client is shown. */
export function shown(parts: StreamPart[]): unknown[] {
  return parts.flatMap((part): unknown[] => {
    if (part.type === "chunk") return [JSON.parse(part.data)];
    if (part.type === "error") return [{ error: part.error }, "[DONE]"];
    return part.type === "done" ? ["[DONE]"] : [];
  });
}

/** Payloads → an upstream's stream. Objects become JSON; text stays as it is. */
export function events(...payloads: unknown[]): string {
  return payloads.map((data) => `data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`).join("");
}

const HEAD = { id: "c1", object: "chat.completion.chunk", created: 5, model: "m" };

/** A chunk, as far as the tests look into it. */
export interface Chunk {
  id: string;
  object: string;
  created: number;
  model: string;
  choices: {
    index: number;
    delta: { role?: string; content?: string; tool_calls?: { index: number; [field: string]: unknown }[] };
    finish_reason: unknown;
    logprobs?: unknown;
  }[];
  [field: string]: unknown;
}

/** A chunk as vendors send it: one choice's delta. */
export function chunk(delta: unknown, finish: unknown = null, more: Record<string, unknown> = {}) {
  const { index = 0, ...rest } = more;
  return { ...HEAD, choices: [{ index, delta, finish_reason: finish }], ...rest };
}

/** A chunk as OpenAI sends it. */
export function strict(delta: unknown, finish: unknown = null, more: Record<string, unknown> = {}) {
  const { index = 0, logprobs = null, ...rest } = more;
  return { ...HEAD, choices: [{ index, delta, logprobs, finish_reason: finish }], ...rest };
}

export const OPENING = { role: "assistant", content: "", refusal: null };

export function usageOf(prompt: number, completion: number) {
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}

export function usageChunk(usage: unknown) {
  return { ...HEAD, choices: [], usage };
}

export const CALL = { id: "f1", type: "function", function: { name: "a", arguments: "{}" } };
export const DONE = "[DONE]";
/** Signs of one to four bytes, some joined. */
export const EMOJI = "👩‍🚀 naïve ☀️";
export const LOGPROBS = {
  content: [{ token: "Hi", logprob: -0.1, bytes: [72, 105], top_logprobs: [] }],
  refusal: null,
};

/** What a client is told of a stream that was cut. */
export const TRUNCATED = {
  error: {
    message: "Upstream closed the stream before finish_reason",
    type: "server_error",
    param: null,
    code: "upstream_stream_truncated",
  },
};
