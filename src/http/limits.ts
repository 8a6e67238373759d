import type { MiddlewareHandler } from "hono";
import type { Limits } from "../limits/limits.ts";
import type { Notes } from "./notes.ts";

/** Counts a client's requests, and turns it away when it made too many. */
export function createRateCheck({ admit }: Pick<Limits, "admit">): MiddlewareHandler<Notes> {
  return async (context, next) => {
    await admit(context.get("client"));
    return next();
  };
}
