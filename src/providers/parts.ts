import type { StreamPart } from "../protocols/protocol.ts";
import { SseError } from "../sse.ts";
import type { Deadline } from "./deadline.ts";

interface LiveParts {
  first: StreamPart;
  reader: ReadableStreamDefaultReader<StreamPart>;
  deadline: Deadline;
  /** The longest silence between two events, ms. */
  silenceMs: number;
}

/**
 * A stream's parts from the first on, which was read already. Never fails: an upstream that breaks or falls silent
 * yields one `error` part. Reads only when it is read (backpressure); cancelling it closes the upstream's connection.
 */
export function liveParts({ first, reader, deadline, silenceMs }: LiveParts): ReadableStream<StreamPart> {
  let waiting: StreamPart | undefined = first;
  const next = async (): Promise<StreamPart | undefined> => {
    if (waiting) {
      const part = waiting;
      waiting = undefined;
      return part;
    }
    deadline.restart(silenceMs);
    const { done, value } = await reader.read();
    // A slow client is no silence of the upstream.
    deadline.pause();
    return done ? undefined : value;
  };
  return new ReadableStream<StreamPart>({
    async pull(out) {
      try {
        const part = await next();
        if (part) return out.enqueue(part);
        deadline.done();
      } catch (error) {
        out.enqueue(interruption(error, deadline.expired));
        deadline.abort();
      }
      out.close();
    },
    async cancel(reason) {
      deadline.abort();
      await reader.cancel(reason).catch(() => {});
    },
  }, { highWaterMark: 0 });
}

function interruption(error: unknown, expired: boolean): StreamPart {
  const detail = (code: string, message: string) => ({ message, type: "upstream_error", param: null, code });
  if (expired) {
    const message = "The upstream fell silent in the middle of its reply";
    return { type: "error", status: 504, error: detail("upstream_timeout", message) };
  }
  if (error instanceof SseError) {
    return { type: "error", status: 502, error: detail("upstream_invalid", error.message) };
  }
  const message = "The upstream's connection broke in the middle of its reply";
  return { type: "error", status: 502, error: detail("upstream_interrupted", message) };
}

/** Parts that are there already, as a stream. */
export function readyParts(parts: readonly StreamPart[]): ReadableStream<StreamPart> {
  return ReadableStream.from(parts);
}
