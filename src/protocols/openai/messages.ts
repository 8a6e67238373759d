import type { ChatMessage, Destination, ToolCall } from "../protocol.ts";
import { isObject, objectIn, without } from "../json.ts";

/** Changes one message; returns the same object when there is nothing to change. */
type Shape = (message: ChatMessage, destination: Destination, drop: (field: string) => void) => ChatMessage;

/** Messages as the vendor takes them; the same list when nothing changes. `drop` is told what is left out. */
export function shapeMessages(
  messages: readonly ChatMessage[],
  destination: Destination,
  drop: (field: string) => void,
): readonly ChatMessage[] {
  const shapes = shapesFor(destination);
  if (shapes.length === 0) return messages;
  const shaped = messages.map((message) => shapes.reduce((kept, shape) => shape(kept, destination, drop), message));
  return shaped.every((message, at) => message === messages[at]) ? messages : shaped;
}

/** Mistral's models keep their rule for ids behind other vendors too. */
const MISTRAL_MODEL = /(^|\/)(open-)?(mistral|mixtral|codestral|ministral|magistral|devstral|pixtral|voxtral)/i;

function shapesFor({ dialect, model, provider }: Destination): Shape[] {
  const quirks = dialect.quirks ?? [];
  const shapes: Shape[] = [];
  if (!dialect.developerRole) shapes.push(developerAsSystem);
  if (quirks.includes("no_null_fields")) shapes.push(withoutNulls);
  if (quirks.includes("no_null_content")) shapes.push(emptyForNull);
  if (quirks.includes("deepseek_thinking")) shapes.push(reasoningBack);
  if (dialect.messageAccepts || dialect.messageRefuses) shapes.push(onlyKnown);
  if (dialect.callAccepts) shapes.push(onlyKnownOfCalls);
  if (quirks.includes("json_arguments")) shapes.push(jsonArguments);
  if (quirks.includes("thought_signatures") && /gemini-([3-9]|\d\d)/i.test(model)) shapes.push(signedThoughts);
  const behind = provider !== "openai" && MISTRAL_MODEL.test(model);
  if (quirks.includes("nine_character_ids") || behind) shapes.push(nineCharacterIds);
  return shapes;
}

const developerAsSystem: Shape = (message) => message.role === "developer" ? { ...message, role: "system" } : message;

/** Clients send replies back as they got them, with fields that say nothing. A null content has a meaning. */
const withoutNulls: Shape = (message) => {
  const nulls = Object.keys(message).filter((field) => message[field] === null && field !== "content");
  return without(message, nulls) as ChatMessage;
};

const emptyForNull: Shape = (message) => {
  const absent = message.content === null || message.content === undefined;
  return absent ? { ...message, content: "" } : message;
};

/** DeepSeek wants the reasoning of a turn with tool calls back; lost, it must at least be there. */
const reasoningBack: Shape = (message, { model }) => {
  if (message.role !== "assistant") return message;
  // The first R1 is the opposite: it refuses the field. It knew no tools.
  if (/\br1\b/i.test(model)) return without(message, ["reasoning_content"]) as ChatMessage;
  const lost = message.reasoning_content === undefined || message.reasoning_content === null;
  return message.tool_calls?.length && lost ? { ...message, reasoning_content: "" } : message;
};

const onlyKnown: Shape = (message, { dialect: { messageAccepts, messageRefuses = [] } }, drop) => {
  const unknown = Object.keys(message).filter((field) =>
    messageAccepts ? !messageAccepts.includes(field) : messageRefuses.includes(field)
  );
  if (unknown.length === 0) return message;
  for (const field of unknown) if (message[field] !== null) drop(`messages.${field}`);
  return without(message, unknown) as ChatMessage;
};

const onlyKnownOfCalls: Shape = (message, { dialect: { callAccepts = [] } }, drop) =>
  withCalls(message, (call) => {
    const unknown = Object.keys(call).filter((field) => !callAccepts.includes(field));
    // A place in the list is a leftover of a stream that the client joined.
    for (const field of unknown) if (field !== "index") drop(`messages.tool_calls.${field}`);
    return without(call, unknown);
  });

/** Ollama parses the arguments of past calls, and refuses the request when one is no JSON object. */
const jsonArguments: Shape = (message) =>
  withCalls(message, (call) => {
    const said = call.function;
    if (!isObject(said) || typeof said.arguments !== "string" || isJsonObject(said.arguments)) return call;
    const text = said.arguments.trim() === "" ? "{}" : JSON.stringify({ raw_arguments: said.arguments });
    return { ...call, function: { ...said, arguments: text } };
  });

/** What Google's documentation gives for calls that another model made: it stands for a signature that never was. */
const UNSIGNED = { google: { thought_signature: "skip_thought_signature_validator" } };

/** Gemini refuses a call without its thought's signature. Of calls made together the first one has it. */
const signedThoughts: Shape = (message) => {
  const [first, ...others] = message.tool_calls ?? [];
  const signed = (call: ToolCall) => objectIn(objectIn(call.extra_content).google).thought_signature !== undefined;
  if (!first || [first, ...others].some(signed)) return message;
  return {
    ...message,
    tool_calls: [{ ...first, extra_content: { ...objectIn(first.extra_content), ...UNSIGNED } }, ...others],
  };
};

const nineCharacterIds: Shape = (message) => {
  const { tool_call_id: answered } = message;
  const result = typeof answered === "string" ? nineCharacters(answered) : undefined;
  const shaped = result === answered ? message : { ...message, tool_call_id: result };
  return withCalls(shaped, (call) => {
    const id = typeof call.id === "string" ? nineCharacters(call.id) : call.id;
    return id === call.id ? call : { ...call, id };
  });
};

/** The message with each tool call changed; the same object when none was. */
function withCalls(message: ChatMessage, change: (call: ToolCall) => ToolCall): ChatMessage {
  const calls = message.tool_calls;
  if (!calls?.length) return message;
  const changed = calls.map(change);
  return changed.every((call, at) => call === calls[at]) ? message : { ...message, tool_calls: changed };
}

function isJsonObject(text: string): boolean {
  try {
    return isObject(JSON.parse(text));
  } catch {
    return false;
  }
}

const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** The same id for the same call, as nine letters and digits (FNV-1a, 64 bits, in base 62). */
export function nineCharacters(id: string): string {
  if (/^[A-Za-z0-9]{9}$/.test(id)) return id;
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(id)) hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  return Array.from({ length: 9 }, () => {
    const letter = ALPHABET[Number(hash % 62n)];
    hash /= 62n;
    return letter;
  }).join("");
}
