import type { ErrorDetail } from "../../errors.ts";
import { detailOf } from "../failure.ts";
import { isObject, objectIn } from "../json.ts";

/** Anthropic's kinds of error → our status and OpenAI's type. */
const KINDS: Readonly<Record<string, [status: number, type: string]>> = {
  invalid_request_error: [400, "invalid_request_error"],
  authentication_error: [401, "authentication_error"],
  billing_error: [402, "insufficient_quota"],
  permission_error: [403, "permission_error"],
  not_found_error: [404, "invalid_request_error"],
  conflict_error: [409, "invalid_request_error"],
  request_too_large: [413, "invalid_request_error"],
  rate_limit_error: [429, "rate_limit_error"],
  api_error: [500, "server_error"],
  timeout_error: [504, "server_error"],
  // 529 is a number that many proxies do not know.
  overloaded_error: [503, "server_error"],
};

/** What failed when only the status tells, as on the pages that stand before Anthropic: too large, overloaded. */
const BY_STATUS: Readonly<Record<number, string>> = { 413: "request_too_large", 529: "overloaded_error" };

/** An error body of any shape → the client's view of it. */
export function failureOf(status: number, body: string): { status: number; error: ErrorDetail } {
  try {
    return failureIn(status, JSON.parse(body));
  } catch {
    // A page of a load balancer: only the status tells.
    return failureIn(status, undefined);
  }
}

/** The same for a value: an error body, or an `error` event. */
export function failureIn(status: number, value: unknown): { status: number; error: ErrorDetail } {
  const kind = objectIn(isObject(value) ? value.error : undefined).type ?? BY_STATUS[status];
  const known = typeof kind === "string" && Object.hasOwn(KINDS, kind) ? KINDS[kind] : undefined;
  const detail = detailOf(status, value);
  if (known) return { status: known[0], error: { ...detail, type: known[1], code: String(kind) } };
  const ours = status === 529 ? 503 : status === 200 ? 502 : status;
  return { status: ours, error: { ...detail, type: detail.type === "error" ? "server_error" : detail.type } };
}
