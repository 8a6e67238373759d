import type { Opinion } from "./judge.ts";
import type { Session } from "./session.ts";

/** When a new turn may lower a conversation's tier. */
export type Lower = "never" | "confident" | "always";

/** From here on a judgement is sure enough to lower a conversation's tier. */
const CONFIDENT = 0.75;

/** What a conversation's past makes of the present. */
export interface Keeping {
  /** A task under way keeps its tier; an agent that is stuck gets a stronger one, once. */
  held(known: Session, stuck: boolean): { tier: string; reason: "tool_loop" | "stuck"; state: Session };
  /** Whether the conversation keeps its tier against a judgement of its new turn. `says`: the turn says something new. */
  keeps(known: Session, opinion: Pick<Opinion, "tier" | "confidence" | "reason">, says: boolean): boolean;
  /** A new turn: who answered is kept as long as the tier is. */
  stateOf(tier: string, known: Session | undefined): Session;
}

/** `names`: the tiers, cheapest first. */
export function createKeeping(names: readonly string[], lower: Lower): Keeping {
  const rank = (tier: string) => names.indexOf(tier);
  return {
    held(known, stuck) {
      const raised = names[Math.min(rank(known.tier) + 1, names.length - 1)] ?? known.tier;
      const raises = stuck && !known.stuck && raised !== known.tier;
      const state: Session = raises ? { tier: raised, stuck: true } : known;
      return { tier: state.tier, reason: raises ? "stuck" : "tool_loop", state };
    },
    keeps(known, { tier, confidence, reason }, says) {
      const lowers = lower === "always" || (lower === "confident" && reason !== "empty" && confidence >= CONFIDENT);
      return rank(tier) < rank(known.tier) && !(says && lowers);
    },
    stateOf: (tier, known) =>
      known?.target !== undefined && known.tier === tier ? { tier, target: known.target } : { tier },
  };
}
