import type { Context } from "hono";
import { RouterError } from "../errors.ts";
import { parseMessages } from "../protocols/openai/wire.ts";
import { describe } from "../routing/describe.ts";
import type { ChatMessage } from "../protocols/protocol.ts";
import type { Judge } from "../routing/judge.ts";
import type { ReadJson } from "./body.ts";

/** `POST /classify`: which tier a text, or a chat request, deserves. Nothing is called. */
export function createClassify({ readJson, judge, now }: { readJson: ReadJson; judge: Judge; now: () => number }) {
  return async (context: Context): Promise<Response> => {
    const asked = askedIn(await readJson(context.req.raw));
    const started = now();
    const opinion = "text" in asked ? await judge.text(asked.text) : await judge.conversation(asked);
    return context.json(describe({ ...opinion, latencyMs: now() - started }));
  };
}

/** `{text}` or a chat body. Throws RouterError 400 when it is neither. */
export function askedIn(body: unknown): { text: string } | { messages: ChatMessage[]; tools: unknown } {
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    throw new RouterError(400, "invalid_value", 'Cannot classify this body: send {"text": "…"} or a chat request');
  }
  if ("text" in body) {
    if (typeof body.text === "string") return { text: body.text };
    const value = JSON.stringify(body.text)?.slice(0, 80);
    throw new RouterError(400, "invalid_value", `Cannot classify text ${value}: it must be a string`, {
      param: "text",
    });
  }
  if ("messages" in body) {
    return { messages: parseMessages(body.messages), tools: "tools" in body ? body.tools : undefined };
  }
  throw new RouterError(400, "invalid_value", 'Cannot classify this body: it has neither "text" nor "messages"', {
    param: "text",
  });
}
