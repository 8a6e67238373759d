import type { Usage } from "../protocols/protocol.ts";
import type { Attempt } from "../providers/attempt.ts";
import { costOf, type Price } from "../providers/price.ts";
import type { Target } from "../providers/target.ts";
import type { Decision } from "../routing/route.ts";
import type { Observe, RequestRecord, Tokens } from "./record.ts";

/** A request that is not over yet. */
export interface Entry {
  /** What it asks for is known. */
  asked(chat: { stream?: boolean | null }): void;
  decided(decision: Decision): void;
  /** The first byte of the reply is there. */
  answered(target: Target, attempts: readonly Attempt[]): void;
  /** Nobody answered. */
  unanswered(attempts: readonly Attempt[]): void;
  used(usage: Usage): void;
  /** The reply is over; only the first call counts. */
  close(status: number, error?: string): void;
}

interface Opening {
  id: string;
  /** Whose key it came with. */
  client: string;
}

/** Opens the account of a request. One that is never closed is never heard of. */
export type OpenEntry = (opening: Opening) => Entry;

interface EntryParts {
  observe: Observe;
  /** A clock in ms that never runs backwards, and the one on the wall, ms since 1970. */
  now: () => number;
  wallClock: () => number;
}

export function createEntries({ observe, now, wallClock }: EntryParts): OpenEntry {
  return ({ id, client }) => {
    const started = now();
    let price: Price | undefined;
    let over = false;
    const record: RequestRecord = { ...BLANK, id, client, at: wallClock() };
    return {
      asked: ({ stream }) => void (record.stream = stream === true),
      decided({ tier, reason, confidence, flagged, probabilities, latencyMs, grounds, targets, session }) {
        Object.assign(record, { tier, reason, confidence, flagged, probabilities, grounds });
        record.routingMs = latencyMs;
        record.targets = targets.map(({ name }) => name);
        record.session = session && hexOf(session.key);
      },
      answered(target, attempts) {
        price = target.price;
        record.target = target.name;
        record.attempts = attempts.map(plain);
        record.firstByteMs = now() - started;
      },
      unanswered(attempts) {
        record.target = attempts.at(-1)?.target ?? "none";
        record.attempts = attempts.map(plain);
      },
      used(usage) {
        // What comes after the end must not change what was told.
        if (!over) record.tokens = tokensOf(usage);
      },
      close(status, error) {
        if (over) return;
        over = true;
        record.status = status;
        record.error = error === undefined ? undefined : wordOf(error);
        record.cost = record.tokens && price && costOf(record.tokens, price);
        record.totalMs = now() - started;
        observe(record);
      },
    };
  };
}

const BLANK: Omit<RequestRecord, "id" | "at" | "client"> = {
  session: undefined,
  tier: "none",
  reason: "none",
  confidence: 0,
  flagged: false,
  probabilities: undefined,
  grounds: undefined,
  targets: [],
  target: "none",
  attempts: [],
  stream: false,
  status: 0,
  error: undefined,
  routingMs: 0,
  firstByteMs: undefined,
  totalMs: 0,
  tokens: undefined,
  cost: undefined,
};

function tokensOf(usage: Usage): Tokens {
  const { prompt_tokens, completion_tokens, prompt_tokens_details, completion_tokens_details } = usage;
  const input = count(prompt_tokens);
  const cached = Math.min(count(prompt_tokens_details?.cached_tokens), input);
  const written = Math.min(count(prompt_tokens_details?.cache_write_tokens), input - cached);
  const reasoning = count(completion_tokens_details?.reasoning_tokens);
  return { input, output: count(completion_tokens), cached, written, reasoning };
}

/** Upstreams write what they like: neither text nor infinities get into sums. */
function count(value: unknown): number {
  return typeof value === "number" && value >= 0 && Number.isFinite(value) ? value : 0;
}

/** Upstreams choose their codes: one that is no plain word might hold anything, a key or a prompt too. */
function wordOf(code: string): string {
  return /^(?:[a-z][a-z_]{0,39}|[A-Z][A-Z_]{0,39}|\d{1,5})$/.test(code) ? code : "upstream_error";
}

/** Our own words for what went wrong with a call; an upstream may begin its codes with "upstream_", too. */
const FAILURES = new Set(["unreachable", "invalid", "interrupted", "timeout", "stream_truncated"]);

function plain(attempt: Attempt): Attempt {
  if (attempt.error === undefined || FAILURES.has(attempt.error.replace(/^upstream_/, ""))) return attempt;
  return { ...attempt, error: "upstream_error" };
}

/** The hash of a session's key, in a form that can be read: 8 bytes are enough to tell conversations apart. */
function hexOf(key: string): string {
  return Array.from(key.slice(0, 8), (sign) => sign.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}
