import type { Context } from "hono";
import type { Snapshot, State } from "../../dashboard/wire.ts";
import { line } from "../../ledger/line.ts";
import type { RequestRecord } from "../../ledger/record.ts";
import type { Ring } from "../../ledger/ring.ts";

/** What the page is told of the server. */
export interface DashboardSource {
  ring: Pick<Ring, "last" | "subscribe">;
  state: () => State;
  /** What stays as long as these settings do. */
  facts: Pick<Snapshot, "version" | "model_name" | "started" | "tiers" | "feedback" | "history" | "history_text">;
  /** ms since 1970. */
  wallClock: () => number;
}

/** `GET /dashboard/data`: all that the page begins with. */
export function createData({ ring, state, facts, wallClock }: DashboardSource) {
  return (context: Context): Response => {
    const requests = ring.last(Infinity).map(rowText).join(",");
    const head = JSON.stringify({ ...facts, ...state(), now: wallClock() });
    return context.body(`${head.slice(0, -1)},"requests":[${requests}]}`, 200, {
      "content-type": "application/json",
      "cache-control": "no-store",
    });
  };
}

/** A record as JSON on one line, as in `DECISION_LOG`. */
export function rowText(record: RequestRecord): string {
  return line(record).trimEnd();
}
