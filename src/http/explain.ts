import type { Context } from "hono";
import type { Explain } from "../routing/explain.ts";
import type { ReadJson } from "./body.ts";
import { askedIn } from "./classify.ts";

/** `POST /explain`: why a text, or a chat request, goes where it goes. Nothing is called. */
export function createExplainPage({ readJson, explain }: { readJson: ReadJson; explain: Explain }) {
  return async (context: Context): Promise<Response> => {
    const asked = askedIn(await readJson(context.req.raw));
    const client = context.req.header("authorization") ?? "";
    return context.json(await explain(asked, { client, sessionId: context.req.header("x-session-id") }));
  };
}
