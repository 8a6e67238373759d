import type { Exchange } from "../protocol.ts";
import { restOf, saidIn } from "./content.ts";
import { finishOf } from "./finish.ts";
import { isIndex, type JsonObject, objectIn, without } from "../json.ts";
import { createToolCalls, type ToolCalls } from "./toolcalls.ts";

/** What is known of one choice of a stream so far. */
export interface Choice {
  begun: boolean;
  finished: boolean;
  /** It has said something that is an answer: text, a refusal or a call. */
  spoke: boolean;
  calls: ToolCalls;
}

/** The choices of a stream by their index; only those that have begun. */
export type Choices = Map<number, Choice>;

/** What a chunk tells of a choice. */
interface Part {
  delta: JsonObject;
  finish_reason: string | null;
  logprobs?: unknown;
}

/** The fields of the delta with which OpenAI opens a choice. */
const OPENING = ["role", "content", "refusal"];

/** A choice of a chunk → what a client gets of it: opening, text and calls, end; each only when there is any. */
export function cleanChoice(said: JsonObject, choices: Choices, exchange: Exchange): JsonObject[] {
  const index = indexOf(said);
  const state = choices.get(index) ?? beginning(exchange);
  const delta = objectIn(said.delta ?? said.message);
  const finish = state.finished ? undefined : finishOf(said.finish_reason);
  const body = bodyOf(delta, state.calls);
  const bare = Object.keys(body).length === 0;
  const silent = bare && !finish && (said.logprobs ?? null) === null;
  if (silent && (state.begun || !("role" in delta))) return [];
  const { logprobs } = said;
  const parts: Part[] = [];
  if (!state.begun && OPENING.every((field) => field in delta)) {
    // The shape in which OpenAI itself opens a choice, first words and all, is kept together; others are split.
    const content = delta.content === null && !bare ? null : body.content ?? "";
    const first = { role: "assistant", content, refusal: delta.refusal ?? null };
    parts.push({ delta: { ...body, ...first }, finish_reason: null, logprobs });
  } else {
    if (!state.begun) parts.push({ delta: { role: "assistant", content: "", refusal: null }, finish_reason: null });
    if (!silent && !(bare && finish)) parts.push({ delta: body, finish_reason: null, logprobs });
  }
  if (finish) {
    parts.push(...completion(state.calls));
    const end = finish === "stop" && state.calls.seen && exchange.fixToolFinish ? "tool_calls" : finish;
    const told = parts.some((part) => part.logprobs);
    parts.push({ delta: {}, finish_reason: end, logprobs: told ? null : logprobs });
  }
  choices.set(index, state);
  state.begun = true;
  state.finished ||= finish !== undefined;
  state.spoke ||= speaks(body);
  // What else the vendor says of the choice goes with the last part of it.
  const more = without(said, ["index", "delta", "message", "logprobs", "finish_reason"]);
  return parts.map(({ delta, finish_reason, logprobs = null }, at) => ({
    index,
    delta,
    logprobs,
    finish_reason,
    ...(at === parts.length - 1 ? more : {}),
  }));
}

/** The end of a choice whose vendor said that it is done, and only forgot to say why. */
export function endOf(index: number, { calls }: Choice): JsonObject[] {
  const end = { delta: {}, finish_reason: calls.seen ? "tool_calls" : "stop" };
  return [...completion(calls), end].map((part) => ({ index, logprobs: null, ...part }));
}

/**
 * The vendor's word for it when the model failed: its reason to end, or (OpenRouter) the one behind a harmless reason
 * of a choice that said nothing.
 */
export function failureIn(said: JsonObject, choices: Choices): string | undefined {
  if (finishOf(said.finish_reason) === "error") return String(said.finish_reason);
  const native = said.native_finish_reason;
  if (finishOf(native) !== "error" || finishOf(said.finish_reason) === undefined) return undefined;
  const spoke = choices.get(indexOf(said))?.spoke === true || speaks(objectIn(said.delta));
  return spoke ? undefined : String(native);
}

function beginning({ newCallId }: Exchange): Choice {
  return { begun: false, finished: false, spoke: false, calls: createToolCalls(newCallId) };
}

function indexOf({ index }: JsonObject): number {
  return isIndex(index) ? index : 0;
}

function bodyOf(delta: JsonObject, state: ToolCalls): JsonObject {
  const calls = state.clean(delta.tool_calls);
  const { content, reasoning_content } = saidIn(delta);
  const rest = Object.entries(restOf(delta)).filter(([, value]) => value !== null);
  return {
    ...(reasoning_content === undefined ? {} : { reasoning_content }),
    ...(content === undefined || content === "" ? {} : { content }),
    ...Object.fromEntries(rest),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function completion(calls: ToolCalls): Part[] {
  const fragments = calls.complete();
  return fragments.length === 0 ? [] : [{ delta: { tool_calls: fragments }, finish_reason: null }];
}

function speaks({ content, refusal, tool_calls: calls, function_call: call, audio }: JsonObject): boolean {
  return [content, refusal, call, audio].some(Boolean) || Array.isArray(calls) && calls.length > 0;
}
