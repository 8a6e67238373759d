import type { Context } from "hono";
import { AttemptsError, type AttemptTargets } from "../providers/attempt.ts";
import { parseChat } from "../protocols/openai/wire.ts";
import type { ChatRequest } from "../protocols/protocol.ts";
import type { Limits } from "../limits/limits.ts";
import type { Entry, OpenEntry } from "../ledger/entry.ts";
import { RouterError, UpstreamError } from "../errors.ts";
import { askOf } from "../routing/ask.ts";
import { describe } from "../routing/describe.ts";
import type { Decision, Router, Wish } from "../routing/route.ts";
import type { Tracer } from "../traces/tracer.ts";
import type { ReadJson } from "./body.ts";
import type { Notes } from "./notes.ts";
import { accountHeaders, accountOf, respond } from "./reply.ts";

interface ChatParts {
  readJson: ReadJson;
  router: Router;
  attempt: AttemptTargets;
  /** Accounts for every request, whatever becomes of it. */
  open: OpenEntry;
  /** Turns away who has spent its budget. */
  afford: Limits["afford"];
  /** Puts the request into a trace; undefined: a trace of the client is passed on as it is. */
  follow: Tracer["follow"] | undefined;
  /** Keeps what was asked, for feedback; undefined where that is off. */
  remember: ((requestId: string, ask: string) => void) | undefined;
}

/** `POST /v1/chat/completions`: parse, route, attempt, respond; the entry is closed when the reply is over. */
export function createChat({ readJson, router, attempt, open, afford, follow, remember }: ChatParts) {
  const answer = async (context: Context<Notes>, chat: ChatRequest, entry: Entry): Promise<Response> => {
    const request = context.req.raw;
    const decision = await router.route(chat, wishOf(request.headers));
    entry.decided(decision);
    const requestId = context.get("requestId");
    remember?.(requestId, askOf(chat.messages));
    try {
      const { tier, confidence, reason } = decision;
      const { reply, target, attempts } = await attempt(decision.targets, chat, {
        signal: request.signal,
        requestId,
        trace: follow?.(requestId, request.headers, chat) ?? traceOf(request.headers),
        routing: { tier, confidence, reason },
      });
      entry.answered(target, attempts);
      await router.settle(decision, target.name);
      return respond(reply, accountOf(decision, target.name, attempts), entry);
    } catch (error) {
      if (!(error instanceof AttemptsError)) throw error;
      const last = error.attempts.at(-1)?.target ?? "";
      entry.unanswered(error.attempts);
      context.set("noted", accountHeaders(accountOf(decision, last, error.attempts)));
      throw error;
    }
  };
  return async (context: Context<Notes>): Promise<Response> => {
    const { headers, signal } = context.req.raw;
    const read = async () => parseChat(await readJson(context.req.raw));
    if (isDryRun(headers)) return planOf(await router.route(await read(), wishOf(headers)));
    const client = context.get("client");
    const entry = open({ id: context.get("requestId"), client: client.name });
    try {
      const chat = await read();
      entry.asked(chat);
      await afford(client);
      return await answer(context, chat, entry);
    } catch (error) {
      const { status, code } = failureOf(error instanceof AttemptsError ? error.cause : error, signal);
      entry.close(status, code);
      throw error;
    }
  };
}

/** A failure as the record names it. */
function failureOf(error: unknown, client: AbortSignal): { status: number; code: string } {
  if (client.aborted) return { status: 499, code: "client_left" };
  if (error instanceof RouterError) return { status: error.status, code: error.code };
  if (error instanceof UpstreamError) return { status: error.status, code: error.detail.code ?? error.detail.type };
  return { status: 500, code: "internal_error" };
}

function wishOf(headers: Headers): Wish {
  const said = (name: string) => headers.get(name) ?? undefined;
  return {
    client: said("authorization") ?? "",
    sessionId: said("x-session-id"),
    min: said("x-virtusoul-tier-min"),
    max: said("x-virtusoul-tier-max"),
  };
}

/** The client wants to know what would be done, and nothing done. */
function isDryRun(headers: Headers): boolean {
  return ["1", "true"].includes(headers.get("x-virtusoul-dry-run") ?? "");
}

/** What a dry run answers. */
function planOf(decision: Decision): Response {
  const plan = describe(decision);
  const account = accountOf(decision, decision.targets[0]?.name ?? "", []);
  const body = {
    tier: plan.tier,
    routed_to: account.routed_to,
    confidence: plan.confidence,
    flagged: plan.flagged,
    reason: plan.reason,
    latency_ms: plan.latency_ms,
    probabilities: plan.probabilities,
    targets: decision.targets.map(({ name }) => name),
  };
  return Response.json(body, { headers: accountHeaders(account) });
}

const TRACE_HEADERS = ["traceparent", "tracestate"];

function traceOf(headers: Headers): Record<string, string> {
  return Object.fromEntries(TRACE_HEADERS.flatMap((name) => {
    const value = headers.get(name);
    return value ? [[name, value]] : [];
  }));
}
