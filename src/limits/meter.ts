/** Counts what clients use. */
export interface Meter {
  /** Takes one of `perMinute` requests within any 60 s. Undefined: taken; else how long to wait, ms. */
  take(client: string, perMinute: number): Promise<number | undefined>;
  /** US dollars spent on a day, `2026-11-25`. */
  spent(client: string, day: string): Promise<number>;
  spend(client: string, day: string, dollars: number): Promise<void>;
}

export const MINUTE_MS = 60_000;

/** The times of a client's last requests: as many as it may make in a minute. */
interface Ring {
  times: Float64Array;
  /** The place of the oldest. */
  next: number;
}

/** Counts in this process's memory. `now`: a clock in ms that never runs backwards. */
export function createMemoryMeter(now: () => number): Meter {
  const rings = new Map<string, Ring>();
  const days = new Map<string, Map<string, number>>();
  const ringOf = (client: string, size: number): Ring => {
    const known = rings.get(client);
    if (known?.times.length === size) return known;
    const ring = resized(known, size);
    rings.set(client, ring);
    return ring;
  };
  return {
    take(client, perMinute) {
      const ring = ringOf(client, perMinute);
      const age = now() - (ring.times[ring.next] ?? -Infinity);
      if (age < MINUTE_MS) return Promise.resolve(MINUTE_MS - age);
      ring.times[ring.next] = now();
      ring.next = (ring.next + 1) % perMinute;
      return Promise.resolve(undefined);
    },
    spent: (client, day) => Promise.resolve(days.get(day)?.get(client) ?? 0),
    spend(client, day, dollars) {
      const sums = days.get(day) ?? new Map<string, number>();
      days.set(day, sums.set(client, (sums.get(client) ?? 0) + dollars));
      // Requests that began yesterday may still end: two days are kept.
      for (const old of [...days.keys()].sort().slice(0, -2)) days.delete(old);
      return Promise.resolve();
    },
  };
}

/** The same times, the oldest first, in a ring of another size: what no longer fits is the oldest. */
function resized(ring: Ring | undefined, size: number): Ring {
  const inOrder = ring ? [...ring.times.subarray(ring.next), ...ring.times.subarray(0, ring.next)] : [];
  const kept = inOrder.slice(-size);
  const times = new Float64Array(size).fill(-Infinity);
  times.set(kept, size - kept.length);
  return { times, next: 0 };
}
