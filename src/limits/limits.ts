import { RouterError } from "../errors.ts";
import type { Client } from "./client.ts";
import type { Meter } from "./meter.ts";

/** What a client may still do. */
export interface Limits {
  /** Counts a request. Throws RouterError 429 `rate_limited`. */
  admit(client: Client): Promise<void>;
  /** Throws RouterError 429 `budget_exhausted` once the day's money is spent. */
  afford(client: Client): Promise<void>;
}

/** `wallClock`: ms since 1970; budgets are by its day, UTC. */
export function createLimits(meter: Meter, wallClock: () => number): Limits {
  return {
    async admit({ name, limitRpm }) {
      if (limitRpm === undefined) return;
      const waitMs = await meter.take(name, limitRpm);
      if (waitMs === undefined) return;
      const message = `Cannot take more than ${limitRpm} requests a minute from "${name}": wait ${secondsOf(waitMs)} s`;
      throw refusal("rate_limited", message, waitMs);
    },
    async afford({ name, budgetUsdDay }) {
      if (budgetUsdDay === undefined) return;
      const now = wallClock();
      const spent = await meter.spent(name, dayOf(now));
      if (spent < budgetUsdDay) return;
      const message =
        `Cannot take more requests from "${name}" today: its budget of ${budgetUsdDay} US dollars a day ` +
        "is spent; the next day begins at 00:00 UTC";
      throw refusal("budget_exhausted", message, DAY_MS - now % DAY_MS);
    },
  };
}

const DAY_MS = 86_400_000;

/** `2026-11-25`, UTC. */
export function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}

function secondsOf(ms: number): number {
  return Math.max(1, Math.ceil(ms / 1000));
}

function refusal(code: string, message: string, waitMs: number): RouterError {
  return new RouterError(429, code, message, { headers: { "retry-after": String(secondsOf(waitMs)) } });
}
