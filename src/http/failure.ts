import type { Context } from "hono";
import type { Notes } from "./notes.ts";
import { type ErrorBody, RouterError, UpstreamError } from "../errors.ts";
import type { Log } from "../log.ts";
import { AttemptsError } from "../providers/attempt.ts";

/** The longest wait that OpenAI's clients obey; for longer ones they must be told not to retry, seconds. */
const OBEYED_WAIT = 60;

/** The app's single `onError`: the only place that makes an error body. */
export function createFailure(log: Log): (error: unknown, context: Context<Notes>) => Response {
  return (error, context) => {
    const cause = error instanceof AttemptsError ? error.cause : error;
    if (cause instanceof RouterError || cause instanceof UpstreamError) {
      if (cause instanceof RouterError && cause.status === 500) {
        log.warning(cause.message, { error: String(cause.cause) });
      }
      return respond(context, cause.status, cause.body, headersOf(cause));
    }
    if (context.req.raw.signal.aborted) return new Response(null, { status: 499 });
    log.error("A request failed unexpectedly", {
      error: cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause),
    });
    const message = "The router failed unexpectedly: see its log";
    return respond(context, 500, { error: { message, type: "server_error", param: null, code: "internal_error" } }, {});
  };
}

function headersOf(error: RouterError | UpstreamError): Record<string, string> {
  const wait = Number(error.headers["retry-after"] ?? 0);
  return wait > OBEYED_WAIT ? { "x-should-retry": "false", ...error.headers } : error.headers;
}

function respond(context: Context<Notes>, status: number, body: ErrorBody, headers: Record<string, string>): Response {
  // How the request was routed belongs on its failure too.
  const noted = context.get("noted");
  return Response.json(body, { status, headers: { ...noted, ...headers, "content-type": "application/json" } });
}
