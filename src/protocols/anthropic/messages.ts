import { RouterError } from "../../errors.ts";
import { isObject, type JsonObject, objectIn, objectsIn } from "../json.ts";
import type { ChatMessage } from "../protocol.ts";
import { toolId } from "./ids.ts";
import { documentBlock, imageBlock } from "./media.ts";

/** A turn of Anthropic's: adjacent messages of one role are one turn. */
export interface Turn {
  role: "user" | "assistant";
  content: JsonObject[];
}

export interface Conversation {
  /** Text, or blocks where a part carries `cache_control`. Undefined: there is none. */
  system: string | JsonObject[] | undefined;
  turns: Turn[];
}

/** Names a field of the client's that could not be carried over. */
type Drop = (field: string) => void;

/** OpenAI's messages → Anthropic's system prompt and turns. Throws RouterError 400 for what cannot be carried over. */
export function conversationOf(messages: readonly ChatMessage[], drop: Drop): Conversation {
  const system: JsonObject[] = [];
  const turns: Turn[] = [];
  messages.forEach((message, at) => {
    if (message.name !== undefined && message.role !== "function") drop("messages.name");
    const path = `messages[${at}]`;
    if (message.role === "system" || message.role === "developer") system.push(...textBlocks(message));
    else if (message.role === "assistant") add(turns, "assistant", assistantBlocks(message, drop));
    else if (message.role === "tool" || message.role === "function") add(turns, "user", [toolResult(message, path)]);
    else add(turns, "user", userBlocks(message, path, drop));
  });
  // Anthropic wants a user's turn first; a lone full stop asks for nothing.
  if (turns[0]?.role !== "user") turns.unshift({ role: "user", content: [{ type: "text", text: "." }] });
  for (const turn of turns) turn.content = resultsFirst(turn.content);
  trimPrefill(turns.at(-1));
  return { system: systemOf(system), turns };
}

function add(turns: Turn[], role: Turn["role"], content: JsonObject[]): void {
  if (content.length === 0) return;
  const last = turns.at(-1);
  if (last?.role === role) last.content.push(...content);
  else turns.push({ role, content });
}

/** Results spread among other blocks, or behind them, are refused. */
function resultsFirst(content: JsonObject[]): JsonObject[] {
  const isResult = ({ type }: JsonObject) => type === "tool_result";
  return [...content.filter(isResult), ...content.filter((block) => !isResult(block))];
}

/** A last turn of the assistant's may not end in white space. */
function trimPrefill(turn: Turn | undefined): void {
  const last = turn?.content.at(-1);
  if (turn?.role !== "assistant" || typeof last?.text !== "string") return;
  turn.content[turn.content.length - 1] = { ...last, text: last.text.trimEnd() };
}

function systemOf(blocks: JsonObject[]): Conversation["system"] {
  if (blocks.length === 0) return undefined;
  return blocks.some((block) => "cache_control" in block) ? blocks : blocks.map(({ text }) => text).join("\n");
}

/** Empty text is refused by the API, so it is left out. */
function textBlock(text: unknown, part: JsonObject = {}): JsonObject[] {
  if (typeof text !== "string" || text.trim() === "") return [];
  return [{ type: "text", text, ...cacheControl(part) }];
}

function cacheControl({ cache_control }: JsonObject): JsonObject {
  return isObject(cache_control) ? { cache_control } : {};
}

function textBlocks({ content }: ChatMessage): JsonObject[] {
  if (typeof content === "string") return textBlock(content);
  return (content ?? []).flatMap((part) => textBlock(part.text ?? part.refusal, part));
}

function userBlocks({ content }: ChatMessage, path: string, drop: Drop): JsonObject[] {
  if (typeof content === "string") return textBlock(content);
  return (content ?? []).flatMap((part, at) => partBlocks(part, `${path}.content[${at}]`, drop));
}

function partBlocks(part: JsonObject, path: string, drop: Drop): JsonObject[] {
  if (part.type === "text") return textBlock(part.text, part);
  if (part.type === "image_url") {
    if (isObject(part.image_url) && "detail" in part.image_url) drop("messages.content.image_url.detail");
    const url = isObject(part.image_url) ? part.image_url.url : part.image_url;
    return [{ ...imageBlock(url, `${path}.image_url`), ...cacheControl(part) }];
  }
  if (part.type === "file") return [{ ...documentBlock(objectIn(part.file), `${path}.file`), ...cacheControl(part) }];
  const why = part.type === "input_audio" ? "it takes no audio" : "it knows no such part";
  const message = `Cannot send ${path} (type ${JSON.stringify(part.type)}) to Anthropic: ${why}`;
  throw new RouterError(400, "unsupported_value", message, { param: path });
}

function assistantBlocks(message: ChatMessage, drop: Drop): JsonObject[] {
  if (typeof message.reasoning_content === "string" && !message.thinking_blocks && !message.reasoning_details) {
    // Without its signature it cannot be played back.
    drop("messages.reasoning_content");
  }
  const refused = typeof message.refusal === "string" ? textBlock(message.refusal) : [];
  return [...thinkingBlocks(message), ...textBlocks(message), ...refused, ...toolUses(message)];
}

/** Signed thinking goes back as it came, first in its turn; what has no signature is refused there. */
function thinkingBlocks({ thinking_blocks, reasoning_details }: ChatMessage): JsonObject[] {
  const blocks = objectsIn(thinking_blocks).filter(({ type, signature, data }) => {
    return type === "thinking" && signed(signature) || type === "redacted_thinking" && signed(data);
  });
  if (blocks.length > 0) return blocks;
  return objectsIn(reasoning_details).flatMap(({ type, text, signature, data }): JsonObject[] => {
    if (type === "reasoning.text" && signed(signature)) return [{ type: "thinking", thinking: text ?? "", signature }];
    return type === "reasoning.encrypted" && signed(data) ? [{ type: "redacted_thinking", data }] : [];
  });
}

function signed(value: unknown): boolean {
  return typeof value === "string" && value !== "";
}

function toolUses({ tool_calls, function_call }: ChatMessage): JsonObject[] {
  const calls: JsonObject[] = isObject(function_call)
    ? [{ id: callId(function_call.name), function: function_call }]
    : objectsIn(tool_calls);
  return calls.map(({ id, function: said, custom }) => {
    const { name, arguments: given, input } = objectIn(said ?? custom);
    return { type: "tool_use", id: toolId(String(id ?? "")), name, input: inputOf(given ?? input) };
  });
}

/** One bad old turn must not kill the conversation: what is no JSON object is wrapped. */
function inputOf(given: unknown): JsonObject {
  if (isObject(given)) return given;
  if (typeof given !== "string" || given.trim() === "") return {};
  try {
    const parsed: unknown = JSON.parse(given);
    if (isObject(parsed)) return parsed;
  } catch {
    // Wrapped below.
  }
  return { raw_arguments: given };
}

function toolResult(message: ChatMessage, path: string): JsonObject {
  const id = message.role === "function" ? callId(message.name) : message.tool_call_id;
  const { content } = message;
  const text = typeof content === "string" ? content : undefined;
  // A blank text is refused like a blank block.
  const blocks = text === undefined ? userBlocks(message, path, () => {}) : text.trim() === "" ? "" : text;
  return {
    type: "tool_result",
    tool_use_id: toolId(String(id ?? "")),
    ...(blocks.length === 0 ? {} : { content: blocks }),
    ...cacheControl(message),
  };
}

/** The old form of a call has no id: the function's name stands for it. */
function callId(name: unknown): string {
  return `call_${String(name ?? "")}`;
}
