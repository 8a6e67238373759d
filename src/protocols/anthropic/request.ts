import { RouterError } from "../../errors.ts";
import { listed } from "../dropped.ts";
import { isObject, type JsonObject, objectIn, without } from "../json.ts";
import type { ChatRequest, Destination, WireRequest } from "../protocol.ts";
import { type Conversation, conversationOf } from "./messages.ts";
import { type ModelTraits, traitsOf } from "./models.ts";
import { thinkingOf } from "./reasoning.ts";
import { nativeSchema } from "./schema.ts";
import { type Tools, toolsOf } from "./tools.ts";

/** Where the official client refuses to wait for a whole reply (an estimated ten minutes), tokens. */
const MAX_WHOLE = 21_333;
/** The tool that stands for structured output on models without it. */
const JSON_TOOL = "json";

/** Fields that are carried over, or that have nothing to say to Anthropic and mean its default. */
const HANDLED = new Set([
  "model",
  "messages",
  "stream",
  "stream_options",
  "max_tokens",
  "max_completion_tokens",
  "temperature",
  "top_p",
  "top_k",
  "stop",
  "tools",
  "tool_choice",
  "parallel_tool_calls",
  "functions",
  "function_call",
  "response_format",
  "reasoning_effort",
  "thinking",
  "user",
  "safety_identifier",
  "service_tier",
  "n",
  "modalities",
]);

/** ChatRequest → Anthropic's Messages. Throws RouterError 400 when dropping a field would change what was asked for. */
export function buildRequest(asked: ChatRequest, destination: Destination): WireRequest {
  const dropped = new Set<string>();
  const drop = (field: string) => void dropped.add(field);
  for (const field of destination.refuses) if (field in asked) drop(field);
  const chat = without(asked, destination.refuses) as ChatRequest;
  refuseImpossible(chat);
  for (const [field, value] of Object.entries(chat)) {
    if (!HANDLED.has(field) && value !== null && value !== undefined) drop(field);
  }

  const traits = traitsOf(destination.model);
  const { system, turns } = conversationOf(chat.messages, drop);
  const maxTokens = limitOf(chat, traits);
  const format = formatOf(chat, toolsOf(chat, traits, drop), traits);
  const given = isObject(chat.thinking) ? { thinking: chat.thinking } : undefined;
  const { thinking, effort } = given
    ? { ...given, effort: undefined }
    : thinkingOf({ effort: chat.reasoning_effort, traits, maxTokens, turns, forced: format.forced });
  const thinks = thinking !== undefined && thinking.type !== "disabled";
  const outputConfig = {
    ...(effort ? { effort } : {}),
    ...(format.schema ? { format: { type: "json_schema", schema: format.schema } } : {}),
  };
  const body: JsonObject = {
    model: destination.model,
    max_tokens: maxTokens,
    messages: turns,
    ...systemOf(system, format.note),
    ...samplingOf(chat, traits, thinks, drop),
    ...stopOf(chat.stop),
    ...(chat.stream === true ? { stream: true } : {}),
    ...(format.tools.length > 0 ? { tools: format.tools } : {}),
    ...(format.choice ? { tool_choice: format.choice } : {}),
    ...(thinking ? { thinking } : {}),
    ...(Object.keys(outputConfig).length > 0 ? { output_config: outputConfig } : {}),
    ...metadataOf(chat),
    ...serviceTierOf(chat.service_tier, drop),
    ...destination.extraBody,
  };
  const wantsUsage = chat.stream === true && chat.stream_options?.include_usage === true;
  const exchange = {
    wantsUsage,
    created: 0,
    newCallId: () => "",
    ...(format.jsonTool ? { jsonTool: format.jsonTool } : {}),
  };
  return { body, headers: {}, dropped: listed(dropped), exchange };
}

/** What no other request could stand for. */
function refuseImpossible({ n, modalities, audio }: ChatRequest): void {
  const refuse = (param: string, value: unknown, way: string) => {
    const message = `Cannot ask Anthropic for ${param} = ${JSON.stringify(value)}: ${way}`;
    throw new RouterError(400, "unsupported_value", message, { param });
  };
  if (typeof n === "number" && n > 1) {
    refuse("n", n, `it gives one answer a request, so send n = 1, or the request ${n} times`);
  }
  if (Array.isArray(modalities) && modalities.includes("audio")) {
    refuse("modalities", modalities, "it answers in text only");
  }
  if (isObject(audio)) refuse("audio", audio, "it answers in text only");
}

function limitOf(chat: ChatRequest, { maxOutput }: ModelTraits): number {
  const asked = chat.max_completion_tokens ?? chat.max_tokens;
  const usual = chat.stream === true ? maxOutput : Math.min(maxOutput, MAX_WHOLE);
  return Math.min(typeof asked === "number" ? asked : usual, maxOutput);
}

interface Format extends Tools {
  /** For the model's own structured output. */
  schema?: JsonObject;
  /** For the system prompt, where there is no other way. */
  note?: string;
  jsonTool?: string;
}

/** `response_format` by the best way that this model has. */
function formatOf({ response_format }: ChatRequest, tools: Tools, traits: ModelTraits): Format {
  if (!isObject(response_format)) return tools;
  if (response_format.type === "json_object") {
    return { ...tools, note: "Answer with one JSON object and nothing else." };
  }
  if (response_format.type !== "json_schema") return tools;
  const { schema: wanted, description } = objectIn(response_format.json_schema);
  const schema = objectIn(wanted);
  const native = traits.json ? nativeSchema(schema) : undefined;
  if (native) return { ...tools, schema: native };
  if (traits.forcedTool === "no") {
    return {
      ...tools,
      note: `Answer with one JSON object that fits this JSON schema, and nothing else: ${JSON.stringify(schema)}`,
    };
  }
  const stands = {
    name: JSON_TOOL,
    ...(typeof description === "string" ? { description } : {}),
    input_schema: { ...schema, type: "object", properties: schema.properties ?? {} },
  };
  // With tools of the client's own the model may still choose one of those first.
  const own = tools.tools.length > 0 && tools.choice?.type !== "none";
  const choice = own ? { type: "any" } : { type: "tool", name: JSON_TOOL };
  return {
    tools: [...tools.tools, stands],
    choice: { ...choice, disable_parallel_tool_use: true },
    forced: true,
    jsonTool: JSON_TOOL,
  };
}

function systemOf(system: Conversation["system"], note: string | undefined): JsonObject {
  if (note === undefined) return system === undefined ? {} : { system };
  if (Array.isArray(system)) return { system: [...system, { type: "text", text: note }] };
  return { system: system === undefined ? note : `${system}\n${note}` };
}

/** `temperature` wins over `top_p`: Claude 4 and newer refuse the pair. */
function samplingOf(
  chat: ChatRequest,
  traits: ModelTraits,
  thinks: boolean,
  drop: (field: string) => void,
): JsonObject {
  const { temperature, top_p, top_k } = chat;
  const given = { temperature, top_p, top_k };
  if (!traits.sampling || thinks) {
    for (const [field, value] of Object.entries(given)) if (value !== undefined && value !== null) drop(field);
    return {};
  }
  const extra = typeof top_k === "number" ? { top_k } : {};
  if (typeof temperature !== "number") return { ...(typeof top_p === "number" ? { top_p } : {}), ...extra };
  if (typeof top_p === "number") drop("top_p");
  return { temperature: Math.min(1, Math.max(0, temperature)), ...extra };
}

function stopOf(stop: unknown): JsonObject {
  const listed = (Array.isArray(stop) ? stop : [stop]).filter((word) => typeof word === "string" && word.trim() !== "");
  return listed.length > 0 ? { stop_sequences: listed } : {};
}

function metadataOf({ safety_identifier, user }: ChatRequest): JsonObject {
  const id = safety_identifier ?? user;
  return typeof id === "string" && id !== "" ? { metadata: { user_id: id } } : {};
}

function serviceTierOf(tier: unknown, drop: (field: string) => void): JsonObject {
  if (tier === "auto") return { service_tier: "auto" };
  if (tier === "default") return { service_tier: "standard_only" };
  if (typeof tier === "string") drop("service_tier");
  return {};
}
