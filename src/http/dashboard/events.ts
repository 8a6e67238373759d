import type { Context } from "hono";
import { RouterError } from "../../errors.ts";
import type { RequestRecord } from "../../ledger/record.ts";
import { type DashboardSource, rowText } from "./data.ts";

interface EventsParts extends Pick<DashboardSource, "ring" | "state"> {
  /** These settings serve no more, or the server stops: who looks on must come again. */
  over: () => boolean;
  everyMs?: number;
}

/** Who may look on at once. */
const MOST_CLIENTS = 32;
/** What may wait for a slow client, events. */
const MOST_WAITING = 500;

/**
 * `GET /dashboard/events?after=ID`: each request after that one, when it is over (`event: request`), and how the server is (`event: state`) each
 * second. A client that does not keep up is told that it missed some (`event: missed`): it asks for all anew.
 */
export function createEvents({ ring, state, over, everyMs = 1000 }: EventsParts) {
  let clients = 0;
  return (context: Context): Response => {
    if (clients >= MOST_CLIENTS) {
      const message = `Cannot show what happens to more than ${MOST_CLIENTS} at once: close another dashboard`;
      throw new RouterError(503, "overloaded", message, { headers: { "retry-after": "30" } });
    }
    clients++;
    const encoder = new TextEncoder();
    let waiting: string[] = [];
    let missed = false;
    // Resolves the pull that waits for something to send.
    let wake = () => {};
    let stop = () => {};
    const say = (event: string, data: string) => {
      if (waiting.length >= MOST_WAITING) {
        waiting = [];
        missed = true;
      }
      waiting.push(`event: ${event}\ndata: ${data}\n\n`);
      wake();
    };
    const body = new ReadableStream<Uint8Array>({
      start() {
        const unsubscribe = ring.subscribe((record) => say("request", rowText(record)));
        // One state at a time: a client that does not read is not told the same a hundred times.
        const tick = () => waiting.length === 0 && !over() ? say("state", JSON.stringify(state())) : wake();
        const timer = setInterval(tick, everyMs);
        stop = () => {
          stop = () => {};
          clients--;
          clearInterval(timer);
          unsubscribe();
          wake();
        };
        say("state", JSON.stringify(state()));
        for (const record of later(ring, context.req.query("after"))) say("request", rowText(record));
      },
      async pull(out) {
        while (waiting.length === 0 && !over()) await new Promise<void>((resolve) => wake = resolve);
        if (over()) {
          stop();
          return out.close();
        }
        const text = (missed ? "event: missed\ndata: {}\n\n" : "") + waiting.join("");
        waiting = [];
        missed = false;
        out.enqueue(encoder.encode(text));
      },
      cancel: () => stop(),
    }, { highWaterMark: 0 });
    return new Response(body, {
      headers: {
        "content-type": "text/event-stream; charset=utf-8",
        "cache-control": "no-store, no-transform",
        "x-accel-buffering": "no",
      },
    });
  };
}

/** What was over between the client's look at the data and its coming here. */
function later(ring: EventsParts["ring"], after: string | undefined): RequestRecord[] {
  if (after === undefined) return [];
  const records = ring.last(Infinity);
  return records.slice(records.findLastIndex(({ id }) => id === after) + 1);
}
