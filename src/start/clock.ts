import type { Log } from "../log.ts";

interface ClockParts {
  /** The machine's clock, ms since 1970: people and programs set it. */
  wall: () => number;
  /** A clock in ms that never runs backwards. */
  steady: () => number;
  log: Log;
}

/** What a clock may be set right by without anybody being told, ms. */
const TOLERANCE_MS = 5000;

/**
 * Looks whether the machine's clock jumped since the last look, and warns once for each jump. Nothing is measured by that
 * clock (sessions, breaker and time limits have one that never runs backwards), but the times in logs and replies are.
 */
export function createClockWatch({ wall, steady, log }: ClockParts): () => void {
  const between = () => wall() - steady();
  let known = between();
  return () => {
    const jump = between() - known;
    if (Math.abs(jump) <= TOLERANCE_MS) return;
    known += jump;
    const seconds = Math.round(jump / 1000);
    const message = "The machine's clock jumped: times in logs and replies jump with it, nothing else does";
    log.warning(message, { seconds });
  };
}
