import type { Context } from "hono";
import { z } from "zod";
import { RouterError } from "../errors.ts";
import type { ReadJson } from "./body.ts";

/** What the last requests asked, by request id; held in memory alone. */
export interface AskMemory {
  remember(requestId: string, ask: string): void;
  recall(requestId: string): string | undefined;
}

/** How many asks are held, and how much of each, characters. */
const HELD = 1000;
const LONGEST = 20_000;

export function createAskMemory(): AskMemory {
  const asks = new Map<string, string>();
  return {
    remember(requestId, ask) {
      asks.set(requestId, ask.slice(0, LONGEST));
      const [oldest] = asks.keys();
      if (asks.size > HELD && oldest !== undefined) asks.delete(oldest);
    },
    recall: (requestId) => asks.get(requestId),
  };
}

interface FeedbackParts {
  readJson: ReadJson;
  /** Undefined: `FEEDBACK` is off. */
  memory: AskMemory | undefined;
  /** The tiers that may be named. */
  tiers: readonly string[];
  add: (row: { text: string; tier: string }) => Promise<void>;
}

/** `POST /feedback`: which tier a request would have deserved; kept for the next retraining. */
export function createFeedback({ readJson, memory, tiers, add }: FeedbackParts) {
  const body = z.union([
    z.strictObject({ request_id: z.string(), tier: z.string() }),
    z.strictObject({ text: z.string().min(1), tier: z.string() }),
  ]);
  return async (context: Context): Promise<Response> => {
    if (!memory) {
      const message = "Cannot take feedback: it is off. FEEDBACK=on turns it on; it stores the text of prompts on disk";
      throw new RouterError(403, "disabled", message);
    }
    const parsed = body.safeParse(await readJson(context.req.raw));
    if (!parsed.success) {
      const message = 'Cannot take this feedback: send {"request_id": "…", "tier": "…"} or {"text": "…", "tier": "…"}';
      throw new RouterError(400, "invalid_value", message);
    }
    const { tier } = parsed.data;
    if (!tiers.includes(tier)) {
      const message = `Cannot take feedback for the tier ${JSON.stringify(tier.slice(0, 80))}: use one of ${
        tiers.join(", ")
      }`;
      throw new RouterError(400, "invalid_value", message, { param: "tier" });
    }
    const text = "text" in parsed.data ? parsed.data.text : memory.recall(parsed.data.request_id);
    if (text === undefined || text.trim() === "") {
      const message =
        "Cannot take feedback for this request_id: it is not among the last ones that held words to judge";
      throw new RouterError(404, "not_found", message, { param: "request_id" });
    }
    await add({ text, tier });
    return context.json({ stored: true }, 202);
  };
}
