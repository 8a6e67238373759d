import { isObject, type JsonObject, objectIn, objectsIn, without } from "../json.ts";
import { refusal } from "./refusals.ts";
import type { Draft } from "./request.ts";

/**
 * What a vendor needs that no table can say, by the name that its dialect gives. Those that concern single messages
 * are in `messages.ts`.
 */
export const QUIRKS: Readonly<Record<string, (draft: Draft) => void>> = {
  /** Both names of the output limit in one request are refused: the newer one stays. */
  one_limit({ body }) {
    if ("max_tokens" in body && "max_completion_tokens" in body) delete body.max_tokens;
  },

  /** OpenAI's reasoning models refuse `max_tokens`; its older ones know nothing else. */
  reasoning_limit({ body, destination: { model } }) {
    if (!/^(o\d|gpt-[5-9])/.test(model) || model.includes("-chat") || !("max_tokens" in body)) return;
    body.max_completion_tokens ??= body.max_tokens;
    delete body.max_tokens;
  },

  /** DeepSeek thinks by default, and while it thinks it refuses a forced tool. */
  deepseek_thinking(draft) {
    const { body, drop } = draft;
    const { reasoning_effort: effort, tool_choice: choice } = body;
    if (effort === "none") {
      delete body.reasoning_effort;
      body.thinking = { type: "disabled" };
    }
    const thinking = objectIn(body.thinking).type;
    const asked = thinking === "enabled" || thinking === undefined && effort !== undefined && effort !== "none";
    if (choice === "required" || isObject(choice)) {
      if (asked) drop("tool_choice");
      else body.thinking ??= { type: "disabled" };
    }
    // `auto` is the default, and some reports say that even this word is refused while thinking.
    if (choice === "auto") delete body.tool_choice;
  },

  /** Knows `json_object` only, and wants the word "JSON" in the prompt: the schema goes there. */
  json_object_only({ body, notes }) {
    const format = objectIn(body.response_format);
    if (format.type !== "json_schema") return;
    const { schema } = objectIn(format.json_schema);
    body.response_format = { type: "json_object" };
    notes.push(
      `Answer with one JSON object that fits this JSON schema, and nothing else: ${JSON.stringify(schema ?? {})}`,
    );
  },

  /** Images only as data: the router fetches no address that a client chose. */
  data_images_only({ body, destination: { provider } }) {
    for (const [at, message] of objectsIn(body.messages).entries()) {
      for (const [place, part] of objectsIn(message.content).entries()) {
        const image = isObject(part.image_url) ? part.image_url.url : part.image_url;
        if (part.type !== "image_url" || typeof image !== "string" || /^data:/i.test(image)) continue;
        const param = `messages[${at}].content[${place}].image_url`;
        const way = 'it takes images as data URLs only, so send "data:image/png;base64,…"';
        throw refusal(param, `Cannot send ${param} to ${provider}: ${way}`);
      }
    }
  },

  /** More than one answer is refused there; one is what it gives anyway. */
  single_choice({ body, destination: { provider } }) {
    if (typeof body.n === "number" && body.n > 1) {
      const way = `it gives one answer a request, so send n = 1 or send the request ${body.n} times`;
      throw refusal("n", `Cannot ask ${provider} for n = ${body.n}: ${way}`);
    }
    delete body.n;
  },

  /** Ollama reads no `tool_choice`. `auto` is what it does anyway, and without tools it calls none. */
  no_tool_choice({ body }) {
    if (body.tool_choice === "none") delete body.tools;
    if (body.tool_choice === "none" || body.tool_choice === "auto") delete body.tool_choice;
  },

  /** `stop` as a list. */
  stop_list({ body }) {
    if (typeof body.stop === "string") body.stop = [body.stop];
  },

  /** One number instead of OpenAI's two fields. */
  logprobs_count({ body }) {
    if (body.logprobs === true) {
      body.logprobs = typeof body.top_logprobs === "number" ? Math.max(1, body.top_logprobs) : 1;
    } else if (typeof body.logprobs === "boolean") delete body.logprobs;
    delete body.top_logprobs;
  },

  /** Thinking is switched off by a field of its own. */
  reasoning_switch({ body }) {
    if (body.reasoning_effort !== "none") return;
    delete body.reasoning_effort;
    body.reasoning ??= { enabled: false };
  },

  /** Google's schema reader stumbles over `$schema`. */
  plain_schemas({ body }) {
    if (objectsIn(body.tools).some((tool) => "$schema" in parametersOf(tool))) {
      body.tools = objectsIn(body.tools).map((tool) => {
        if (!("$schema" in parametersOf(tool))) return tool;
        const parameters = without(parametersOf(tool), ["$schema"]);
        return { ...tool, function: { ...objectIn(tool.function), parameters } };
      });
    }
    const format = objectIn(body.response_format);
    const named = objectIn(format.json_schema);
    if (!isObject(named.schema) || !("$schema" in named.schema)) return;
    body.response_format = { ...format, json_schema: { ...named, schema: without(named.schema, ["$schema"]) } };
  },
};

function parametersOf(tool: JsonObject): JsonObject {
  return objectIn(objectIn(tool.function).parameters);
}
