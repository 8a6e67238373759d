import { costOf, type Price } from "../providers/price.ts";
import { PRICES_AS_OF } from "../providers/prices.ts";
import { createDays } from "./days.ts";
import type { Observe, RequestRecord } from "./record.ts";

/** What traffic cost under one way of choosing models. */
export interface Line {
  /** US dollars; null when a price that it needs is not known. */
  cost: number | null;
  /**
   * The share of the requests that went to a tier at least as strong as they deserve, as the classifier's calibrated
   * probabilities expect it, 0 … 1. A tier that was not judged (the client named it, a task held it) is what it
   * deserves. Null where the cost is.
   */
  adequate: number | null;
}

/** Four ways to serve the same traffic. */
export interface Savings {
  /** Requests whose tokens and price are known: all lines are about these. */
  requests: number;
  tokens: { input: number; output: number; cached: number };
  actual: Line;
  /** All to the strongest tier. */
  strongest: Line & { tier: string };
  /** All to the cheapest tier that is expected to be adequate as often as the router; the strongest where none is. */
  best_single: Line & { tier: string };
  /** By lot to the cheapest or the strongest tier, so that it costs what the router did. */
  random_mix: Line & { strongest_share: number | null };
  /** `strongest` − `actual`, US dollars, and as a share of it; null when a price is not known. */
  saved: number | null;
  saved_share: number | null;
  /** Calls beyond each request's first: the router's own retries and fallbacks. What a failed one cost nobody says. */
  retries: number;
  /** Left out of all lines, with the models whose price is not known. */
  unpriced: { requests: number; models: string[] };
  /** Left out of all lines: somebody answered, but nobody said how many tokens it took. */
  uncounted: number;
}

/** A tier as prices see it. */
export interface PricedTier {
  name: string;
  /** Of the model that serves it first; undefined: not known. */
  price: Price | undefined;
}

/** What savings are about, of a request. */
export type Spent = Pick<
  RequestRecord,
  "tier" | "probabilities" | "target" | "attempts" | "firstByteMs" | "tokens" | "cost"
>;

/** What is added up of any number of requests. */
interface Sums {
  requests: number;
  input: number;
  output: number;
  cached: number;
  actual: number;
  adequate: number;
  /** Had all gone to this tier: cost, and expected adequate requests; by tier. */
  cost: number[];
  ifAll: number[];
  retries: number;
  unpriced: number;
  models: Set<string>;
  uncounted: number;
}

/** What `GET /savings` answers. */
export interface SavingsReport {
  /** When the adding up began: the start, or the last change of the tiers' names. */
  since: string;
  /** When the built-in prices were looked up. */
  prices_as_of: string;
  total: Savings;
  /** By day (UTC, `2026-11-25`), the last 31. */
  days: Record<string, Savings>;
}

export interface SavingsBook {
  observe: Observe;
  report(): SavingsReport;
}

/** Adds up what requests cost and would have cost. `tiers`: cheapest first, as they are configured now. */
export function createSavings(tiers: () => readonly PricedTier[], wallClock: () => number): SavingsBook {
  const begin = () => ({ since: wallClock(), names: "", total: createSums(), days: createDays(createSums) });
  let book = begin();
  /** Sums by other tiers cannot be added to. */
  const bookFor = (current: readonly PricedTier[]) => {
    const names = current.map(({ name }) => name).join();
    if (book.names !== names && book.names !== "") book = begin();
    book.names = names;
    return book;
  };
  return {
    observe(record) {
      const current = tiers();
      const { total, days } = bookFor(current);
      for (const sums of [total, days.of(record.at)]) add(sums, record, current);
    },
    report() {
      const current = tiers();
      const { since, total, days } = bookFor(current);
      return {
        since: new Date(since).toISOString(),
        prices_as_of: PRICES_AS_OF,
        total: savingsOf(total, current),
        days: Object.fromEntries(days.all().map(([day, sums]) => [day, savingsOf(sums, current)])),
      };
    },
  };
}

/** The four lines of any requests. */
export function savingsOfAll(all: Iterable<Spent>, tiers: readonly PricedTier[]): Savings {
  const sums = createSums();
  for (const spent of all) add(sums, spent, tiers);
  return savingsOf(sums, tiers);
}

function createSums(): Sums {
  return {
    ...{ requests: 0, input: 0, output: 0, cached: 0, actual: 0, adequate: 0, cost: [], ifAll: [] },
    ...{ retries: 0, unpriced: 0, models: new Set(), uncounted: 0 },
  };
}

function add(sums: Sums, spent: Spent, tiers: readonly PricedTier[]): void {
  const { tokens, cost } = spent;
  sums.retries += Math.max(0, spent.attempts.length - 1);
  if (!tokens) {
    // Who was refused, or never answered, took no tokens.
    if (spent.firstByteMs !== undefined) sums.uncounted++;
    return;
  }
  if (cost === undefined) {
    sums.unpriced++;
    sums.models.add(spent.target);
    return;
  }
  sums.requests++;
  sums.input += tokens.input;
  sums.output += tokens.output;
  sums.cached += tokens.cached;
  sums.actual += cost;
  sums.adequate += adequacy(spent, tiers, tiers.findIndex(({ name }) => name === spent.tier));
  tiers.forEach(({ price }, tier) => {
    // NaN marks what cannot be known, and stays.
    sums.cost[tier] = (sums.cost[tier] ?? 0) + (price ? costOf(tokens, price) : NaN);
    sums.ifAll[tier] = (sums.ifAll[tier] ?? 0) + adequacy(spent, tiers, tier);
  });
}

/** How probable it is that the tier at this place is strong enough. */
function adequacy({ probabilities, tier }: Spent, tiers: readonly PricedTier[], at: number): number {
  if (!probabilities) return at >= tiers.findIndex(({ name }) => name === tier) ? 1 : 0;
  return tiers.slice(0, at + 1).reduce((sum, { name }) => sum + (probabilities[name] ?? 0), 0);
}

function savingsOf(sums: Sums, tiers: readonly PricedTier[]): Savings {
  const single = (at: number) => {
    const cost = sums.requests === 0 ? 0 : dollars(sums.cost[at] ?? NaN);
    return { tier: tiers[at]?.name ?? "", cost, adequate: cost === null ? null : shareOf(sums.ifAll[at] ?? 0, sums) };
  };
  const strongest = single(tiers.length - 1);
  const enough = tiers.findIndex((_, at) => (sums.ifAll[at] ?? 0) >= sums.adequate - 1e-9);
  const saved = strongest.cost === null ? null : dollars(strongest.cost - sums.actual);
  return {
    requests: sums.requests,
    tokens: { input: sums.input, output: sums.output, cached: sums.cached },
    actual: { cost: dollars(sums.actual), adequate: shareOf(sums.adequate, sums) },
    strongest,
    best_single: single(enough < 0 ? tiers.length - 1 : enough),
    random_mix: mixOf(single(0), strongest, sums.actual),
    saved,
    saved_share: saved === null || !strongest.cost ? null : rounded(saved / strongest.cost, 4),
    retries: sums.retries,
    unpriced: { requests: sums.unpriced, models: [...sums.models].sort() },
    uncounted: sums.uncounted,
  };
}

/** Between the cheapest and the strongest tier by lot, so that `budget` is spent; it may be too small or too large. */
function mixOf(cheapest: Line, strongest: Line, budget: number): Savings["random_mix"] {
  if (cheapest.cost === null || strongest.cost === null) return { cost: null, adequate: null, strongest_share: null };
  const spread = strongest.cost - cheapest.cost;
  // Where strength costs nothing, nobody would draw lots.
  const share = spread <= 0 ? 1 : Math.max(0, Math.min(1, (budget - cheapest.cost) / spread));
  const between = (low: number | null, high: number | null) => (low ?? 0) + share * ((high ?? 0) - (low ?? 0));
  return {
    cost: dollars(between(cheapest.cost, strongest.cost)),
    adequate: rounded(between(cheapest.adequate, strongest.adequate), 4),
    strongest_share: rounded(share, 4),
  };
}

function shareOf(count: number, { requests }: Sums): number {
  return requests === 0 ? 1 : Math.min(1, rounded(count / requests, 4));
}

function dollars(value: number): number | null {
  return Number.isNaN(value) ? null : rounded(value, 8);
}

function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
