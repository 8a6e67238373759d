import type { MiddlewareHandler } from "hono";
import { RouterError } from "../errors.ts";

/**
 * Refuses what a page of another origin sends: a browser sends it along even where nobody asked for it. `allowed`:
 * the origins of `CORS_ORIGIN`.
 */
export function createOriginCheck(allowed: readonly string[]): MiddlewareHandler {
  return (context, next) => {
    const origin = context.req.header("origin");
    if (origin === undefined || allowed.includes("*") || allowed.includes(origin)) return next();
    if (URL.canParse(origin) && new URL(origin).host === context.req.header("host")) return next();
    const message = `Cannot take this from the origin ${
      JSON.stringify(origin.slice(0, 80))
    }: add it to CORS_ORIGIN to allow it`;
    throw new RouterError(403, "disabled", message);
  };
}
