import type { Files } from "../runtime/host.ts";
import { line } from "./line.ts";
import type { Observe } from "./record.ts";

export interface DecisionLog {
  observe: Observe;
  /** Writes what waits; gives up on a disk that does not answer. */
  close(): Promise<void>;
}

interface DecisionLogParts {
  files: Pick<Files, "append" | "rename" | "size">;
  path: string;
  /** Told once for each spell of trouble: a full disk must not fill the log too. */
  onTrouble: (error: unknown) => void;
  /** The file is moved aside before it grows past this size, bytes. */
  maxBytes?: number;
  /** How many older files are kept: `name.1` is the youngest. */
  keep?: number;
  flushMs?: number;
  /** How long `close` waits, ms. */
  patienceMs?: number;
}

/** What may wait to be written, lines: past it, a disk that does not answer loses records instead of memory. */
const MOST_WAITING = 10_000;

/**
 * `DECISION_LOG`: a JSON line for each decision, in batches, off the request's path. What cannot be written is lost,
 * with a warning: serving goes on.
 */
export function createDecisionLog(
  { files, path, onTrouble, maxBytes = 20_000_000, keep = 5, flushMs = 500, patienceMs = 3000 }: DecisionLogParts,
): DecisionLog {
  const encoder = new TextEncoder();
  let waiting: string[] = [];
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Of the file; undefined: not known. */
  let bytes: number | undefined;
  let troubled = false;
  let writing = Promise.resolve();

  const trouble = (error: unknown) => {
    if (!troubled) onTrouble(error);
    troubled = true;
  };
  const rotate = async () => {
    for (let at = keep; at >= 1; at--) {
      const from = at === 1 ? path : `${path}.${at - 1}`;
      if (await files.size(from) !== undefined) await files.rename(from, `${path}.${at}`);
    }
    bytes = 0;
  };
  const write = async () => {
    const text = waiting.join("");
    waiting = [];
    if (text === "") return;
    const size = encoder.encode(text).length;
    try {
      const found = bytes ?? await files.size(path) ?? 0;
      // Whoever wrote before may have died in the middle of a line: an empty one after it says so.
      const start = bytes === undefined && found > 0 ? "\n\n" : "";
      bytes = found;
      if (found > 0 && found + size > maxBytes) await rotate();
      await files.append(path, bytes === 0 ? text : start + text);
      bytes += size + start.length;
      troubled = false;
    } catch (error) {
      bytes = undefined;
      trouble(error);
    }
  };
  /** One write after the other. */
  const flush = (): Promise<void> => {
    clearTimeout(timer);
    timer = undefined;
    return writing = writing.then(write);
  };
  return {
    observe(record) {
      if (!record.grounds) return;
      if (waiting.length >= MOST_WAITING) return trouble(new Error("the disk does not answer"));
      waiting.push(line(record));
      timer ??= setTimeout(flush, flushMs);
    },
    async close() {
      let patience: ReturnType<typeof setTimeout> | undefined;
      const late = new Promise<void>((resolve) => patience = setTimeout(resolve, patienceMs));
      await Promise.race([flush(), late]);
      clearTimeout(patience);
    },
  };
}
