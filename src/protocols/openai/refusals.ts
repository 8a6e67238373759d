import { RouterError } from "../../errors.ts";
import { isObject, type JsonObject, objectIn, objectsIn } from "../json.ts";
import type { Draft } from "./request.ts";

/**
 * Refuses what a vendor with a list of fields does not know, and what cannot be left out without changing what the
 * client asked for. Throws RouterError 400.
 */
export function refuseUnknown({ body, destination: { dialect, provider } }: Draft): void {
  const knows = (field: string) => dialect.accepts?.includes(field) === true;
  const speaks = Array.isArray(body.modalities) && body.modalities.includes("audio");
  if (!knows("audio") && (speaks || isObject(body.audio))) {
    const [param, way] = [
      speaks ? "modalities" : "audio",
      "it answers in text only, so leave out modalities and audio",
    ];
    throw refusal(param, `Cannot ask ${provider} for spoken output: ${way}`);
  }
  if (!knows("functions") && Array.isArray(body.functions) && body.functions.length > 0) {
    throw refusal("functions", `Cannot send functions to ${provider}: it knows their successor only, so send tools`);
  }
  for (const [at, tool] of objectsIn(body.tools).entries()) {
    if (tool.type !== "custom") continue;
    const why = 'it knows tools of type "function" only, so describe it as one';
    throw refusal(`tools[${at}]`, `Cannot send the custom tool tools[${at}] to ${provider}: ${why}`);
  }
  refuseParts(body.messages, dialect.refusesParts ?? [], provider);
}

function refuseParts(messages: unknown, refused: readonly string[], provider: string): void {
  if (refused.length === 0) return;
  for (const [at, message] of objectsIn(messages).entries()) {
    for (const [place, { type }] of objectsIn(message.content).entries()) {
      if (typeof type !== "string" || !refused.includes(type)) continue;
      const param = `messages[${at}].content[${place}]`;
      throw refusal(param, `Cannot send ${param} to ${provider}: it takes no part of type "${type}", so send its text`);
    }
  }
}

/** OpenAI's choice among some of the tools, for vendors that only know a choice among all: the others are left out. */
export function shapeToolChoice({ body }: Draft): void {
  const choice = objectIn(body.tool_choice);
  if (choice.type !== "allowed_tools") return;
  const { mode, tools } = objectIn(choice.allowed_tools);
  const names = new Set(objectsIn(tools).map(nameOf));
  body.tools = objectsIn(body.tools).filter((tool) => names.has(nameOf(tool)));
  body.tool_choice = mode === "required" ? "required" : "auto";
}

function nameOf(tool: JsonObject): unknown {
  return objectIn(tool.function).name;
}

/** A request that this vendor cannot be asked. */
export function refusal(param: string, message: string): RouterError {
  return new RouterError(400, "unsupported_value", message, { param });
}
