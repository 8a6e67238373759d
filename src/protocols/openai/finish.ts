/** What a vendor's `finish_reason` means in OpenAI's list; `error`: the reply failed. */
export type Finish = "stop" | "length" | "tool_calls" | "content_filter" | "function_call" | "error";

const MEANINGS: Readonly<Record<string, Finish>> = {
  stop: "stop",
  length: "length",
  tool_calls: "tool_calls",
  content_filter: "content_filter",
  function_call: "function_call",
  // Together, Mistral, Google, and servers that pass on another vendor's words.
  eos: "stop",
  end_turn: "stop",
  stop_sequence: "stop",
  model_length: "length",
  max_tokens: "length",
  tool_use: "tool_calls",
  safety: "content_filter",
  recitation: "content_filter",
  refusal: "content_filter",
  // OpenRouter, Mistral, DeepSeek.
  error: "error",
  network_error: "error",
  insufficient_system_resource: "error",
};

/** Undefined: not finished yet (`null`, `""`, absent). A word that nobody knows is taken for the plain end. */
export function finishOf(reason: unknown): Finish | undefined {
  if (typeof reason !== "string" || reason === "") return undefined;
  const word = reason.toLowerCase();
  return Object.hasOwn(MEANINGS, word) ? MEANINGS[word] : "stop";
}
