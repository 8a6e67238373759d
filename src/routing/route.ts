import { RouterError } from "../errors.ts";
import type { ChatRequest } from "../protocols/protocol.ts";
import type { Target } from "../providers/target.ts";
import { readAsk } from "./ask.ts";
import { lackOf, type Needs, needsOf } from "./capability.ts";
import { isFollowUp } from "./followup.ts";
import type { Judge, Opinion } from "./judge.ts";
import { createKeeping, type Lower } from "./keep.ts";
import type { Reason } from "./reason.ts";
import { ableOf, firstWas, serving } from "./serve.ts";
import { type Caller, isStuck, type Session, sessionKeyOf, type SessionStore } from "./session.ts";

/** What a decision rests on: enough to make it again under other settings. No text. */
export interface Grounds {
  /** Why its tier was wanted, before the conversation's past, bounds and capabilities had their say. */
  by: Reason;
  /** The head's probabilities by its own labels; undefined when nothing was judged. */
  labels: Readonly<Record<string, number>> | undefined;
  /** The turn says something that its conversation did not. */
  says: boolean;
  /** The tier that the conversation had until now; undefined: it had none. */
  known: string | undefined;
  needs: Needs;
  /** The client's bounds, where it set any. */
  min: string | undefined;
  max: string | undefined;
}

/** The outcome of routing. */
export interface Decision extends Omit<Opinion, "ask" | "labels"> {
  /** In the order in which they are tried. */
  targets: readonly Target[];
  /** What routing cost, ms. */
  latencyMs: number;
  /** The conversation that it belongs to; undefined where it leaves no trace. */
  session: { key: string; state: Session } | undefined;
  grounds: Grounds;
}

/** A tier with the targets that serve it. */
export interface Tier {
  name: string;
  /** Its own, then its fallbacks; for an unconfigured tier another tier's. Never empty. */
  targets: readonly Target[];
  /** The owner chose a model for this very tier. */
  configured: boolean;
}

/** What a client says beside the request itself. */
export interface Wish extends Caller {
  /** The weakest and the strongest tier that it wants. */
  min: string | undefined;
  max: string | undefined;
}

interface RouterParts {
  judge: Judge;
  sessions: SessionStore;
  /** When a new turn may lower a conversation's tier. */
  lower: Lower;
  /** Cheapest first. */
  tiers: readonly Tier[];
  modelName: string;
  /** A clock in ms that never runs backwards. */
  now: () => number;
  /** Names a conversation; by default the standard's SHA-256. */
  hash?: (text: string) => string | Promise<string>;
}

export interface Router {
  /** Throws RouterError 400 for an unknown model or tier, and when no target can serve the request. */
  route(chat: ChatRequest, wish: Wish): Promise<Decision>;
  /** Tells who answered: the conversation's next requests go there first while its task lasts. */
  settle(decision: Decision, target: string): Promise<void>;
}

export function createRouter({ judge, sessions, lower, tiers, modelName, now, hash }: RouterParts): Router {
  const names = tiers.map(({ name }) => name);
  const keeping = createKeeping(names, lower);

  /** What the conversation's past makes of a judgement. */
  const inSession = async (chat: ChatRequest, caller: Caller) => {
    const { key, resumes } = await sessionKeyOf(chat, caller, hash);
    const past = resumes ? await sessions.get(key) : undefined;
    const known = past && names.includes(past.tier) ? past : undefined;
    if (known && readAsk(chat.messages).inToolLoop) {
      const { tier, reason, state } = keeping.held(known, isStuck(chat.messages));
      const grounds = { by: reason, labels: undefined, says: false, known: known.tier };
      return { opinion: certainly(tier, reason), session: { key, state }, grounds };
    }
    const opinion = await judge.conversation(chat);
    // "Go on" alone, of a conversation that only its name tells: there is nothing new that could be easier.
    const says = opinion.reason !== "follow_up" && !isFollowUp(opinion.ask);
    const grounds = { by: opinion.reason, labels: opinion.labels, says, known: known?.tier };
    if (opinion.reason === "housekeeping") return { opinion, session: undefined, grounds };
    const kept: Opinion = known && keeping.keeps(known, opinion, says)
      ? { ...opinion, tier: known.tier, reason: "session" }
      : opinion;
    return { opinion: kept, session: { key, state: keeping.stateOf(kept.tier, known) }, grounds };
  };

  const decide = async (chat: ChatRequest, wish: Wish): Promise<Omit<Decision, "latencyMs">> => {
    const range = rangeOf(wish, names);
    const needs = needsOf(chat);
    const asked = { needs, min: wish.min && names[range.from], max: wish.max && names[range.to] };
    const named = tiers.find(({ name }) => name === chat.model);
    if (named) {
      const targets = ableOf(named, needs);
      if (targets.length === 0) throw incapable(named.targets, needs, `The tier "${named.name}"`);
      const { ask: _, ...rest } = certainly(named.name, "direct");
      const grounds: Grounds = { ...asked, by: "direct", labels: undefined, says: true, known: undefined };
      return { ...rest, targets, session: undefined, grounds };
    }
    if (chat.model !== modelName && chat.model !== "auto") {
      throw unknownModel(chat.model, [modelName, "auto", ...names]);
    }
    const { opinion, session, grounds } = await inSession(chat, wish);
    const wanted = Math.max(range.from, Math.min(range.to, names.indexOf(opinion.tier)));
    const served = serving(tiers, wanted, { ...range, needs });
    if (!served) {
      throw incapable(tiers.slice(range.from, range.to + 1).flatMap(({ targets }) => targets), needs, "No tier");
    }
    const { tier: { name: tier }, targets } = served;
    const { ask: _, labels: _labels, ...rest } = opinion;
    const reason = tier !== names[wanted] ? "capability" : tier !== opinion.tier ? "bounds" : opinion.reason;
    return {
      ...rest,
      ...{ tier, reason, session },
      targets: firstWas(targets, session?.state.target),
      grounds: { ...asked, ...grounds },
    };
  };

  return {
    async route(chat, wish) {
      const started = now();
      const decision = await decide(chat, wish);
      return { ...decision, latencyMs: now() - started };
    },
    async settle({ session }, target) {
      if (session) await sessions.set(session.key, { ...session.state, target });
    },
  };
}

function certainly(tier: string, reason: "direct" | "tool_loop" | "stuck"): Opinion {
  return { ask: "", tier, confidence: 1, flagged: false, reason, probabilities: undefined };
}

function rangeOf({ min, max }: Wish, names: readonly string[]): { from: number; to: number } {
  const placeOf = (tier: string | undefined, header: string, otherwise: number) => {
    if (tier === undefined) return otherwise;
    const place = names.indexOf(tier.trim().toLowerCase());
    if (place >= 0) return place;
    const message = `Cannot use ${header} ${JSON.stringify(tier.slice(0, 80))}: use one of ${names.join(", ")}`;
    throw new RouterError(400, "invalid_value", message, { param: header });
  };
  const from = placeOf(min, "x-virtusoul-tier-min", 0);
  const to = placeOf(max, "x-virtusoul-tier-max", names.length - 1);
  if (from <= to) return { from, to };
  const message = `Cannot use x-virtusoul-tier-min "${names[from]}": it is above x-virtusoul-tier-max "${names[to]}"`;
  throw new RouterError(400, "invalid_value", message, { param: "x-virtusoul-tier-min" });
}

function incapable(targets: readonly Target[], needs: Needs, who: string): RouterError {
  const lacks = [...new Set(targets.map((target) => `${target.name} lacks ${lackOf(target, needs)}`))].join("; ");
  return new RouterError(
    400,
    "missing_capability",
    `${who} can serve this request: ${lacks}`.replace(/^The tier ("[^"]*") can/, "The tier $1 cannot"),
    {
      param: needs.capabilities[0] ?? "messages",
    },
  );
}

function unknownModel(model: string, names: string[]): RouterError {
  const message = `Cannot route to the model ${JSON.stringify(model.slice(0, 80))}: use one of ${names.join(", ")}`;
  return new RouterError(400, "model_not_found", message, { param: "model" });
}
