import { type JsonObject, objectIn } from "../json.ts";
import type { ModelTraits } from "./models.ts";
import type { Turn } from "./messages.ts";

/** The share of the output limit that thinking may take, by effort (the AI SDK's shares). */
const SHARES: Readonly<Record<string, number>> = {
  minimal: 0.02,
  low: 0.1,
  medium: 0.3,
  high: 0.6,
  xhigh: 0.9,
  max: 0.95,
};

/** The smallest budget that Anthropic takes, tokens. */
const LEAST_BUDGET = 1024;

interface Circumstances {
  effort: unknown;
  traits: ModelTraits;
  maxTokens: number;
  turns: readonly Turn[];
  /** The client insists on a tool. */
  forced: boolean;
}

/** `reasoning_effort` → `thinking` and `output_config.effort`; empty: nothing is sent. */
export function thinkingOf(
  { effort, traits, maxTokens, turns, forced }: Circumstances,
): { thinking?: JsonObject; effort?: string } {
  if (typeof effort !== "string" || traits.thinking === "none") return {};
  if (traits.thinking === "adaptive") return adaptive(effort, traits);
  const share = Object.hasOwn(SHARES, effort) ? SHARES[effort] : undefined;
  if (share === undefined || maxTokens <= LEAST_BUDGET) return {};
  if (forced && traits.forcedTool === "not_thinking") return {};
  // A loop must go on with its signed thinking, which plain clients never send back: then it goes on without.
  if (inLoopWithoutThinking(turns)) return {};
  const budget = Math.min(Math.max(LEAST_BUDGET, Math.floor(maxTokens * share)), maxTokens - 1);
  return { thinking: { type: "enabled", budget_tokens: budget } };
}

function adaptive(effort: string, { efforts, disable }: ModelTraits): { thinking?: JsonObject; effort?: string } {
  if (effort === "none") {
    if (disable === "yes") return { thinking: { type: "disabled" } };
    return disable === "between_tools" ? { thinking: { type: "between_tools" } } : { effort: "low" };
  }
  if (!Object.hasOwn(SHARES, effort)) return {};
  const word = effort === "minimal" ? "low" : efforts.includes(effort) ? effort : "high";
  // Without `display` the newer models give back an empty text and a signature.
  return { thinking: { type: "adaptive", display: "summarized" }, effort: word };
}

function inLoopWithoutThinking(turns: readonly Turn[]): boolean {
  const [asked, last] = turns.slice(-2);
  if (last?.content[0]?.type !== "tool_result") return false;
  return !["thinking", "redacted_thinking"].includes(String(objectIn(asked?.content[0]).type));
}
