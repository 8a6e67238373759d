import { UpstreamError } from "../../errors.ts";
import { isObject, type JsonObject, objectIn, objectsIn } from "../json.ts";
import type { ChatReply, Exchange, Usage } from "../protocol.ts";
import { failureIn } from "./failure.ts";

/** A whole message of Anthropic's → OpenAI's chat completion. Throws UpstreamError for an error or for no message. */
export function replyOf(body: unknown, { created, jsonTool }: Exchange): ChatReply {
  if (isObject(body) && body.type === "error") {
    const { status, error } = failureIn(200, body);
    throw new UpstreamError(status, error, { retryable: true, counts: status >= 500 });
  }
  if (!isObject(body) || !Array.isArray(body.content)) {
    const detail = {
      message: "Cannot use the upstream's reply: it is no message",
      type: "upstream_error",
      param: null,
    };
    throw new UpstreamError(502, { ...detail, code: "upstream_invalid" }, { retryable: true });
  }
  const blocks = objectsIn(body.content);
  const of = (type: string) => blocks.filter((block) => block.type === type);
  const calls = of("tool_use").filter(({ name }) => name !== jsonTool);
  const emulated = of("tool_use").find(({ name }) => jsonTool !== undefined && name === jsonTool);
  const text = emulated
    ? JSON.stringify(emulated.input ?? {})
    : of("text").map(({ text }) => String(text ?? "")).join("");
  const thinking = of("thinking").map(({ thinking }) => String(thinking ?? "")).join("");
  const signed = blocks.filter(({ type }) => type === "thinking" || type === "redacted_thinking");
  return {
    id: `chatcmpl-${String(body.id ?? "")}`,
    object: "chat.completion",
    created,
    model: String(body.model ?? ""),
    choices: [{
      index: 0,
      message: {
        role: "assistant",
        refusal: null,
        content: text === "" && calls.length > 0 ? null : text,
        ...(thinking === "" ? {} : { reasoning_content: thinking }),
        ...(signed.length === 0 ? {} : { thinking_blocks: signed }),
        ...(calls.length === 0 ? {} : { tool_calls: calls.map(callOf) }),
      },
      logprobs: null,
      finish_reason: finishReason(body.stop_reason, calls.length > 0 || !emulated),
    }],
    usage: usageOf(objectIn(body.usage)),
  };
}

function callOf({ id, name, input }: JsonObject): JsonObject {
  return { id, type: "function", function: { name, arguments: JSON.stringify(input ?? {}) } };
}

const FINISH: Readonly<Record<string, string>> = {
  max_tokens: "length",
  model_context_window_exceeded: "length",
  tool_use: "tool_calls",
  refusal: "content_filter",
};

/** `ownCalls`: the client's own tools were called; otherwise `tool_use` only tells of the emulation. */
export function finishReason(reason: unknown, ownCalls: boolean): string {
  const finish = typeof reason === "string" && Object.hasOwn(FINISH, reason) ? FINISH[reason] ?? "stop" : "stop";
  return finish === "tool_calls" && !ownCalls ? "stop" : finish;
}

/** Anthropic's `input_tokens` leaves cached tokens out, OpenAI's `prompt_tokens` has them in. */
export function usageOf(usage: JsonObject): Usage {
  const count = (value: unknown) => typeof value === "number" ? value : 0;
  const cached = count(usage.cache_read_input_tokens);
  const written = count(usage.cache_creation_input_tokens);
  const prompt = count(usage.input_tokens) + cached + written;
  const completion = count(usage.output_tokens);
  return {
    prompt_tokens: prompt,
    completion_tokens: completion,
    total_tokens: prompt + completion,
    prompt_tokens_details: { cached_tokens: cached, cache_write_tokens: written },
    completion_tokens_details: { reasoning_tokens: count(objectIn(usage.output_tokens_details).thinking_tokens) },
  };
}
