/** Times in ms: half of them are at most p50, and so on. */
export interface Percentiles {
  p50: number;
  p95: number;
  p99: number;
}

/** Nearest rank; 0 of nothing. */
export function percentilesOf(times: readonly number[]): Percentiles {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? 0;
  return { p50: at(0.5), p95: at(0.95), p99: at(0.99) };
}
