import type { ChatMessage, ChatRequest } from "../protocols/protocol.ts";
import type { Capability } from "../providers/models.ts";
import type { Target } from "../providers/target.ts";

/** What a request needs of a model. */
export interface Needs {
  capabilities: readonly Capability[];
  /** Estimated input + requested output, tokens. */
  tokens: number;
}

/** What an image costs at most vendors, tokens. */
const IMAGE_TOKENS = 800;
const PARTS: Readonly<Record<string, Capability>> = {
  image_url: "vision",
  input_image: "vision",
  file: "pdf",
  input_audio: "audio",
};

/** Request → what it needs. One pass over the messages; texts are measured, not read. */
export function needsOf(chat: ChatRequest): Needs {
  const found = new Set<Capability>();
  let tokens = outputOf(chat);
  for (const message of chat.messages) {
    tokens += tokensIn(message);
    if (!Array.isArray(message.content)) continue;
    for (const { type } of message.content) {
      const capability = PARTS[type];
      if (capability) found.add(capability);
      if (capability === "vision") tokens += IMAGE_TOKENS;
    }
  }
  if (Array.isArray(chat.tools) && chat.tools.length > 0) {
    found.add("tools");
    tokens += estimate(JSON.stringify(chat.tools));
  }
  const format = chat.response_format as { type?: unknown } | null | undefined;
  if (format?.type === "json_schema") found.add("json");
  return { capabilities: [...found], tokens };
}

/** Why a target cannot serve a request, for people; undefined: it can, or nothing is known against it. */
export function lackOf(target: Target, { capabilities, tokens }: Needs): string | undefined {
  const missing = capabilities.filter((capability) => target.can && !target.can.has(capability));
  if (missing.length > 0) return missing.join(", ");
  if (target.context !== undefined && tokens > target.context) {
    return `a window of some ${tokens} tokens (it has ${target.context})`;
  }
  return undefined;
}

function outputOf(chat: ChatRequest): number {
  const { max_completion_tokens: completion, max_tokens: tokens } = chat;
  return typeof completion === "number" ? completion : typeof tokens === "number" ? tokens : 0;
}

function tokensIn({ content, tool_calls: calls }: ChatMessage): number {
  const texts = typeof content === "string"
    ? [content]
    : (content ?? []).map(({ text }) => typeof text === "string" ? text : "");
  const called = (calls ?? []).map((call) => call.function?.arguments ?? "");
  return [...texts, ...called].reduce((sum, text) => sum + estimate(text), 0);
}

const SAMPLE = 1000;

/**
 * A cautious guess: four characters a token in Latin script, two in others. Rather too low than too high: what does
 * not fit the upstream says itself, and moves on to a larger window.
 */
function estimate(text: string): number {
  const sample = text.slice(0, SAMPLE);
  const wide = sample.match(/[\u0250-\uffff]/g)?.length ?? 0;
  const share = sample.length === 0 ? 0 : wide / sample.length;
  return Math.ceil(text.length * (0.25 + 0.25 * share));
}
