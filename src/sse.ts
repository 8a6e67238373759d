import { createParser, type EventSourceMessage } from "eventsource-parser";

/** One server-sent event. `data` joins the event's data lines with LF. */
export type SseEvent = Pick<EventSourceMessage, "data" | "event">;

/** The longest event that is read, characters. */
export const MAX_EVENT_LENGTH = 8_000_000;

/** An event grew past the limit, or the stream is not text. */
export class SseError extends Error {
  override readonly name = "SseError";
}

interface ReadEventsOptions {
  /** Called for each comment line: a sign of life that is no event. */
  onComment?: () => void;
  maxLength?: number;
}

/**
 * Bytes → events, whatever the chunking, line ends and UTF-8 splits. A last event that was never closed by an empty
 * line counts too. Fails with SseError when one event is longer than `maxLength` characters.
 */
export function readEvents(options: ReadEventsOptions = {}): TransformStream<Uint8Array, SseEvent> {
  const limit = options.maxLength ?? MAX_EVENT_LENGTH;
  const decoder = new TextDecoder();
  let out: TransformStreamDefaultController<SseEvent>;
  // Characters since the last event ended: bounds what the parser may hold for an event that never ends.
  let pending = 0;
  const parser = createParser({
    onEvent: ({ data, event }) => {
      pending = 0;
      out.enqueue({ data, event });
    },
    onComment: () => {
      pending = 0;
      options.onComment?.();
    },
  });
  const feed = (text: string) => {
    pending += text.length;
    parser.feed(text);
    if (pending > limit) throw new SseError(`Cannot read the stream: an event is longer than ${limit} characters`);
  };
  return new TransformStream({
    start: (controller) => void (out = controller),
    transform: (bytes) => feed(decoder.decode(bytes, { stream: true })),
    flush: () => {
      feed(decoder.decode());
      feed("\n\n");
    },
  });
}

/** The text of one event that has nothing but data (a single line). */
export function eventText(data: string): string {
  return `data: ${data}\n\n`;
}

/** A comment: keeps connections open, ignored by every client. */
export const KEEP_ALIVE = ": keep-alive\n\n";
