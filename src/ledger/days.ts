/** Something for each day (UTC) on which there was anything; the oldest days are forgotten. */
export interface Days<T> {
  /** The one of the day of this moment, ms since 1970. */
  of(at: number): T;
  /** By day (`2026-11-25`), the oldest first. */
  all(): [day: string, value: T][];
}

const KEPT = 31;
const DAY_MS = 86_400_000;

export function createDays<T>(create: () => T, kept = KEPT): Days<T> {
  const days = new Map<string, T>();
  // Nearly always it is the day of the request before: writing a date costs more than all else here.
  let last: { day: number; value: T } | undefined;
  const valueOf = (day: string) => {
    const known = days.get(day);
    if (known !== undefined) return known;
    const made = create();
    days.set(day, made);
    // The clock may have been turned back: the oldest day need not be the first that was added.
    if (days.size > kept) days.delete([...days.keys()].sort()[0] ?? "");
    return made;
  };
  return {
    of(at) {
      const day = Math.floor(at / DAY_MS);
      if (last?.day !== day) last = { day, value: valueOf(new Date(at).toISOString().slice(0, 10)) };
      return last.value;
    },
    all: () => [...days].toSorted(([a], [b]) => a < b ? -1 : 1),
  };
}
