import { z } from "zod";
import { choiceSetting, numberSetting, textSetting } from "../setting.ts";

/** The tiers unless the owner names others, cheapest first. */
export const DEFAULT_TIERS = ["simple", "medium", "complex", "reasoning"];

const TIER_NAME = /^[a-z][a-z0-9-]{0,31}$/;

export const routingSettings = {
  /** The model name that means "route it". */
  MODEL_NAME: textSetting("virtusoul-v1"),
  /** Names in order, cheapest first. */
  TIERS: z.string().optional().transform((value, context) => {
    if (value === undefined) return DEFAULT_TIERS;
    const names = value.split(",").map((name) => name.trim()).filter((name) => name !== "");
    const wrong = names.find((name) => !TIER_NAME.test(name)) ?? names.find((name, at) => names.indexOf(name) !== at);
    if (names.length >= 2 && wrong === undefined) return names;
    const message = wrong === undefined
      ? "name at least two tiers, cheapest first: small,large"
      : `"${wrong.slice(0, 40)}" is no name for a tier, or is there twice: use a-z, 0-9 and -, 32 signs at most`;
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  }),
  /** The head's label → the tier that serves it. */
  TIER_MAP: z.string().optional().transform((value, context) => {
    const entries = (value ?? "").split(",").map((entry) => entry.trim()).filter((entry) => entry !== "");
    const pairs = entries.map((entry) => entry.split(":").map((word) => word.trim()));
    const wrong = pairs.findIndex((pair) => pair.length !== 2 || pair.includes(""));
    if (wrong < 0) return new Map(pairs as [string, string][]);
    context.addIssue({ code: "custom", message: `"${entries[wrong]}" is not label:tier, such as simple:small` });
    return z.NEVER;
  }),
  UNSURE: choiceSetting("argmax", ["argmax", "up", "medium"]),
  UNSURE_BELOW: numberSetting(0.6, { min: 0, max: 1 }),
  COST_BIAS: numberSetting(0, { min: -1, max: 1 }),
  SESSION_LOWER: choiceSetting("confident", ["never", "confident", "always"]),
  /** Seconds after which an unused session is forgotten. */
  SESSION_TTL: numberSetting(1800, { min: 1, max: 31_536_000 }),
};
