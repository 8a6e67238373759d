import type { Context } from "hono";
import { z } from "zod";
import type { OlderRequests } from "../../dashboard/wire.ts";
import { RouterError } from "../../errors.ts";
import type { History } from "../../history/history.ts";

const whole = (max: number) => z.string().regex(/^\d{1,15}$/).transform(Number).refine((value) => value <= max);
const span = z.object({
  since: whole(Number.MAX_SAFE_INTEGER),
  until: whole(Number.MAX_SAFE_INTEGER),
  steps: whole(500).refine((value) => value > 0),
}).refine(({ since, until }) => since < until);
const page = z.object({
  before: z.string().max(100).optional(),
  limit: whole(500).default(100),
});

/** `GET /dashboard/history/series?since=…&until=…&steps=…`: requests over time, from the disk. */
export function createHistorySeries(history: History | undefined) {
  return async (context: Context): Promise<Response> =>
    context.json(await kept(history).series(checked(span, context.req.query())));
}

/** `GET /dashboard/history/requests?before=…&limit=…`: requests older than one, the newest first. */
export function createHistoryRequests(history: History | undefined) {
  return async (context: Context): Promise<Response> => {
    const { before, limit } = checked(page, context.req.query());
    const requests = await kept(history).older(before, limit + 1);
    const found: OlderRequests = { requests: requests.slice(0, limit), more: requests.length > limit };
    return context.json(found);
  };
}

function kept(history: History | undefined): History {
  if (history) return history;
  throw new RouterError(403, "disabled", "Cannot show older requests: HISTORY is off. HISTORY=on keeps them on disk");
}

function checked<T>(schema: z.ZodType<T>, query: Record<string, string>): T {
  const parsed = schema.safeParse(query);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const param = issue?.path.join(".") || null;
  throw new RouterError(400, "invalid_value", `Cannot look this up: ${param ?? "the span"} is not valid`, { param });
}
