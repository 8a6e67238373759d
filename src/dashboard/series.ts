import type { RequestRow } from "./wire.ts";

/** A request as the charts see it. */
export interface Point {
  /** ms since 1970. */
  at: number;
  tier: string;
  failed: boolean;
  /** Another target than the first one was asked too. */
  fallback: boolean;
  routingMs: number;
  firstByteMs: number | null;
  cost: number | null;
}

/** The median, and what 95 and 99 of a hundred stay below, ms. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

/** What a number of requests come to. */
export interface Totals {
  requests: number;
  failed: number;
  fallbacks: number;
  /** US dollars, of those whose cost is known. */
  cost: number;
  routing: Percentiles | null;
  firstByte: Percentiles | null;
}

/** One step of time. */
export interface Bucket extends Totals {
  /** Requests by tier. */
  tiers: Record<string, number>;
}

/** Requests over time, in steps of equal length. */
export interface Series {
  /** Where the first step begins, ms since 1970. */
  since: number;
  /** ms. */
  step: number;
  buckets: Bucket[];
  totals: Totals;
}

export interface SeriesBuilder {
  add(point: Point): void;
  done(): Series;
}

export interface Span {
  /** ms since 1970. */
  since: number;
  until: number;
  steps: number;
}

/** Left by the client: nobody's failure. */
const CLIENT_LEFT = 499;

export function pointOf(row: Omit<RequestRow, "probabilities">): Point {
  return {
    at: row.at,
    tier: row.tier,
    failed: row.status >= 400 && row.status !== CLIENT_LEFT,
    fallback: new Set(row.attempts.map(({ target }) => target)).size > 1,
    routingMs: row.routingMs,
    firstByteMs: row.firstByteMs ?? null,
    cost: row.cost ?? null,
  };
}

/** Adds up points in any order; those outside the span are left out. */
export function createSeries({ since, until, steps }: Span): SeriesBuilder {
  const step = (until - since) / steps;
  const cells = Array.from({ length: steps }, () => createCell());
  const all = createCell();
  return {
    add(point) {
      const at = Math.floor((point.at - since) / step);
      const cell = cells[at];
      if (!cell) return;
      fill(cell, point);
      fill(all, point);
    },
    done() {
      const { tiers: _, ...totals } = bucketOf(all);
      return { since, step, buckets: cells.map(bucketOf), totals };
    },
  };
}

interface Cell {
  tiers: Record<string, number>;
  requests: number;
  failed: number;
  fallbacks: number;
  cost: number;
  routing: number[];
  firstByte: number[];
}

function createCell(): Cell {
  return { tiers: {}, requests: 0, failed: 0, fallbacks: 0, cost: 0, routing: [], firstByte: [] };
}

function fill(cell: Cell, { tier, failed, fallback, routingMs, firstByteMs, cost }: Point): void {
  cell.requests++;
  cell.tiers[tier] = (cell.tiers[tier] ?? 0) + 1;
  if (failed) cell.failed++;
  if (fallback) cell.fallbacks++;
  cell.cost += cost ?? 0;
  cell.routing.push(routingMs);
  if (firstByteMs !== null) cell.firstByte.push(firstByteMs);
}

function bucketOf({ routing, firstByte, ...rest }: Cell): Bucket {
  return { ...rest, routing: percentilesOf(routing), firstByte: percentilesOf(firstByte) };
}

/** By nearest rank; null of nothing. */
export function percentilesOf(values: readonly number[]): Percentiles | null {
  if (values.length === 0) return null;
  const sorted = Float64Array.from(values).sort();
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
