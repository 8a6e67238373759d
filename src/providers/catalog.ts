import type { Dialect } from "../protocols/protocol.ts";

/** A vendor's account: what is the same for each of its models. */
export interface Provider {
  protocol: "openai" | "anthropic";
  /** With the vendor's path; absent where only the owner knows it. */
  baseUrl?: string;
  /** Calls without a key are pointless. */
  needsKey: boolean;
  headers?: Readonly<Record<string, string>>;
  /** The wait for the first event where the usual one is too short, seconds. */
  firstEventSeconds?: number;
  dialect: Dialect;
}

/** Fields that every vendor of OpenAI's format knows. */
const BASICS = [
  "model",
  "messages",
  "stream",
  "stream_options",
  "temperature",
  "top_p",
  "max_tokens",
  "stop",
  "tools",
  "tool_choice",
  "response_format",
] as const;

const SAMPLING = ["frequency_penalty", "presence_penalty"] as const;
const LOGPROBS = ["logprobs", "top_logprobs"] as const;

/** Fields of a message that every vendor knows. */
const MESSAGE = ["role", "content", "tool_calls", "tool_call_id", "name"] as const;
/** Fields of a message's tool call that every vendor knows. */
const CALL = ["id", "type", "function"] as const;
const STREAM_OPTIONS = ["include_usage"] as const;
/** What a model that reads text and images alone cannot be sent. */
const SOUND_AND_FILES = ["input_audio", "file"] as const;

/**
 * One row a vendor: addresses, keys and what each API takes, as its SDK's types and documentation say (November 2026).
 * A list in `accepts` names what may be sent: a list of what may not would break with each new field of OpenAI's.
 */
const PROVIDERS: Readonly<Record<string, Provider>> = {
  openai: {
    protocol: "openai",
    baseUrl: "https://api.openai.com/v1",
    needsKey: true,
    // Its own format: everything goes through, and its own 400 says what a model refuses. A conversation that another
    // vendor answered before carries that vendor's fields, though.
    dialect: {
      developerRole: true,
      streamUsage: "on_request",
      messageRefuses: ["reasoning_content", "reasoning", "reasoning_details", "thinking_blocks", "extra_content"],
      callAccepts: [...CALL, "custom"],
      quirks: ["one_limit", "reasoning_limit"],
    },
  },
  anthropic: {
    protocol: "anthropic",
    baseUrl: "https://api.anthropic.com",
    needsKey: true,
    dialect: {},
  },
  openrouter: {
    protocol: "openai",
    baseUrl: "https://openrouter.ai/api/v1",
    needsKey: true,
    // Takes every field, its own too, and leaves out what the model behind it does not know. Usage always comes.
    dialect: { streamUsage: "always", quirks: ["one_limit"] },
  },
  groq: {
    protocol: "openai",
    baseUrl: "https://api.groq.com/openai/v1",
    needsKey: true,
    dialect: {
      accepts: [
        ...BASICS,
        ...SAMPLING,
        "max_completion_tokens",
        "n",
        "user",
        "parallel_tool_calls",
        "reasoning_effort",
        "reasoning_format",
        "include_reasoning",
        "service_tier",
        "search_settings",
        "documents",
        "citation_options",
        "compound_custom",
        "disable_tool_validation",
      ],
      values: { service_tier: ["auto", "on_demand", "flex", "performance"] },
      spellings: { reasoning_effort: { minimal: "low", xhigh: "high", max: "high" } },
      streamOptions: STREAM_OPTIONS,
      messageAccepts: ["role", "content", "tool_calls", "tool_call_id"],
      callAccepts: CALL,
      refusesParts: SOUND_AND_FILES,
      maxTokens: "max_completion_tokens",
      streamUsage: "on_request",
      quirks: ["single_choice", "no_null_fields"],
    },
  },
  together: {
    protocol: "openai",
    baseUrl: "https://api.together.ai/v1",
    needsKey: true,
    dialect: {
      accepts: [
        ...BASICS,
        ...SAMPLING,
        "top_k",
        "min_p",
        "repetition_penalty",
        "n",
        "logprobs",
        "echo",
        "logit_bias",
        "seed",
        "reasoning",
        "reasoning_effort",
        "chat_template_kwargs",
        "safety_model",
        "compliance",
        "context_length_exceeded_behavior",
      ],
      spellings: { reasoning_effort: { minimal: "low", xhigh: "high", max: "high" } },
      streamOptions: STREAM_OPTIONS,
      maxTokens: "max_tokens",
      streamUsage: "on_request",
      quirks: ["stop_list", "logprobs_count", "reasoning_switch", "no_null_fields"],
    },
  },
  ollama: {
    protocol: "openai",
    baseUrl: "http://localhost:11434/v1",
    needsKey: false,
    // It may have to load the model from disk first.
    firstEventSeconds: 600,
    dialect: {
      accepts: [
        ...BASICS.filter((field) => field !== "tool_choice"),
        ...SAMPLING,
        ...LOGPROBS,
        "seed",
        "reasoning",
        "reasoning_effort",
      ],
      streamOptions: STREAM_OPTIONS,
      refusesParts: SOUND_AND_FILES,
      maxTokens: "max_tokens",
      streamUsage: "on_request",
      quirks: [
        "single_choice",
        "no_tool_choice",
        "no_null_fields",
        "no_null_content",
        "json_arguments",
        "data_images_only",
      ],
    },
  },
  mistral: {
    protocol: "openai",
    baseUrl: "https://api.mistral.ai/v1",
    needsKey: true,
    dialect: {
      accepts: [
        ...BASICS.filter((field) => field !== "stream_options"),
        ...SAMPLING,
        "random_seed",
        "n",
        "prediction",
        "parallel_tool_calls",
        "metadata",
        "prompt_mode",
        "reasoning_effort",
        "prompt_cache_key",
        "service_tier",
        "safe_prompt",
        "guardrails",
      ],
      renames: { seed: "random_seed" },
      spellings: { tool_choice: { required: "any" } },
      messageAccepts: [...MESSAGE, "prefix"],
      callAccepts: CALL,
      maxTokens: "max_tokens",
      streamUsage: "always",
      quirks: ["nine_character_ids", "no_null_fields"],
    },
  },
  deepseek: {
    protocol: "openai",
    baseUrl: "https://api.deepseek.com",
    needsKey: true,
    dialect: {
      accepts: [...BASICS, ...SAMPLING, ...LOGPROBS, "thinking", "reasoning_effort"],
      spellings: { reasoning_effort: { minimal: "low", medium: "high", xhigh: "high" } },
      streamOptions: STREAM_OPTIONS,
      refusesParts: SOUND_AND_FILES,
      maxTokens: "max_tokens",
      streamUsage: "on_request",
      quirks: ["single_choice", "deepseek_thinking", "json_object_only", "no_null_fields"],
    },
  },
  google: {
    protocol: "openai",
    baseUrl: "https://generativelanguage.googleapis.com/v1beta/openai",
    needsKey: true,
    dialect: {
      accepts: [...BASICS, "n", "reasoning_effort", "parallel_tool_calls", "extra_body"],
      spellings: { reasoning_effort: { xhigh: "high", max: "high" } },
      streamOptions: STREAM_OPTIONS,
      // `extra_content` holds the signatures of thoughts, which must come back unchanged.
      messageAccepts: [...MESSAGE, "extra_content"],
      callAccepts: [...CALL, "extra_content"],
      maxTokens: "max_tokens",
      streamUsage: "on_request",
      quirks: ["no_null_fields", "no_null_content", "plain_schemas", "thought_signatures"],
    },
  },
  // vLLM, LM Studio, llama.cpp …: nothing is known, so the client's fields go as they came.
  custom: { protocol: "openai", needsKey: false, dialect: { streamUsage: "on_request", quirks: ["no_null_fields"] } },
  // Answers by itself, without any network.
  echo: { protocol: "openai", needsKey: false, dialect: {} },
};

/** The providers' names, as they stand in settings. */
export const providerNames: readonly string[] = Object.keys(PROVIDERS);

/** The row of a provider; undefined for any other name, those of an object's own machinery included. */
export function providerOf(name: string): Provider | undefined {
  return Object.hasOwn(PROVIDERS, name) ? PROVIDERS[name] : undefined;
}
