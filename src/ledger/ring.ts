import type { Observe, RequestRecord } from "./record.ts";

/** The last requests, for who looks on. */
export interface Ring {
  observe: Observe;
  /** The newest last. */
  last(count: number): RequestRecord[];
  /** Is told of every further one; gives the way to stop. */
  subscribe(listener: Observe): () => void;
}

/** Holds so many records in memory. */
export function createRing(size: number): Ring {
  const records: RequestRecord[] = [];
  let next = 0;
  const listeners = new Set<Observe>();
  return {
    observe(record) {
      records[next] = record;
      next = (next + 1) % size;
      for (const listener of listeners) listener(record);
    },
    last(count) {
      const inOrder = records.length < size ? records : [...records.slice(next), ...records.slice(0, next)];
      return count <= 0 ? [] : inOrder.slice(-count);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}
