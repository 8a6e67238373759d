/**
 * What `init` proposes for each provider: four models, from the cheapest to the one that thinks longest. Names as the
 * vendors' model pages give them (November 2025); `check --live` says whether they still answer.
 */
const PROPOSED: Readonly<Record<string, readonly [string, string, string, string]>> = {
  openai: ["gpt-4.1-nano", "gpt-4.1-mini", "gpt-4.1", "gpt-5"],
  anthropic: ["claude-haiku-4-5", "claude-sonnet-4-5", "claude-sonnet-4-5", "claude-opus-4-5"],
  google: ["gemini-2.5-flash-lite", "gemini-2.5-flash", "gemini-2.5-pro", "gemini-2.5-pro"],
  openrouter: ["openai/gpt-4.1-nano", "openai/gpt-4.1-mini", "anthropic/claude-sonnet-4.5", "openai/gpt-5"],
  groq: ["llama-3.1-8b-instant", "llama-3.3-70b-versatile", "openai/gpt-oss-120b", "openai/gpt-oss-120b"],
  together: [
    "openai/gpt-oss-20b",
    "meta-llama/Llama-3.3-70B-Instruct-Turbo",
    "deepseek-ai/DeepSeek-V3.1",
    "deepseek-ai/DeepSeek-R1",
  ],
  mistral: ["ministral-8b-latest", "mistral-small-latest", "mistral-large-latest", "magistral-medium-latest"],
  deepseek: ["deepseek-chat", "deepseek-chat", "deepseek-chat", "deepseek-reasoner"],
  echo: ["echo", "echo", "echo", "echo"],
};

/** Who is asked first at each of the four levels when several can be: quick and cheap below, strong above. */
const PREFERRED: readonly (readonly string[])[] = [
  ["groq", "google", "openai", "mistral", "deepseek", "together", "anthropic", "openrouter"],
  ["openai", "google", "anthropic", "mistral", "deepseek", "groq", "together", "openrouter"],
  ["anthropic", "openai", "google", "deepseek", "mistral", "together", "groq", "openrouter"],
  ["openai", "anthropic", "google", "deepseek", "together", "mistral", "groq", "openrouter"],
];

/** A model on a server of one's own. */
export interface LocalModel {
  name: string;
  /** Parameters or bytes: enough to put models of one server in order. */
  size: number;
}

/** Models that think before they answer, by their names. */
const THINKS = /r1|qwq|gpt-oss|qwen3|magistral|reason|think/i;

/** `provider/model` for each of so many tiers, cheapest first; undefined: nobody knows this provider's models. */
export function proposalsFrom(provider: string, tiers: number, local: readonly LocalModel[]): string[] | undefined {
  const models = PROPOSED[provider] ?? spread(local);
  return models && levels(tiers).map((level) => `${provider}/${models[level]}`);
}

/** The same, each tier from who does it best among several providers. */
export function mixedProposals(providers: readonly string[], tiers: number, local: readonly LocalModel[]): string[] {
  return levels(tiers).flatMap((level) => {
    const provider = PREFERRED[level]?.find((name) => providers.includes(name)) ?? providers[0];
    const models = provider && (PROPOSED[provider] ?? spread(local));
    return models ? [`${provider}/${models[level]}`] : [];
  });
}

/** Four of a server's models, by size; the last one thinks, if one does. */
function spread(local: readonly LocalModel[]): readonly string[] | undefined {
  if (local.length === 0) return undefined;
  const sorted = local.toSorted((a, b) => a.size - b.size).map(({ name }) => name);
  const at = (level: number) => sorted[Math.round(level * (sorted.length - 1) / 3)] ?? "";
  return [at(0), at(1), at(2), sorted.findLast((name) => THINKS.test(name)) ?? at(3)];
}

/** The level, 0 … 3, of each tier. */
function levels(tiers: number): number[] {
  return Array.from({ length: tiers }, (_, at) => tiers === 1 ? 3 : Math.round(at * 3 / (tiers - 1)));
}
