import { isObject, type JsonObject, without } from "../json.ts";

/** What a message or a delta says, with the vendors' spellings unified. Absent: it says nothing of the kind. */
export interface Said {
  content?: string;
  reasoning_content?: string;
}

/**
 * Text and reasoning of a message or delta: content may be a list of parts (Mistral's reasoning models), reasoning
 * may be called `reasoning` (OpenRouter, Groq, Ollama, Together).
 */
export function saidIn(value: JsonObject): Said {
  const said: Said = {};
  const reasoning = [value.reasoning_content, value.reasoning].find((text) => typeof text === "string" && text !== "");
  if (typeof reasoning === "string") said.reasoning_content = reasoning;
  if (typeof value.content === "string") said.content = value.content;
  if (!Array.isArray(value.content)) return said;
  for (const part of value.content) {
    if (!isObject(part)) continue;
    if (part.type === "thinking") said.reasoning_content = (said.reasoning_content ?? "") + textOf(part.thinking);
    else said.content = (said.content ?? "") + textOf(part.text);
  }
  return said;
}

/** What is left of a message or delta beside role, text, reasoning and tool calls. */
export function restOf(value: JsonObject): JsonObject {
  const rest = without(value, ["role", "content", "reasoning_content", "tool_calls"]);
  return typeof rest.reasoning === "string" || rest.reasoning === null ? without(rest, ["reasoning"]) : rest;
}

function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return "";
  return value.map((part) => isObject(part) && typeof part.text === "string" ? part.text : "").join("");
}
