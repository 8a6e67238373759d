import { z } from "zod";
import { CAPABILITIES } from "../providers/models.ts";
import { type Reason, REASONS } from "../routing/reason.ts";
import type { RequestRecord } from "./record.ts";

/** A record as a line of `DECISION_LOG`: what `readLine` reads. Probabilities by tier follow from those by label. */
export function line({ probabilities: _, grounds, ...rest }: RequestRecord): string {
  const labels = grounds?.labels && Object.entries(grounds.labels).map(([label, p]) => [label, Number(p.toFixed(6))]);
  const short = grounds && { ...grounds, labels: labels && Object.fromEntries(labels) };
  return `${JSON.stringify({ ...rest, ...times(rest), grounds: short })}\n`;
}

type Times = Pick<RequestRecord, "routingMs" | "firstByteMs" | "totalMs">;

/** The times of a record with one decimal, ms. */
export function times({ routingMs, firstByteMs, totalMs }: Times): Times {
  const tenths = (value: number) => Math.round(value * 10) / 10;
  return {
    routingMs: tenths(routingMs),
    firstByteMs: firstByteMs === undefined ? undefined : tenths(firstByteMs),
    totalMs: tenths(totalMs),
  };
}

const amount = z.number().min(0);
/** May be left out; is there, as undefined, once it is read. */
const maybe = <T extends z.ZodType>(type: T) => type.optional().transform((value) => value);
const schema = z.object({
  id: z.string(),
  at: amount,
  session: maybe(z.string()),
  tier: z.string(),
  reason: z.string(),
  confidence: z.number(),
  flagged: z.boolean(),
  grounds: z.object({
    by: z.enum(Object.keys(REASONS) as [Reason, ...Reason[]]),
    labels: maybe(z.record(z.string(), amount)),
    says: z.boolean(),
    known: maybe(z.string()),
    needs: z.object({ capabilities: z.array(z.enum(CAPABILITIES)), tokens: amount }),
    min: maybe(z.string()),
    max: maybe(z.string()),
  }),
  targets: z.array(z.string()),
  target: z.string(),
  attempts: z.array(
    z.object({ target: z.string(), status: z.number().optional(), error: z.string().optional(), ms: amount }),
  ),
  stream: z.boolean(),
  client: z.string().default("everyone"),
  status: z.number(),
  error: maybe(z.string()),
  routingMs: amount,
  firstByteMs: maybe(amount),
  totalMs: amount,
  tokens: maybe(z.object({ input: amount, output: amount, cached: amount, written: amount, reasoning: amount })),
  cost: maybe(amount),
});

/** A decision as a line of `DECISION_LOG` tells it. */
export type Logged = z.infer<typeof schema>;

/** A line of `DECISION_LOG` → the decision. Throws when it is none. */
export function readLine(text: string): Logged {
  return schema.parse(JSON.parse(text));
}
