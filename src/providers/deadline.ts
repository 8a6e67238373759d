/** A time limit joined with the client's own signal; each attempt has one of its own. */
export interface Deadline {
  readonly signal: AbortSignal;
  /** The time ran out (and not: the client left). */
  readonly expired: boolean;
  /** Starts the clock anew, with another limit. */
  restart(ms: number): void;
  /** Stops the clock until the next `restart`. */
  pause(): void;
  /** Lets the request go: its connection is closed. */
  abort(): void;
  /** All went well: the clock stops. */
  done(): void;
}

/**
 * `now`: a clock in ms that never runs backwards. A stream restarts its deadline with every event: only the moment is
 * noted, and the one timer looks again when it fires too early.
 */
export function createDeadline(ms: number, client: AbortSignal, now: () => number = monotonic): Deadline {
  const controller = new AbortController();
  let expired = false;
  /** When the time is up; infinite while the clock stands still. */
  let due = now() + ms;
  /** When the timer fires; infinite when there is none. */
  let firesAt = due;
  const look = () => {
    firesAt = Infinity;
    if (due === Infinity) return;
    if (now() < due) return arm();
    expired = true;
    controller.abort(new DOMException("The upstream took too long", "TimeoutError"));
  };
  let timer = setTimeout(look, ms);
  const arm = () => {
    firesAt = due;
    timer = setTimeout(look, due - now());
  };
  const stop = () => {
    due = Infinity;
    firesAt = Infinity;
    clearTimeout(timer);
  };
  const leave = () => {
    // Whatever happens later, it was the client that left.
    stop();
    controller.abort(client.reason);
  };
  const done = () => {
    stop();
    client.removeEventListener("abort", leave);
  };
  if (client.aborted) leave();
  else client.addEventListener("abort", leave, { once: true });
  return {
    signal: controller.signal,
    get expired() {
      return expired;
    },
    restart: (limit) => {
      due = now() + limit;
      if (firesAt <= due) return;
      clearTimeout(timer);
      arm();
    },
    pause: () => void (due = Infinity),
    abort: () => {
      done();
      controller.abort();
    },
    done,
  };
}

const monotonic = () => performance.now();
