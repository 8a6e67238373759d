/** What a Claude model can do, as far as requests depend on it. */
export interface ModelTraits {
  /** The longest output, tokens. */
  maxOutput: number;
  /** Takes `temperature`, `top_p`, `top_k`. */
  sampling: boolean;
  /** How it thinks: by itself as much as asked (`adaptive`), within a budget of tokens, or not at all. */
  thinking: "adaptive" | "budget" | "none";
  /** Whether adaptive thinking can be switched off; `between_tools`: only so far. */
  disable?: "yes" | "no" | "between_tools";
  /** The words that `output_config.effort` takes; none: the field is unknown to it. */
  efforts: readonly string[];
  /** Has structured output of its own. */
  json: boolean;
  /** Takes a forced tool; `not_thinking`: only while it does not think. */
  forcedTool: "yes" | "no" | "not_thinking";
}

const ALL = ["low", "medium", "high", "xhigh", "max"];
const newest: ModelTraits = {
  maxOutput: 128_000,
  sampling: false,
  thinking: "adaptive",
  disable: "no",
  efforts: ALL,
  json: true,
  forcedTool: "no",
};
const recent: ModelTraits = { ...newest, disable: "yes", forcedTool: "yes" };
const budget: ModelTraits = {
  maxOutput: 64_000,
  sampling: true,
  thinking: "budget",
  efforts: [],
  json: true,
  forcedTool: "not_thinking",
};
const middle: ModelTraits = { ...recent, sampling: true, efforts: ["low", "medium", "high", "max"] };
const old: ModelTraits = {
  maxOutput: 4096,
  sampling: true,
  thinking: "none",
  efforts: [],
  json: false,
  forcedTool: "yes",
};

/**
 * By a part of the model's id; the first match wins. From the AI SDK's catalogue (November 2026), and Anthropic's
 * documentation where the two differ.
 */
const MODELS: readonly [part: string, traits: ModelTraits][] = [
  ["claude-sonnet-5-5", { ...newest, disable: "between_tools" }],
  ["claude-opus-5-5", newest],
  ["claude-fable-5-1", newest],
  ["claude-fable-5-2", newest],
  ["claude-fable-5", { ...newest, forcedTool: "yes" }],
  ["claude-haiku-5-5", recent],
  ["claude-opus-5", recent],
  ["claude-sonnet-5", recent],
  ["claude-opus-4-7", recent],
  ["claude-opus-4-8", recent],
  ["claude-sonnet-4-6", middle],
  ["claude-opus-4-6", middle],
  ["claude-opus-4-5", { ...budget, efforts: ["low", "medium", "high"] }],
  ["claude-sonnet-4-5", budget],
  ["claude-haiku-4-5", budget],
  ["claude-opus-4-1", { ...budget, maxOutput: 32_000 }],
  ["claude-sonnet-4", { ...budget, json: false }],
  ["claude-opus-4", { ...budget, maxOutput: 32_000, json: false }],
  ["claude-3", old],
  ["claude-2", old],
  ["claude-instant", old],
];

/** The traits of a model; one that nobody knows is taken for a new one. */
export function traitsOf(model: string): ModelTraits {
  return MODELS.find(([part]) => model.includes(part))?.[1] ?? { ...recent, forcedTool: "yes" };
}
