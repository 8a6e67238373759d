import type { MiddlewareHandler } from "hono";
import { RouterError } from "../errors.ts";

interface GateParts {
  draining: () => boolean;
  /** Requests under way, this one included. */
  pending: () => number;
  /** More than these at once are turned away. */
  most: number;
}

/**
 * Turns new work away with 503: `draining` once the server is told to stop, `overloaded` while too much is under way.
 * Looking is still allowed.
 */
export function createGate({ draining, pending, most }: GateParts): MiddlewareHandler {
  return (context, next) => {
    if (context.req.method !== "POST") return next();
    if (!draining() && pending() <= most) return next();
    const headers = { "retry-after": "1", connection: "close" };
    if (!draining()) {
      const message = `Cannot take more than ${most} requests at once (MAX_CONCURRENT): try again in a moment`;
      throw new RouterError(503, "overloaded", message, { headers });
    }
    throw new RouterError(503, "draining", "Cannot take new requests: the server is stopping", { headers });
  };
}
