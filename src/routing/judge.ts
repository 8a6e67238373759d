import type { Judgement } from "../classifier/classifier.ts";
import type { ChatRequest } from "../protocols/protocol.ts";
import { readAsk } from "./ask.ts";
import { isFollowUp } from "./followup.ts";
import { isHousekeeping } from "./housekeeping.ts";
import { prefer, type Preference } from "./prefer.ts";
import type { Reason } from "./reason.ts";

/** What is thought of a text or a conversation, before sessions, bounds and capabilities. */
export interface Opinion {
  /** The words that were judged. */
  ask: string;
  tier: string;
  /** 0 … 1; 1 when nothing had to be judged. */
  confidence: number;
  /** The judgement is doubtful: its confidence is below 0.60. */
  flagged: boolean;
  reason: Reason;
  /** By tier, cheapest first; undefined when nothing was judged. */
  probabilities: Record<string, number> | undefined;
  /** The same by the head's own labels, before they led to tiers. */
  labels?: Readonly<Record<string, number>>;
}

interface JudgeParts {
  classify: (text: string) => Promise<Judgement>;
  /** Cheapest first. */
  tiers: readonly string[];
  /** The head's label → the tier that serves it; labels that are not there are tiers themselves. */
  tierMap: ReadonlyMap<string, string>;
  preference: Preference;
}

/** Judges what is asked. */
export interface Judge {
  text(text: string): Promise<Opinion>;
  conversation(chat: Pick<ChatRequest, "messages"> & { tools?: unknown }): Promise<Opinion>;
}

/** How many human turns back a follow-up may point, and how much less each counts than the one after it. */
const WINDOW = 4;
const DECAY = 0.8;

export function createJudge({ classify, tiers, tierMap, preference }: JudgeParts): Judge {
  const cheapest = tiers[0] ?? "";
  const text = async (ask: string): Promise<Opinion> => {
    const judgement = await classify(ask);
    if (judgement.reason === "empty") {
      return { ask, tier: cheapest, confidence: 1, flagged: false, reason: "empty", probabilities: certain(tiers) };
    }
    const { probabilities: labels, flagged } = judgement;
    const probabilities = byTier(labels, tiers, tierMap);
    const { tier, reason } = prefer(probabilities, preference);
    const confidence = Math.max(...Object.values(probabilities));
    return { ask, tier, confidence, flagged, reason: reason ?? judgement.reason, probabilities, labels };
  };

  /** The strongest of the turns that a follow-up continues, the nearest counting most. */
  const continued = async (earlier: readonly string[], ask: string): Promise<Opinion> => {
    const turns = earlier.filter((turn) => turn !== "" && !isFollowUp(turn)).slice(-WINDOW).reverse();
    if (turns.length === 0) return await text(ask);
    const opinions = await Promise.all(turns.map(text));
    const strength = (at: number) => (tiers.indexOf(opinions[at]?.tier ?? "") + 1) * DECAY ** at;
    const strongest = turns.map((_, at) => at).reduce((best, at) => strength(at) > strength(best) ? at : best);
    const opinion = opinions[strongest] ?? await text(ask);
    return { ...opinion, ask: `${opinion.ask}\n\n${ask}`, reason: "follow_up" };
  };

  return {
    text,
    async conversation({ messages, tools }) {
      const { turns } = readAsk(messages);
      const ask = turns.at(-1) ?? "";
      if (isHousekeeping(messages, tools)) {
        return { ask, tier: cheapest, confidence: 1, flagged: false, reason: "housekeeping", probabilities: undefined };
      }
      if (turns.length > 1 && isFollowUp(ask)) return await continued(turns.slice(0, -1), ask);
      return await text(ask);
    },
  };
}

/** Probabilities of labels → of tiers. A label that leads to no tier keeps its own name, at the end. */
export function byTier(
  labels: Readonly<Record<string, number>>,
  tiers: readonly string[],
  map: ReadonlyMap<string, string>,
): Record<string, number> {
  const sums = Object.fromEntries(tiers.map((tier) => [tier, 0]));
  for (const [label, probability] of Object.entries(labels)) {
    const tier = map.get(label) ?? label;
    sums[tier] = (sums[tier] ?? 0) + probability;
  }
  return sums;
}

function certain(tiers: readonly string[]): Record<string, number> {
  return Object.fromEntries(tiers.map((tier, at) => [tier, at === 0 ? 1 : 0]));
}
