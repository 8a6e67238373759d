import { RouterError } from "../../errors.ts";
import { isObject, type JsonObject, objectIn, objectsIn } from "../json.ts";
import type { ChatRequest } from "../protocol.ts";
import type { ModelTraits } from "./models.ts";

export interface Tools {
  tools: JsonObject[];
  choice: JsonObject | undefined;
  /** The client insists on a tool. */
  forced: boolean;
}

/** OpenAI's tools and choice → Anthropic's. Throws RouterError 400 for free-text tools. */
export function toolsOf(chat: ChatRequest, traits: ModelTraits, drop: (field: string) => void): Tools {
  const { tools: listed, choice } = modern(chat);
  const allowed = isObject(choice) && choice.type === "allowed_tools" ? objectIn(choice.allowed_tools) : undefined;
  const names = allowed && objectsIn(allowed.tools).map((tool) => objectIn(tool.function).name ?? tool.name);
  const tools = listed.map((tool, at) => toolOf(tool, at, traits, drop)).filter(({ name }) =>
    !names || names.includes(name)
  );
  if (tools.length === 0) {
    return { tools: stubs(chat), choice: stubs(chat).length > 0 ? { type: "none" } : undefined, forced: false };
  }
  const wanted = choiceOf(allowed ? allowed.mode : choice);
  const forced = wanted?.type === "any" || wanted?.type === "tool";
  if (forced && traits.forcedTool === "no") {
    drop("tool_choice");
    return { tools, choice: single(chat, { type: "auto" }), forced: false };
  }
  return { tools, choice: single(chat, wanted), forced };
}

/** `functions` and `function_call` are the old names of `tools` and `tool_choice`. */
function modern(chat: ChatRequest): { tools: JsonObject[]; choice: unknown } {
  if (objectsIn(chat.functions).length === 0) return { tools: objectsIn(chat.tools), choice: chat.tool_choice };
  const call = chat.function_call;
  return {
    tools: objectsIn(chat.functions).map((said) => ({ type: "function", function: said })),
    choice: isObject(call) ? { type: "function", function: call } : call,
  };
}

function toolOf(tool: JsonObject, at: number, traits: ModelTraits, drop: (field: string) => void): JsonObject {
  if (tool.type !== "function") {
    const message = `Cannot send tools[${at}] (type ${
      JSON.stringify(tool.type)
    }) to Anthropic: it knows function tools only`;
    throw new RouterError(400, "unsupported_value", message, { param: `tools[${at}].type` });
  }
  const { name, description, parameters, strict } = objectIn(tool.function);
  const schema = objectIn(parameters);
  if (strict === true && !traits.json) drop("tools.function.strict");
  return {
    name,
    ...(typeof description === "string" ? { description } : {}),
    input_schema: { ...schema, type: "object", properties: schema.properties ?? {} },
    ...(strict === true && traits.json ? { strict: true } : {}),
    ...(isObject(tool.cache_control) ? { cache_control: tool.cache_control } : {}),
  };
}

/** A conversation with calls but without tools is refused: their names are enough. */
function stubs(chat: ChatRequest): JsonObject[] {
  const used = chat.messages.flatMap(({ tool_calls, function_call }) => {
    const calls = isObject(function_call)
      ? [function_call]
      : objectsIn(tool_calls).map((call) => objectIn(call.function ?? call.custom));
    return calls.map(({ name }) => name).filter((name) => typeof name === "string");
  });
  return [...new Set(used)].map((name) => ({ name, input_schema: { type: "object", properties: {} } }));
}

function choiceOf(choice: unknown): JsonObject | undefined {
  if (choice === "auto" || choice === "none") return { type: choice };
  if (choice === "required") return { type: "any" };
  if (!isObject(choice)) return undefined;
  return { type: "tool", name: objectIn(choice.function).name ?? choice.name };
}

function single({ parallel_tool_calls }: ChatRequest, choice: JsonObject | undefined): JsonObject | undefined {
  if (parallel_tool_calls !== false || choice?.type === "none") return choice;
  return { ...(choice ?? { type: "auto" }), disable_parallel_tool_use: true };
}
