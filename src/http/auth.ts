import type { MiddlewareHandler } from "hono";
import { RouterError } from "../errors.ts";
import { type Client, digestOf, type KnownKey } from "../limits/client.ts";
import type { Notes } from "./notes.ts";

/** Paths that need no key: what load balancers ask, and the dashboard's page, which asks for the key. */
const OPEN_PATHS: ReadonlySet<string> = new Set(["/health", "/live", "/ready", "/dashboard"]);

interface AuthParts {
  /** Undefined: everything is open. */
  keys: readonly KnownKey[] | undefined;
  /** Who asks where no key is needed. */
  everyone: Client;
}

/** Lets a request in that shows one of the Bearer keys, and notes whose it is. */
export function createAuth({ keys, everyone }: AuthParts): MiddlewareHandler<Notes> {
  return async (context, next) => {
    const { method, path } = context.req;
    context.set("client", everyone);
    if (keys === undefined || method === "OPTIONS" || OPEN_PATHS.has(path)) return next();
    const [, key] = /^bearer +(\S+) *$/i.exec(context.req.header("authorization") ?? "") ?? [];
    if (key === undefined) throw refusal('Cannot let this request in: send the header "Authorization: Bearer KEY"');
    const digest = await digestOf(key);
    // All keys are compared, and all their bytes: the time taken says nothing about how near a guess was.
    const [match] = keys.filter((one) => sameBytes(one.digest, digest));
    if (match === undefined) throw refusal("Cannot let this request in: its API key is not known here");
    context.set("client", match.client);
    return next();
  };
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  let difference = a.length ^ b.length;
  for (let at = 0; at < a.length; at++) difference |= (a[at] ?? 0) ^ (b[at] ?? 0);
  return difference === 0;
}

function refusal(message: string): RouterError {
  return new RouterError(401, "invalid_api_key", message, { headers: { "www-authenticate": "Bearer" } });
}
