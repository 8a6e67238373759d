import { anthropic } from "./anthropic/anthropic.ts";
import { openai } from "./openai/openai.ts";
import { withinDepth } from "./depth.ts";
import type { Protocol } from "./protocol.ts";

/** Every wire format we speak. */
export const protocols: Readonly<Record<"openai" | "anthropic", Protocol>> = {
  openai: withinDepth(openai),
  anthropic: withinDepth(anthropic),
};
