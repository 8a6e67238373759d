// What the page reads, as the server sends it.

/** A request that is over: as in `DECISION_LOG`, with its words where `HISTORY_TEXT` keeps them. */
export interface RequestRow {
  id: string;
  /** ms since 1970. */
  at: number;
  tier: string;
  reason: string;
  /** 0 … 1. */
  confidence: number;
  flagged: boolean;
  probabilities?: Record<string, number>;
  /** `provider/model`, or "none". */
  target: string;
  attempts: readonly { target: string; status?: number; error?: string; ms: number }[];
  stream: boolean;
  status: number;
  error?: string;
  routingMs: number;
  firstByteMs?: number;
  totalMs: number;
  tokens?: { input: number; output: number; cached: number; reasoning: number };
  /** US dollars. */
  cost?: number;
  ask?: string;
}

/** One way to serve the traffic: US dollars, and the share of requests whose tier was strong enough. */
export interface SavingsLine {
  cost: number | null;
  /** Null: nothing to tell it by. */
  adequate: number | null;
}

/** The part of `GET /savings` that is shown. */
export interface Savings {
  requests: number;
  actual: SavingsLine;
  strongest: SavingsLine & { tier: string };
  best_single: SavingsLine & { tier: string };
  random_mix: SavingsLine & { strongest_share: number | null };
  saved: number | null;
  saved_share: number | null;
  retries: number;
  unpriced: { requests: number; models: string[] };
  uncounted: number;
}

export type Breaker = "closed" | "open" | "half_open";

/** What changes without a request, and with one. */
export interface State {
  status: "starting" | "ok" | "degraded";
  targets: Record<string, Breaker>;
  /** Judgements that wait for the deep stage. */
  waiting: number;
  savings: Savings;
}

/** `GET /dashboard/data`. */
export interface Snapshot extends State {
  version: string;
  model_name: string;
  /** ms since 1970, by the server's clock. */
  now: number;
  started: number;
  /** Cheapest first. */
  tiers: { name: string; target: string; configured: boolean }[];
  feedback: boolean;
  history: boolean;
  history_text: boolean;
  /** The last ones, the newest last. */
  requests: RequestRow[];
}

/** `GET /dashboard/history/requests`: the newest first. */
export interface OlderRequests {
  requests: RequestRow[];
  /** There are older ones. */
  more: boolean;
}
