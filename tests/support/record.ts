import type { RequestRecord } from "../../src/ledger/record.ts";

/** A request that went well, but for what the test says of it. */
export function recordOf(said: Partial<RequestRecord> = {}): RequestRecord {
  return {
    id: "req_1",
    at: Date.UTC(2026, 10, 25, 12),
    session: "0123456789abcdef",
    tier: "low",
    reason: "static",
    confidence: 0.7,
    flagged: false,
    probabilities: { low: 0.7, mid: 0.2, high: 0.1 },
    grounds: {
      by: "static",
      labels: { low: 0.7, mid: 0.2, high: 0.1 },
      says: true,
      known: undefined,
      needs: { capabilities: [], tokens: 10 },
      min: undefined,
      max: undefined,
    },
    targets: ["custom/l"],
    target: "custom/l",
    attempts: [{ target: "custom/l", status: 200, ms: 12.3 }],
    stream: false,
    client: "everyone",
    status: 200,
    error: undefined,
    routingMs: 0.8,
    firstByteMs: 13,
    totalMs: 13.4,
    tokens: { input: 1000, output: 100, cached: 0, written: 0, reasoning: 0 },
    cost: 0.0012,
    ...said,
  };
}
