import { RouterError, UpstreamError } from "../errors.ts";
import type { ChatRequest } from "../protocols/protocol.ts";
import type { Health } from "./health.ts";
import type { Reply, Send, SendContext } from "./send.ts";
import type { Target } from "./target.ts";

/** One call of one target: what came back, or why nothing did. */
export interface Attempt {
  /** `provider/model`. */
  target: string;
  status?: number;
  error?: string;
  ms: number;
}

/** A reply with what it took to get it. */
export interface Answer {
  reply: Reply;
  target: Target;
  attempts: Attempt[];
}

/** All targets failed; `attempts` says how. Its cause is the last failure. */
export class AttemptsError extends Error {
  override readonly name = "AttemptsError";
  readonly attempts: Attempt[];

  constructor(attempts: Attempt[], cause: unknown) {
    super("No target answered", { cause });
    this.attempts = attempts;
  }
}

interface AttemptParts {
  send: Send;
  health: Health;
  /** A clock in ms that never runs backwards. */
  now: () => number;
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

/** Tries targets in order until one answers. */
export type AttemptTargets = (targets: readonly Target[], chat: ChatRequest, context: SendContext) => Promise<Answer>;

/** The longest `retry-after` that is waited out, ms. */
const MAX_WAIT_MS = 5000;

/** The only place that decides on retries and fallbacks. Throws AttemptsError, or RouterError when the request is at fault. */
export function createAttempt(parts: AttemptParts): AttemptTargets {
  return async (targets, chat, context) => {
    const attempts: Attempt[] = [];
    const started = parts.now();
    let queue = inOrder(targets, parts.health);
    let failure: unknown;
    while (queue.length > 0) {
      const [target, ...rest] = queue as [Target, ...Target[]];
      queue = rest;
      if (queue.length > 0 && !parts.health.allows(target.name)) continue;
      const outcome = await once(parts, target, chat, { context, attempts, started });
      if ("reply" in outcome) return { reply: outcome.reply, target, attempts };
      failure = outcome.failure;
      if (context.signal.aborted || !(failure instanceof UpstreamError)) break;
      if (failure.contextOverflow) queue = queue.filter((other) => (other.context ?? 0) > (target.context ?? Infinity));
      else if (!failure.retryable) break;
    }
    if (failure instanceof RouterError) throw failure;
    throw new AttemptsError(attempts, failure);
  };
}

/** Targets whose breaker is open go last: it never blocks the only target left. */
function inOrder(targets: readonly Target[], health: Health): Target[] {
  const open = (target: Target) => health.state(target.name) === "open";
  return [...targets.filter((target) => !open(target)), ...targets.filter(open)];
}

interface OnceContext {
  context: SendContext;
  attempts: Attempt[];
  /** When the request's first attempt began. */
  started: number;
}

type Outcome = { reply: Reply } | { failure: unknown };

/** Calls a target, and once more when it asked for a short wait. */
async function once(parts: AttemptParts, target: Target, chat: ChatRequest, at: OnceContext): Promise<Outcome> {
  const outcome = await call(parts, target, chat, at);
  if ("reply" in outcome || !(outcome.failure instanceof UpstreamError)) return outcome;
  const { status, retryAfterMs } = outcome.failure;
  if (status !== 429 || retryAfterMs === undefined || retryAfterMs > MAX_WAIT_MS) return outcome;
  if (parts.now() - at.started + retryAfterMs > target.timeoutMs) return outcome;
  await parts.sleep(retryAfterMs, at.context.signal);
  if (at.context.signal.aborted) return outcome;
  return call(parts, target, chat, at);
}

async function call(parts: AttemptParts, target: Target, chat: ChatRequest, at: OnceContext): Promise<Outcome> {
  const started = parts.now();
  const note = (result: Pick<Attempt, "status" | "error">) =>
    at.attempts.push({ target: target.name, ...result, ms: Math.round((parts.now() - started) * 10) / 10 });
  try {
    const reply = await parts.send(target, chat, at.context);
    parts.health.record(target.name, true);
    note({ status: 200 });
    return { reply };
  } catch (failure) {
    if (failure instanceof UpstreamError) {
      // An answer that blames the request says that the target is well; a 429 says nothing.
      parts.health.record(target.name, failure.counts ? false : failure.status === 429 ? undefined : true);
      note(answered(failure) ? { status: failure.status } : { error: failure.detail.code ?? failure.detail.type });
    } else {
      parts.health.record(target.name, undefined);
    }
    return { failure };
  }
}

/** The upstream itself answered with this status; otherwise the status is ours. */
function answered({ detail }: UpstreamError): boolean {
  return !(detail.code ?? "").startsWith("upstream_");
}
