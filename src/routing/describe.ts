import type { Opinion } from "./judge.ts";

/** A judgement as users see it, over HTTP and on the command line: times with one decimal, confidences with three. */
export interface Description {
  tier: string;
  confidence: number;
  /** `complex=0.99, medium=0.01, …`, descending. */
  reasoning: string;
  probabilities: Record<string, number>;
  latency_ms: number;
  flagged: boolean;
  reason: string;
}

export function describe(judged: Omit<Opinion, "ask"> & { latencyMs: number }): Description {
  const probabilities = Object.entries(judged.probabilities ?? {});
  const descending = probabilities.toSorted(([, a], [, b]) => b - a);
  return {
    tier: judged.tier,
    confidence: round(judged.confidence, 3),
    reasoning: descending.map(([tier, probability]) => `${tier}=${probability.toFixed(2)}`).join(", "),
    probabilities: Object.fromEntries(probabilities.map(([tier, probability]) => [tier, round(probability, 3)])),
    latency_ms: round(judged.latencyMs, 1),
    flagged: judged.flagged,
    reason: judged.reason,
  };
}

export function round(value: number, digits: number): number {
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
