import { z } from "zod";
import { RouterError } from "../../errors.ts";
import type { ChatMessage, ChatRequest } from "../protocol.ts";
import { isObject } from "../json.ts";

const ROLES = ["system", "developer", "user", "assistant", "tool", "function"];

const COUNT = "it must be a whole number of at least 1";
const count = z.number(COUNT).int(COUNT).min(1, COUNT).nullish();
const MODEL = 'it must be the name of a model, such as "auto"';
const SWITCH = "it must be true or false";

const typed = z.looseObject({ type: z.string("it must be a string") }, "it must be an object with a type");

/** The fields of a request that we read. Everything else is the upstream's business and travels on. */
const request = z.looseObject({
  model: z.string(MODEL).min(1, MODEL),
  stream: z.boolean(SWITCH).nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean(SWITCH).nullish() }, "it must be an object").nullish(),
  n: count,
  max_tokens: count,
  max_completion_tokens: count,
  tools: z.array(typed, "it must be a list of tools").nullish(),
  response_format: typed.nullish(),
});

/** A client's body → ChatRequest, the same object. Throws RouterError 400 that names the first field at fault. */
export function parseChat(body: unknown): ChatRequest {
  if (!isObject(body)) throw fault("", body, "the body must be a JSON object");
  // Messages are checked by hand: there may be thousands, and a schema would copy each of them.
  const { messages, ...fields } = body;
  const parsed = request.safeParse(fields);
  const [issue] = parsed.error?.issues ?? [];
  if (issue) throw fault(pathOf(issue.path), valueAt(body, issue.path), issue.message);
  parseMessages(messages);
  return body as unknown as ChatRequest;
}

/** Checks `messages`. Throws RouterError 400 that names the first field at fault. */
export function parseMessages(messages: unknown): ChatMessage[] {
  if (!Array.isArray(messages)) throw fault("messages", messages, "it must be a list of messages");
  if (messages.length === 0) throw fault("messages", messages, "it must hold at least one message");
  for (let at = 0; at < messages.length; at++) checkMessage(messages[at], `messages[${at}]`);
  return messages;
}

function checkMessage(message: unknown, path: string): void {
  if (!isObject(message)) throw fault(path, message, "it must be an object with role and content");
  const { role, content, tool_calls: calls, tool_call_id: callId } = message;
  if (typeof role !== "string" || !ROLES.includes(role)) {
    throw fault(`${path}.role`, role, `it must be one of ${ROLES.join(", ")}`);
  }
  if (Array.isArray(content)) {
    for (let at = 0; at < content.length; at++) checkPart(content[at], `${path}.content[${at}]`);
  } else if (typeof content !== "string" && content !== null && content !== undefined) {
    throw fault(`${path}.content`, content, "it must be a string or a list of content parts");
  }
  if (calls !== undefined && calls !== null && !(Array.isArray(calls) && calls.every(isObject))) {
    throw fault(`${path}.tool_calls`, calls, "it must be a list of objects");
  }
  if (role === "tool" && typeof callId !== "string") {
    throw fault(`${path}.tool_call_id`, callId, "a tool's result must name the call that it answers");
  }
}

function checkPart(part: unknown, path: string): void {
  if (!isObject(part)) throw fault(path, part, "it must be an object with a type");
  if (typeof part.type !== "string") throw fault(`${path}.type`, part.type, 'it must be a string such as "text"');
  if (part.type === "text" && typeof part.text !== "string") {
    throw fault(`${path}.text`, part.text, "a text part must hold a string");
  }
}

/** The longest value that an error shows, characters. */
const MAX_SHOWN = 80;

function fault(path: string, value: unknown, why: string): RouterError {
  const text = textOf(value);
  const shown = text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
  const place = path === "" ? "the request" : path;
  return new RouterError(400, "invalid_value", `Cannot use ${place} (${shown}): ${why}`, {
    param: path === "" ? null : path,
  });
}

function textOf(value: unknown): string {
  try {
    return value === undefined ? "nothing" : JSON.stringify(value);
  } catch {
    return "nested too deeply to show";
  }
}

function pathOf(path: readonly PropertyKey[]): string {
  return path.map((step) => typeof step === "number" ? `[${step}]` : `.${String(step)}`).join("").replace(/^\./, "");
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, step) => {
    return typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[step] : undefined;
  }, body);
}
