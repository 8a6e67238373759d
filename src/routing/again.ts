import type { Target } from "../providers/target.ts";
import { byTier } from "./judge.ts";
import { createKeeping, type Lower } from "./keep.ts";
import { prefer, type Preference } from "./prefer.ts";
import type { Grounds, Tier } from "./route.ts";
import { ableOf, firstWas, serving } from "./serve.ts";
import type { Session } from "./session.ts";

/** A decision that was made. */
export interface Past {
  tier: string;
  grounds: Grounds;
  /** Its conversation, by whatever name; undefined: it left no trace. */
  session: string | undefined;
  /** Names of the targets, in the order in which they were to be tried. */
  targets: readonly string[];
  /** Who answered; undefined: nobody did. */
  answered: string | undefined;
}

/** The same decision under other settings. */
export interface Again {
  tier: string;
  /** Who would answer, were all as well as then; the first one where other targets are tried than then. */
  target: Target;
}

interface AgainParts {
  /** Cheapest first. */
  tiers: readonly Tier[];
  /** The head's label → the tier that serves it; also says what became of tiers that are no more. */
  tierMap: ReadonlyMap<string, string>;
  preference: Preference;
  lower: Lower;
}

/**
 * Makes decisions again, in the order in which they were made: conversations go on from what was decided anew. Gives
 * undefined for a request that would be refused. What cannot be known is taken as it was: which of several turns a
 * follow-up was judged by, which conversations had expired, which targets were down.
 */
export function createAgain({ tiers, tierMap, preference, lower }: AgainParts): (past: Past) => Again | undefined {
  const names = tiers.map(({ name }) => name);
  const keeping = createKeeping(names, lower);
  const sessions = new Map<string, Session>();
  const nowOf = (name: string) => nameNow(name, names, tierMap);
  const placeOf = (name: string | undefined, otherwise: number) =>
    name === undefined ? otherwise : names.indexOf(nowOf(name) ?? "");

  /** The tier that the conversation had: as decided anew, else as it was. */
  const knownOf = ({ grounds, session, targets }: Past): Session | undefined => {
    if (grounds.known === undefined) return undefined;
    const tier = nowOf(grounds.known);
    const was = tier === undefined ? undefined : { tier, ...(targets[0] !== undefined && { target: targets[0] }) };
    return (session === undefined ? undefined : sessions.get(session)) ?? was;
  };

  const stateOf = (past: Past): Session | undefined => {
    const { by, labels, says } = past.grounds;
    const known = knownOf(past);
    if (by === "tool_loop" || by === "stuck") return known && keeping.held(known, by === "stuck").state;
    const { tier, confidence } = opinionOf(labels, { names, tierMap, preference });
    const keeps = known && by !== "housekeeping" && keeping.keeps(known, { tier, confidence, reason: by }, says);
    return keeping.stateOf(keeps ? known.tier : tier, known);
  };

  const served = (past: Past): { tier: Tier; targets: readonly Target[]; state?: Session } | undefined => {
    const { by, needs, min, max } = past.grounds;
    const [from, to] = [placeOf(min, 0), placeOf(max, names.length - 1)];
    if (from < 0 || to < 0 || from > to) return undefined;
    if (by === "direct") {
      const tier = tiers.find(({ name }) => name === nowOf(past.tier));
      return tier && { tier, targets: ableOf(tier, needs) };
    }
    const state = stateOf(past);
    if (!state) return undefined;
    const wanted = Math.max(from, Math.min(to, names.indexOf(state.tier)));
    const found = serving(tiers, wanted, { from, to, needs });
    return found && { ...found, targets: firstWas(found.targets, state.target), state };
  };

  return (past) => {
    const found = served(past);
    const first = found?.targets[0];
    if (!found || !first) return undefined;
    const { tier, targets, state } = found;
    const same = targets.length === past.targets.length && targets.every(({ name }, at) => name === past.targets[at]);
    const target = same ? targets.find(({ name }) => name === past.answered) ?? first : first;
    if (state && past.session !== undefined && past.answered !== undefined) {
      sessions.set(past.session, { ...state, target: target.name });
    }
    return { tier: tier.name, target };
  };
}

/** What a tier of the past is called now; undefined: it has no heir. */
export function nameNow(
  name: string,
  names: readonly string[],
  tierMap: ReadonlyMap<string, string>,
): string | undefined {
  return names.includes(name) ? name : tierMap.get(name);
}

interface Owner {
  names: readonly string[];
  tierMap: ReadonlyMap<string, string>;
  preference: Preference;
}

/** Where nothing was judged (no words, a program's own note-keeping), the cheapest tier. */
function opinionOf(
  labels: Grounds["labels"],
  { names, tierMap, preference }: Owner,
): { tier: string; confidence: number } {
  if (!labels) return { tier: names[0] ?? "", confidence: 1 };
  const probabilities = byTier(labels, names, tierMap);
  const { tier } = prefer(probabilities, preference);
  return { tier, confidence: Math.max(...Object.values(probabilities)) };
}
