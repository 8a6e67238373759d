/** What a model may be able to do beside text. */
export const CAPABILITIES = ["vision", "pdf", "audio", "tools", "json"] as const;
export type Capability = typeof CAPABILITIES[number];

/** What is known of a model, by the start of its name. */
export interface ModelRow {
  /** Matched against the start of the name, after any `vendor/` before it. */
  name: string;
  /** The window: input and output together, tokens. */
  context: number;
  /** The longest reply, tokens. */
  output?: number;
  can: readonly Capability[];
}

/** When the rows were last compared with the vendors' pages. */
export const MODELS_AS_OF = "2025-11";

const ALL_BUT_AUDIO = ["vision", "pdf", "tools", "json"] as const;
const TEXT = ["tools", "json"] as const;

/**
 * As the vendors' pages state it. The longest matching name wins; what is not here is unknown, and is assumed able.
 * The owner's `{TIER}_CONTEXT` and `{TIER}_CAN` win.
 */
export const MODELS: readonly ModelRow[] = [
  { name: "gpt-3.5-turbo", context: 16_385, output: 4096, can: ["tools"] },
  { name: "gpt-4", context: 8192, output: 8192, can: ["tools"] },
  { name: "gpt-4-turbo", context: 128_000, output: 4096, can: ["vision", "tools"] },
  { name: "gpt-4o", context: 128_000, output: 16_384, can: ALL_BUT_AUDIO },
  { name: "gpt-4o-mini", context: 128_000, output: 16_384, can: ALL_BUT_AUDIO },
  { name: "gpt-4o-audio", context: 128_000, output: 16_384, can: ["audio", "tools"] },
  { name: "gpt-4.1", context: 1_047_576, output: 32_768, can: ALL_BUT_AUDIO },
  { name: "gpt-4.1-mini", context: 1_047_576, output: 32_768, can: ALL_BUT_AUDIO },
  { name: "gpt-4.1-nano", context: 1_047_576, output: 32_768, can: ALL_BUT_AUDIO },
  { name: "gpt-5", context: 400_000, output: 128_000, can: ALL_BUT_AUDIO },
  { name: "gpt-5-mini", context: 400_000, output: 128_000, can: ALL_BUT_AUDIO },
  { name: "gpt-5-nano", context: 400_000, output: 128_000, can: ALL_BUT_AUDIO },
  { name: "o1", context: 200_000, output: 100_000, can: ALL_BUT_AUDIO },
  { name: "o1-mini", context: 128_000, output: 65_536, can: [] },
  { name: "o3", context: 200_000, output: 100_000, can: ALL_BUT_AUDIO },
  { name: "o3-mini", context: 200_000, output: 100_000, can: TEXT },
  { name: "o4-mini", context: 200_000, output: 100_000, can: ALL_BUT_AUDIO },
  { name: "claude-", context: 200_000, can: ALL_BUT_AUDIO },
  { name: "claude-3-haiku", context: 200_000, output: 4096, can: ALL_BUT_AUDIO },
  { name: "claude-3-5-haiku", context: 200_000, output: 8192, can: ALL_BUT_AUDIO },
  { name: "claude-haiku-4-5", context: 200_000, output: 64_000, can: ALL_BUT_AUDIO },
  { name: "claude-sonnet-4", context: 200_000, output: 64_000, can: ALL_BUT_AUDIO },
  { name: "claude-opus-4", context: 200_000, output: 32_000, can: ALL_BUT_AUDIO },
  { name: "claude-opus-4-5", context: 200_000, output: 64_000, can: ALL_BUT_AUDIO },
  { name: "gemini-", context: 1_048_576, can: [...ALL_BUT_AUDIO, "audio"] },
  { name: "gemini-1.5-pro", context: 2_097_152, output: 8192, can: [...ALL_BUT_AUDIO, "audio"] },
  { name: "gemini-2.0-flash", context: 1_048_576, output: 8192, can: [...ALL_BUT_AUDIO, "audio"] },
  { name: "gemini-2.5-flash", context: 1_048_576, output: 65_536, can: [...ALL_BUT_AUDIO, "audio"] },
  { name: "gemini-2.5-flash-lite", context: 1_048_576, output: 65_536, can: [...ALL_BUT_AUDIO, "audio"] },
  { name: "gemini-2.5-pro", context: 1_048_576, output: 65_536, can: [...ALL_BUT_AUDIO, "audio"] },
  { name: "mistral-large", context: 128_000, can: TEXT },
  { name: "mistral-small", context: 128_000, can: ["vision", "tools", "json"] },
  { name: "deepseek-chat", context: 128_000, output: 8192, can: TEXT },
  { name: "deepseek-reasoner", context: 128_000, output: 65_536, can: TEXT },
  { name: "llama-3.1-8b-instant", context: 131_072, output: 131_072, can: TEXT },
  { name: "llama-3.3-70b-versatile", context: 131_072, output: 32_768, can: TEXT },
];

/** The model's row, where it is known. */
export function modelRow(model: string): ModelRow | undefined {
  const name = model.slice(model.lastIndexOf("/") + 1).toLowerCase();
  const known = MODELS.filter((row) => name.startsWith(row.name));
  return known.toSorted((a, b) => b.name.length - a.name.length)[0];
}
