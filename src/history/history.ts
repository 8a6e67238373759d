import { createSeries, pointOf, type Series, type Span } from "../dashboard/series.ts";
import type { RequestRow } from "../dashboard/wire.ts";
import { line } from "../ledger/line.ts";
import type { Observe, RequestRecord } from "../ledger/record.ts";
import type { Database } from "../runtime/host.ts";
import { insert, openHistory, pointsAfter, prune, rowsBefore } from "./table.ts";

/** Requests kept on disk, for a while. */
export interface History {
  observe: Observe;
  /** The words of a request under way; kept only where text is. */
  remember(id: string, ask: string): void;
  /** Older requests than this one, the newest first; from the newest one where it is not known. */
  older(before: string | undefined, limit: number): Promise<RequestRow[]>;
  series(span: Span): Promise<Series>;
  /** Writes what waits. */
  close(): Promise<void>;
}

interface HistoryParts {
  open: () => Promise<Database>;
  /** Told once for each spell of trouble. */
  onTrouble: (error: unknown) => void;
  /** ms since 1970. */
  wallClock: () => number;
  /** Lets what else there is to do have its turn. */
  pause: () => Promise<void>;
  withText: boolean;
  maxRows?: number;
  maxAgeMs?: number;
  flushMs?: number;
}

/** What may wait to be written; past it, a disk that does not answer loses requests instead of memory. */
const MOST_WAITING = 10_000;
/** SQLite works on the thread that answers requests: never more than so many rows without a pause (some ms). */
const ROWS_AT_ONCE = 200;
const LONGEST_ASK = 2000;

/** Rows and days are bounded; what cannot be written is lost, with a warning: serving goes on. */
export function createHistory(parts: HistoryParts): History {
  const { open, onTrouble, wallClock, pause, withText } = parts;
  const { maxRows = 100_000, maxAgeMs = 30 * 86_400_000, flushMs = 1000 } = parts;
  let waiting: { record: RequestRecord; ask: string | undefined }[] = [];
  const asks = new Map<string, string>();
  let database: Database | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let troubled = false;
  let last: Promise<unknown> = Promise.resolve();

  /** One at a time; after trouble the file is opened anew: somebody may have mended it. */
  const inTurn = <T>(work: (database: Database) => Promise<T>): Promise<T> => {
    const mine = last.then(async () => {
      try {
        database ??= await openHistory(open);
        return await work(database);
      } catch (error) {
        database?.close();
        database = undefined;
        throw error;
      }
    });
    last = mine.catch(() => {});
    return mine;
  };
  const flush = async () => {
    clearTimeout(timer);
    timer = undefined;
    const rows = waiting;
    waiting = [];
    try {
      await inTurn(async (file) => {
        for (let at = 0; at < rows.length; at += ROWS_AT_ONCE) {
          insert(file, rows.slice(at, at + ROWS_AT_ONCE).map(rowOf));
          await pause();
        }
        prune(file, { maxRows, before: wallClock() - maxAgeMs, atOnce: ROWS_AT_ONCE });
      });
      troubled = false;
    } catch (error) {
      if (!troubled) onTrouble(error);
      troubled = true;
    }
  };
  return {
    observe(record) {
      const ask = asks.get(record.id);
      asks.delete(record.id);
      if (waiting.length < MOST_WAITING) waiting.push({ record, ask });
      timer ??= setTimeout(flush, flushMs);
    },
    remember(id, ask) {
      if (withText && asks.size < MOST_WAITING) asks.set(id, ask.slice(0, LONGEST_ASK));
    },
    older: (before, limit) => inTurn((file) => Promise.resolve(rowsBefore(file, before, limit))),
    series: (span) =>
      inTurn(async (file) => {
        const series = createSeries(span);
        let from = { at: span.since, n: -1 };
        while (true) {
          const points = pointsAfter(file, from, { until: span.until, limit: ROWS_AT_ONCE });
          for (const { point } of points) series.add(point);
          const end = points.at(-1);
          if (!end || points.length < ROWS_AT_ONCE) return series.done();
          from = { at: end.point.at, n: end.n };
          await pause();
        }
      }),
    async close() {
      if (waiting.length > 0 || timer !== undefined) await flush();
      await last;
      database?.close();
      database = undefined;
    },
  };
}

function rowOf({ record, ask }: { record: RequestRecord; ask: string | undefined }) {
  return { id: record.id, point: pointOf(record), line: line(record), ask };
}
