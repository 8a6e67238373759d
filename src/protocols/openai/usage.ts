import type { Usage } from "../protocol.ts";
import { isObject } from "../json.ts";

/** The token counts in a chunk or a reply, wherever the vendor puts them. Undefined: there are none. */
export function usageIn(value: Record<string, unknown>): Usage | undefined {
  const groq = isObject(value.x_groq) ? value.x_groq.usage : undefined;
  return normalised(value.usage) ?? normalised(groq);
}

function normalised(usage: unknown): Usage | undefined {
  if (!isObject(usage)) return undefined;
  const { prompt_tokens: prompt, completion_tokens: completion, total_tokens: total } = usage;
  if (typeof prompt !== "number" && typeof completion !== "number") return undefined;
  if (typeof prompt === "number" && typeof completion === "number" && typeof total === "number") return usage as Usage;
  const count = (value: unknown, otherwise = 0) => typeof value === "number" ? value : otherwise;
  const counts = { prompt_tokens: count(prompt), completion_tokens: count(completion) };
  return { ...usage, ...counts, total_tokens: count(total, counts.prompt_tokens + counts.completion_tokens) };
}
