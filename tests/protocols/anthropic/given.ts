import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { RouterError } from "../../../src/errors.ts";
import { protocols } from "../../../src/protocols/all.ts";
import type { ChatRequest, Destination, Exchange, StreamPart, WireRequest } from "../../../src/protocols/protocol.ts";

const { anthropic } = protocols;

/** A model without quirks: takes sampling fields, thinks within a budget, has structured output. */
export const SONNET = "claude-sonnet-4-5";

// deno-lint-ignore no-explicit-any -- tests look into it freely
export type Json = any;

/** Conversion pairs by name. */
export function fixture(name: "requests" | "replies" | "streams" | "errors"): Json {
  return JSON.parse(readFileSync(new URL(`../../fixtures/formats/${name}.json`, import.meta.url), "utf8"));
}

export function exchangeOf(more: Partial<Exchange> = {}): Exchange {
  return { wantsUsage: false, created: 1764000000, newCallId: () => "call_test", ...more };
}

/** What Anthropic is sent for a request with these fields; the client's own must stay as it was. */
export function wireOf(fields: Json, model = SONNET, more: Partial<Destination> = {}): WireRequest {
  const destination = { provider: "anthropic", model, dialect: {}, refuses: [], extraBody: {}, streamUsage: true };
  const chat: ChatRequest = { model: "auto", messages: [{ role: "user", content: "x" }], max_tokens: 50, ...fields };
  const before = JSON.stringify(chat);
  const wire = anthropic.request(chat, { ...destination, ...more });
  assert.equal(JSON.stringify(chat), before, "the client's request was changed");
  return wire;
}

/** The body as it goes over the wire. */
export function sent(fields: Json, model = SONNET): Json {
  return JSON.parse(JSON.stringify(wireOf(fields, model).body));
}

/** What is in the body beside model, limit and messages. */
export function extrasOf(fields: Json, model = SONNET): Json {
  const { model: _, max_tokens: __, messages: ___, ...extras } = sent(fields, model);
  return extras;
}

/** The turns that these messages become, and the system prompt. */
export function conversation(messages: Json[], model = SONNET): { turns: Json[]; system: Json } {
  const { messages: turns, system } = sent({ messages }, model);
  return { turns, system };
}

/** The request is refused with 400 and this field named. */
export function refused(fields: Json, param: string, model = SONNET): void {
  assert.throws(() => wireOf(fields, model), (error) => {
    assert.ok(error instanceof RouterError, String(error));
    assert.deepEqual([error.status, error.code, error.param], [400, "unsupported_value", param]);
    return true;
  });
}

/** A past turn that calls one tool; `more` is laid over it. */
export function calling(id = "c1", more: Json = {}): Json {
  return {
    role: "assistant",
    tool_calls: [{ id, type: "function", function: { name: "w", arguments: "{}" } }],
    ...more,
  };
}

export function resultOf(id = "c1", content: Json = "1"): Json {
  return { role: "tool", tool_call_id: id, content };
}

export const USER = { role: "user", content: "x" };
export const SCHEMA = { type: "object", properties: { city: { type: "string" } }, required: ["city"] };
export const TOOL = { type: "function", function: { name: "w", parameters: SCHEMA } };
/** The tool as Anthropic is told of it. */
export const TOLD = { name: "w", input_schema: SCHEMA };

/** A whole message of Anthropic's. */
export function message(content: Json[], stop_reason: unknown = "end_turn", usage: Json = {}): Json {
  const counts = { input_tokens: 10, output_tokens: 5, ...usage };
  return { id: "m1", type: "message", role: "assistant", model: SONNET, content, stop_reason, usage: counts };
}

/** The first choice of what a client gets of a whole message. */
export function choiceOf(content: Json[], stop_reason?: unknown, more: Partial<Exchange> = {}): Json {
  const { choices } = anthropic.reply(message(content, stop_reason), exchangeOf(more)) as Json;
  return choices[0];
}

/** The parts of a translated stream. */
export function partsOf(events: readonly Json[], more: Partial<Exchange> = {}): Promise<StreamPart[]> {
  const said = events.map((event) => ({
    data: typeof event === "string" ? event : JSON.stringify(event),
    event: undefined,
  }));
  return Array.fromAsync(ReadableStream.from(said).pipeThrough(anthropic.stream(exchangeOf(more))));
}

/** What a client is shown of a translated stream: deltas with their end, usage, errors, `[DONE]`. */
export async function shown(events: readonly Json[], more: Partial<Exchange> = {}): Promise<Json[]> {
  return (await partsOf(events, more)).flatMap((part): Json[] => {
    if (part.type === "usage") return [];
    if (part.type === "done") return ["[DONE]"];
    if (part.type === "error") return [{ error: part.error }, "[DONE]"];
    const { choices: [choice], usage } = JSON.parse(part.data);
    return choice ? [[choice.delta, choice.finish_reason]] : [{ usage }];
  });
}

export const START = { type: "message_start", message: message([], null) };
export const STOP = { type: "message_stop" };

export function start(index: number, content_block: Json): Json {
  return { type: "content_block_start", index, content_block };
}

export function delta(index: number, value: Json): Json {
  return { type: "content_block_delta", index, delta: value };
}

export function stop(index: number): Json {
  return { type: "content_block_stop", index };
}

export function ending(stop_reason: unknown, usage: Json = { output_tokens: 5 }): Json {
  return { type: "message_delta", delta: { stop_reason, stop_sequence: null }, usage };
}

/** The events of a block of text. */
export function text(index: number, ...words: string[]): Json[] {
  return [
    start(index, { type: "text", text: "" }),
    ...words.map((word) => delta(index, { type: "text_delta", text: word })),
    stop(index),
  ];
}

/** The events of a tool's call, its arguments in pieces. */
export function tool(index: number, id: string, name: string, ...pieces: string[]): Json[] {
  return [
    start(index, { type: "tool_use", id, name, input: {} }),
    ...pieces.map((partial_json) => delta(index, { type: "input_json_delta", partial_json })),
    stop(index),
  ];
}

/** With what every stream's first chunk begins. */
export const OPENING = [{ role: "assistant", content: "", refusal: null }, null];
