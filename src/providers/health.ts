/** A target's breaker: `closed` lets all through, `open` none, `half_open` one probe. */
export type BreakerState = "closed" | "open" | "half_open";

/** Remembers which targets fail, so that a request does not wait for one that is down. */
export interface Health {
  state(target: string): BreakerState;
  /** Whether a request may go there now. True for one probe, once an open breaker has waited long enough. */
  allows(target: string): boolean;
  /** What became of a request: a success closes, failures that count open. `undefined`: it says nothing. */
  record(target: string, ok: boolean | undefined): void;
  /** It failed of late. */
  troubled(target: string): boolean;
  /** What another replica knows: it was opened so many ms ago; undefined: it is well. */
  adopt(target: string, openedMsAgo: number | undefined): void;
}

/** So many failures within the window open a target, for so long, ms. */
export const FAILURES = 5;
export const WINDOW_MS = 30_000;
export const OPEN_MS = 30_000;

interface TargetRecord {
  /** Times of the failures within the window, oldest first. */
  failures: number[];
  /** When it was opened; undefined while closed. */
  openedAt: number | undefined;
  /** When the probe under way was let through; undefined when there is none. */
  probeAt: number | undefined;
}

/** Opens a target for 30 s after 5 failures in 30 s. `now`: a clock in ms that never runs backwards. */
export function createHealth(now: () => number): Health {
  const records = new Map<string, TargetRecord>();
  const recordOf = (target: string) => {
    const record = records.get(target) ?? { failures: [], openedAt: undefined, probeAt: undefined };
    records.set(target, record);
    return record;
  };
  // A probe that was never reported (its client left) must not close the door for good.
  const probing = ({ probeAt }: TargetRecord) => probeAt !== undefined && now() - probeAt < OPEN_MS;
  return {
    state: (target) => {
      const record = records.get(target);
      if (record?.openedAt === undefined) return "closed";
      return now() - record.openedAt >= OPEN_MS ? "half_open" : "open";
    },
    allows: (target) => {
      const record = records.get(target);
      if (record?.openedAt === undefined) return true;
      if (now() - record.openedAt < OPEN_MS || probing(record)) return false;
      record.probeAt = now();
      return true;
    },
    record: (target, ok) => {
      const record = recordOf(target);
      const probed = record.probeAt !== undefined;
      record.probeAt = undefined;
      if (ok === undefined) return;
      if (ok) {
        records.delete(target);
        return;
      }
      const time = now();
      record.failures = [...record.failures.filter((at) => time - at < WINDOW_MS), time];
      // A failure that began before it opened, or for want of another target, does not prolong the wait.
      const opens = record.openedAt === undefined ? record.failures.length >= FAILURES : probed;
      if (opens) record.openedAt = time;
    },
    troubled: (target) => records.has(target),
    adopt: (target, openedMsAgo) => {
      if (openedMsAgo === undefined) return void records.delete(target);
      const record = recordOf(target);
      const openedAt = now() - openedMsAgo;
      // The later one counts; and the probe under way is this replica's own.
      record.openedAt = Math.max(record.openedAt ?? -Infinity, openedAt);
    },
  };
}
