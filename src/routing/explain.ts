import type { Classifier } from "../classifier/classifier.ts";
import { omissions, pullsOf, type SignPull } from "../classifier/inspect.ts";
import type { ChatRequest } from "../protocols/protocol.ts";
import { round } from "./describe.ts";
import type { Judge, Opinion } from "./judge.ts";
import { REASONS } from "./reason.ts";
import { type Caller, type Session, sessionKeyOf, type SessionStore } from "./session.ts";

/** Why a text or a conversation goes where it goes. */
export interface Explanation {
  ask: string;
  tier: string;
  reason: string;
  reason_text: string;
  probabilities: Record<string, number>;
  /** The most similar training examples. */
  nearest: { text: string; tier: string; similarity: number }[];
  signs: SignPull[];
  /** What would change the tier if it were left out. */
  flips: { without: string; tier: string }[];
  /** What is remembered of the conversation; null where nothing is. */
  session: Session | null;
}

interface ExplainParts {
  judge: Judge;
  classifier: Pick<Classifier, "features" | "head" | "quickly">;
  neighbours: (vector: Float32Array, count: number) => Promise<Explanation["nearest"]>;
  sessions: Pick<SessionStore, "get">;
}

/** Explains a text, or a chat request. */
export type Explain = (
  asked: { text: string } | Pick<ChatRequest, "messages"> & { tools?: unknown },
  caller: Caller,
) => Promise<Explanation>;

const NEAREST = 5;
const SIGNS = 8;
/** How many omissions are tried by the deep head: each costs an encoding. */
const CONFIRMED = 6;

export function createExplain({ judge, classifier, neighbours, sessions }: ExplainParts): Explain {
  /** Ranked by the static head, the best few confirmed. */
  const flipsOf = async ({ ask, tier }: Opinion): Promise<Explanation["flips"]> => {
    const ranked = await Promise.all(
      omissions(ask).map(async (one) => {
        return { ...one, kept: (await classifier.quickly(one.text))[tier] ?? 0 };
      }),
    );
    const tried = ranked.toSorted((a, b) => a.kept - b.kept).slice(0, CONFIRMED);
    const flips = [];
    for (const { without, text } of tried) {
      const other = await judge.text(text);
      if (other.tier !== tier) flips.push({ without, tier: other.tier });
    }
    return flips;
  };

  return async (asked, caller) => {
    const opinion = "text" in asked ? await judge.text(asked.text) : await judge.conversation(asked);
    const told = {
      ask: opinion.ask,
      tier: opinion.tier,
      reason: opinion.reason,
      reason_text: REASONS[opinion.reason],
      probabilities: rounded(opinion.probabilities ?? {}),
      session: "text" in asked ? null : await sessionOf(sessions, asked, caller),
    };
    if (opinion.reason === "empty" || opinion.reason === "housekeeping") {
      return { ...told, nearest: [], signs: [], flips: [] };
    }
    const features = await classifier.features(opinion.ask);
    const signs = pullsOf(await classifier.head(), features, opinion.tier).slice(0, SIGNS);
    const nearest = await neighbours(features.deep, NEAREST);
    return {
      ...told,
      nearest: nearest.map((one) => ({ ...one, similarity: round(one.similarity, 3) })),
      signs: signs.map(({ name, value, weight }) => ({ name, value: round(value, 3), weight: round(weight, 3) })),
      flips: await flipsOf(opinion),
    };
  };
}

async function sessionOf(
  sessions: Pick<SessionStore, "get">,
  { messages, ...rest }: Pick<ChatRequest, "messages">,
  caller: Caller,
): Promise<Session | null> {
  const { key, resumes } = await sessionKeyOf({ model: "", messages, ...rest }, caller);
  return resumes ? await sessions.get(key) ?? null : null;
}

function rounded(probabilities: Readonly<Record<string, number>>): Record<string, number> {
  return Object.fromEntries(Object.entries(probabilities).map(([tier, value]) => [tier, round(value, 3)]));
}
