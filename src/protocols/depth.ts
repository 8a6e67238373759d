import { RouterError, UpstreamError } from "../errors.ts";
import type { Protocol } from "./protocol.ts";

/**
 * The protocol, with JSON that is nested deeper than the machine can follow turned into an error like any other: the
 * client's is a 400, the upstream's a 502.
 */
export function withinDepth(protocol: Protocol): Protocol {
  const guarded = <In extends unknown[], Out>(run: (...given: In) => Out, failure: (cause: unknown) => Error) => {
    return (...given: In): Out => {
      try {
        return run(...given);
      } catch (error) {
        throw error instanceof RangeError ? failure(error) : error;
      }
    };
  };
  return {
    ...protocol,
    request: guarded(protocol.request, (cause) => {
      const message = "Cannot translate the request: it is nested too deeply";
      return new RouterError(400, "invalid_value", message, { cause });
    }),
    reply: guarded(protocol.reply, (cause) => {
      const message = "Cannot use the upstream's reply: it is nested too deeply";
      const detail = { message, type: "upstream_error", param: null, code: "upstream_invalid" };
      return new UpstreamError(502, detail, { retryable: true, cause });
    }),
  };
}
