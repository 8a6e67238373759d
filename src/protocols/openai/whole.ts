import { isIndex } from "../json.ts";
import type { ChatReply, Exchange, StreamPart } from "../protocol.ts";

/**
 * A whole reply as the parts of a stream: for upstreams that answer a streaming request with one JSON object, and
 * for replies that we make ourselves.
 */
export function partsOfReply(reply: ChatReply, exchange: Pick<Exchange, "wantsUsage">): StreamPart[] {
  const { choices, usage, object: _, ...envelope } = reply;
  const chunk = (choice: Record<string, unknown> | undefined, counted: unknown = null): StreamPart => ({
    type: "chunk",
    data: JSON.stringify({
      ...envelope,
      object: "chat.completion.chunk",
      choices: choice ? [choice] : [],
      ...(exchange.wantsUsage ? { usage: counted } : {}),
    }),
  });
  const parts = records(choices).flatMap((choice, at) => deltasOf(choice, at).map((delta) => chunk(delta)));
  if (usage && exchange.wantsUsage) parts.push(chunk(undefined, usage));
  if (usage) parts.push({ type: "usage", usage });
  return [...parts, { type: "done" }];
}

function deltasOf(choice: Record<string, unknown>, at: number): Record<string, unknown>[] {
  const { role: _, content, refusal, tool_calls, ...rest } = record(choice.message);
  const index = isIndex(choice.index) ? choice.index : at;
  const delta = (value: Record<string, unknown>, finish: unknown = null, logprobs: unknown = null) => {
    return { index, delta: value, logprobs, finish_reason: finish };
  };
  const calls = records(tool_calls).map((call, position) => ({ index: position, ...call }));
  const present = Object.entries(rest).filter(([, value]) => value !== null);
  const deltas = [delta({ role: "assistant", content: "", refusal: null })];
  if (present.length > 0) deltas.push(delta(Object.fromEntries(present)));
  if (typeof content === "string" && content !== "") deltas.push(delta({ content }, null, choice.logprobs ?? null));
  if (typeof refusal === "string") deltas.push(delta({ refusal }));
  if (calls.length > 0) deltas.push(delta({ tool_calls: calls }));
  return [...deltas, delta({}, choice.finish_reason ?? "stop")];
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === "object" && value !== null ? value as Record<string, unknown> : {};
}

function records(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(record) : [];
}
