import { UpstreamError } from "../../errors.ts";
import type { ChatReply, Exchange } from "../protocol.ts";
import { restOf, saidIn } from "./content.ts";
import { detailOf, holdsError, statusIn } from "../failure.ts";
import { finishOf } from "./finish.ts";
import { isIndex, isObject, type JsonObject, objectIn, objectsIn, sameJson, without } from "../json.ts";
import { argumentsText } from "./toolcalls.ts";
import { usageIn } from "./usage.ts";

/**
 * A whole reply as strict clients want it; the same object when there is nothing to mend. Throws UpstreamError for a
 * 200 that holds an error, or that is no chat completion.
 */
export function cleanReply(body: unknown, exchange: Exchange): ChatReply {
  if (holdsError(body)) {
    const status = statusIn(body);
    // Its status may say that the request is at fault, but a vendor that means it answers with that status.
    const counts = status === 408 || status >= 500;
    throw new UpstreamError(status, detailOf(status, body), { retryable: true, counts });
  }
  if (!isObject(body) || objectsIn(body.choices).length === 0) throw invalid("it is no chat completion");
  const usage = usageIn(body);
  const cleaned: ChatReply = {
    ...without(body, ["usage", "x_groq", "error"]),
    id: typeof body.id === "string" && body.id !== "" ? body.id : exchange.newCallId().replace(/^call_/, "chatcmpl-"),
    object: "chat.completion",
    created: typeof body.created === "number" ? body.created : exchange.created,
    model: typeof body.model === "string" ? body.model : "",
    choices: objectsIn(body.choices).map((choice, at) => cleanChoice(choice, at, exchange)),
    ...(usage ? { usage } : {}),
  };
  return sameJson(cleaned, body) ? body : cleaned;
}

function cleanChoice(choice: JsonObject, at: number, exchange: Exchange): JsonObject {
  const message = objectIn(choice.message);
  const finish = finishOf(choice.finish_reason) ?? "stop";
  const { content, reasoning_content } = saidIn(message);
  const silent = content === undefined || content === "";
  const calls = objectsIn(message.tool_calls).map((call) => cleanCall(call, exchange));
  const mute = silent && calls.length === 0 && !message.refusal;
  const failed = finish === "error" || mute && finishOf(choice.native_finish_reason) === "error";
  if (failed) throw invalid("the model failed in the middle of its reply");
  return {
    ...choice,
    index: isIndex(choice.index) ? choice.index : at,
    message: {
      ...restOf(message),
      role: "assistant",
      content: content ?? (calls.length > 0 || message.refusal || message.audio || message.function_call ? null : ""),
      refusal: message.refusal ?? null,
      ...(reasoning_content === undefined ? {} : { reasoning_content }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
    logprobs: choice.logprobs ?? null,
    finish_reason: finish === "stop" && calls.length > 0 && exchange.fixToolFinish ? "tool_calls" : finish,
  };
}

function cleanCall(call: JsonObject, exchange: Exchange): JsonObject {
  const { index: _, function: called, ...kept } = call;
  const id = typeof call.id === "string" && call.id !== "" ? call.id : exchange.newCallId();
  const type = typeof call.type === "string" && call.type !== "" ? call.type : "function";
  if (!isObject(called)) return { ...kept, id, type };
  // A call without arguments is one with none: clients parse the text.
  const text = argumentsText(called.arguments);
  return { ...kept, id, type, function: { ...called, arguments: text === "" ? "{}" : text } };
}

function invalid(why: string): UpstreamError {
  const detail = { message: `Cannot use the upstream's reply: ${why}`, type: "upstream_error", param: null };
  return new UpstreamError(502, { ...detail, code: "upstream_invalid" }, { retryable: true });
}
