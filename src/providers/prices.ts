/** What a model costs at a vendor, US dollars for a million tokens at standard rates. */
export interface Rates {
  input: number;
  output: number;
  /** Input from the vendor's prompt cache; absent: it costs as other input. */
  cached?: number;
  /** Input that is put into that cache (for five minutes); absent: it costs as other input. */
  written?: number;
  /** Above so many tokens of input, all of a request's tokens cost more: so many times input and output. */
  long?: readonly [above: number, input: number, output: number];
}

/** When the vendors' pages stated these rates. */
export const PRICES_AS_OF = "2026-10";

/** Where they come from. */
export const PRICE_SOURCES: Readonly<Record<string, string>> = {
  openai: "https://developers.openai.com/api/docs/pricing",
  anthropic: "https://platform.claude.com/docs/en/about-claude/pricing",
  google: "https://ai.google.dev/gemini-api/docs/pricing",
  groq: "https://groq.com/pricing",
};

/**
 * By provider and model: the whole name, without a date or `-latest` at its end. A model that is not here is said to be
 * unknown, never guessed. Left out on purpose: DeepSeek, whose prices change with the hour; Mistral's `-latest`, whose
 * prices change with the model behind them; Together and others that sell the same open models at prices of their own.
 */
export const PRICES: Readonly<Record<string, Readonly<Record<string, Rates>>>> = {
  openai: {
    "gpt-3.5-turbo": { input: 0.5, output: 1.5 },
    "gpt-4": { input: 30, output: 60 },
    "gpt-4-turbo": { input: 10, output: 30 },
    "gpt-4o": { input: 2.5, output: 10, cached: 1.25 },
    "gpt-4o-2024-05-13": { input: 5, output: 15 },
    "gpt-4o-mini": { input: 0.15, output: 0.6, cached: 0.075 },
    "gpt-4.1": { input: 2, output: 8, cached: 0.5 },
    "gpt-4.1-mini": { input: 0.4, output: 1.6, cached: 0.1 },
    "gpt-4.1-nano": { input: 0.1, output: 0.4, cached: 0.025 },
    "gpt-5": { input: 1.25, output: 10, cached: 0.125 },
    "gpt-5-mini": { input: 0.25, output: 2, cached: 0.025 },
    "gpt-5-nano": { input: 0.05, output: 0.4, cached: 0.005 },
    "gpt-5.1": { input: 1.25, output: 10, cached: 0.125 },
    "gpt-5.2": { input: 1.75, output: 14, cached: 0.175 },
    "gpt-5.4": { input: 2.5, output: 15, cached: 0.25, long: [272_000, 2, 1.5] },
    "gpt-5.4-mini": { input: 0.75, output: 4.5, cached: 0.075 },
    "gpt-5.4-nano": { input: 0.2, output: 1.25, cached: 0.02 },
    "gpt-5.5": { input: 5, output: 30, cached: 0.5, long: [272_000, 2, 1.5] },
    "gpt-5.6-luna": { input: 0.2, output: 1.2, cached: 0.02, written: 0.25, long: [200_000, 2, 1.5] },
    "gpt-5.6-terra": { input: 2, output: 12, cached: 0.2, written: 2.5, long: [272_000, 2, 1.5] },
    "o1": { input: 15, output: 60, cached: 7.5 },
    "o3": { input: 2, output: 8, cached: 0.5 },
    "o3-mini": { input: 1.1, output: 4.4, cached: 0.55 },
    "o4-mini": { input: 1.1, output: 4.4, cached: 0.275 },
  },
  anthropic: {
    "claude-3-haiku": { input: 0.25, output: 1.25, cached: 0.03, written: 0.3 },
    "claude-3-5-haiku": { input: 0.8, output: 4, cached: 0.08, written: 1 },
    "claude-3-7-sonnet": { input: 3, output: 15, cached: 0.3, written: 3.75 },
    "claude-haiku-4-5": { input: 1, output: 5, cached: 0.1, written: 1.25 },
    "claude-haiku-5-5": { input: 0.1, output: 0.5, cached: 0.01, written: 0.125, long: [100_000, 5, 5] },
    "claude-sonnet-4": { input: 3, output: 15, cached: 0.3, written: 3.75 },
    "claude-sonnet-4-5": { input: 3, output: 15, cached: 0.3, written: 3.75 },
    "claude-sonnet-4-6": { input: 3, output: 15, cached: 0.3, written: 3.75 },
    "claude-sonnet-5": { input: 2, output: 10, cached: 0.2, written: 2.5 },
    "claude-sonnet-5-5": { input: 2, output: 10, cached: 0.1, written: 2.5 },
    "claude-opus-4": { input: 15, output: 75, cached: 1.5, written: 18.75 },
    "claude-opus-4-1": { input: 15, output: 75, cached: 1.5, written: 18.75 },
    "claude-opus-4-5": { input: 5, output: 25, cached: 0.5, written: 6.25 },
    "claude-opus-4-6": { input: 5, output: 25, cached: 0.5, written: 6.25 },
    "claude-opus-4-7": { input: 5, output: 25, cached: 0.5, written: 6.25 },
    "claude-opus-4-8": { input: 5, output: 25, cached: 0.5, written: 6.25 },
    "claude-opus-5": { input: 5, output: 25, cached: 0.5, written: 6.25 },
    "claude-opus-5-5": { input: 4, output: 20, cached: 0.2, written: 5 },
    "claude-fable-5": { input: 10, output: 50, cached: 1, written: 12.5 },
    "claude-fable-5-1": { input: 10, output: 50, cached: 0.25, written: 12.5 },
  },
  google: {
    "gemini-2.0-flash": { input: 0.1, output: 0.4, cached: 0.025 },
    "gemini-2.5-flash": { input: 0.3, output: 2.5, cached: 0.03 },
    "gemini-2.5-flash-lite": { input: 0.1, output: 0.4, cached: 0.01 },
    "gemini-2.5-pro": { input: 1.25, output: 10, cached: 0.125, long: [200_000, 2, 1.5] },
    "gemini-3.1-pro-preview": { input: 2, output: 12, cached: 0.2, long: [200_000, 2, 1.5] },
    "gemini-3.5-flash": { input: 1.5, output: 9, cached: 0.15 },
    "gemini-3.5-flash-lite": { input: 0.3, output: 2.5, cached: 0.03 },
  },
  groq: {
    "llama-3.1-8b-instant": { input: 0.05, output: 0.08 },
    "llama-3.3-70b-versatile": { input: 0.59, output: 0.79 },
    "openai/gpt-oss-120b": { input: 0.15, output: 0.6, cached: 0.075 },
  },
};
