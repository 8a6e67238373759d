// Numbers and times as people read them.

/** ms → `0.8 ms`, `12 ms`, `1.25 s`, `2.1 min`. */
export function duration(ms: number | null | undefined): string {
  if (ms === null || ms === undefined) return "–";
  if (ms < 10) return `${ms.toFixed(1)} ms`;
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
  return `${(ms / 60_000).toFixed(1)} min`;
}

/** US dollars, with as many digits as say something. */
export function dollars(value: number | null | undefined): string {
  if (value === null || value === undefined) return "–";
  if (value === 0) return "$0";
  const size = Math.abs(value);
  const digits = size >= 100 ? 0 : size >= 0.1 ? 2 : size >= 0.001 ? 4 : 6;
  return `${value < 0 ? "−" : ""}$${size.toFixed(digits)}`;
}

/** A share 0 … 1 → `62.5 %`. */
export function percent(share: number | null | undefined, digits = 1): string {
  if (share === null || share === undefined) return "–";
  return `${(100 * share).toFixed(digits)} %`;
}

/** `12`, `1,204`, `18.3k`, `2.4M`. */
export function count(value: number | undefined): string {
  if (value === undefined) return "–";
  if (value < 10_000) return value.toLocaleString("en");
  if (value < 1e6) return `${(value / 1000).toFixed(1)}k`;
  return `${(value / 1e6).toFixed(1)}M`;
}

/** ms since 1970 → `14:05:09`; with the day when it is not today's. */
export function clock(at: number, now: number): string {
  const date = new Date(at);
  const time = date.toLocaleTimeString("en-GB");
  if (date.toDateString() === new Date(now).toDateString()) return time;
  return `${date.toLocaleDateString("en-GB", { day: "numeric", month: "short" })} ${time}`;
}

/** ms → `3 s`, `12 min`, `5 h`, `2 d`. */
export function age(ms: number): string {
  if (ms < 90_000) return `${Math.max(0, Math.round(ms / 1000))} s`;
  if (ms < 5_400_000) return `${Math.round(ms / 60_000)} min`;
  if (ms < 172_800_000) return `${Math.round(ms / 3_600_000)} h`;
  return `${Math.round(ms / 86_400_000)} d`;
}

/** Why a tier was chosen, in a few words; the closed set of reasons. */
const REASONS: Readonly<Record<string, string>> = {
  direct: "asked for by name",
  empty: "no words to judge",
  static: "clear at once",
  deep: "judged in depth",
  cached: "judged before",
  housekeeping: "a program's chore",
  follow_up: "continues its work",
  tool_loop: "a task that runs",
  session: "held by the session",
  stuck: "its tools kept failing",
  capability: "only a model that can",
  bounds: "within bounds",
  unsure: "unsure",
  bias: "cost bias",
  deadline: "judged in a hurry",
  queue_full: "too much at once",
  starting: "while starting",
  none: "refused before",
};

export function reasonText(reason: string): string {
  return REASONS[reason] ?? reason;
}
