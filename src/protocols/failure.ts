import type { ErrorDetail } from "../errors.ts";
import { isObject, type JsonObject, objectIn } from "./json.ts";

/** The longest message that is passed on, characters. */
const MAX_MESSAGE = 2000;

/** Keys, as vendors' errors like to quote them. */
const SECRETS =
  /\b(?:sk|pk|rk|xai)-[A-Za-z0-9*_-]{6,}|\bgsk_[A-Za-z0-9*_-]{6,}|\bAIza[A-Za-z0-9*_-]{10,}|\b[0-9a-f]{40,}\b|\bBearer\s+[A-Za-z0-9*._~+/=-]{6,}/gi;

/** What only a page has; a model's own markup, such as `<tool_call>`, is none. */
const PAGE = /<(?:!doctype|html|head|body|title|center|script|style|div|h1|pre)\b/i;

/** The longest `type`, `param` and `code` that are passed on, characters. */
const MAX_WORD = 200;

/** A vendor's error body, whatever its shape, as OpenAI's. HTML and other pages are never passed on. */
export function failureOf(status: number, body: string): { status: number; error: ErrorDetail } {
  try {
    return { status, error: detailOf(status, JSON.parse(body)) };
  } catch {
    // A page of a load balancer, nothing, or what is nested too deeply to tell: only the status can be told.
    return { status, error: detailOf(status, undefined) };
  }
}

/**
 * The error in a value: `{error: {…}}`, `[{error}]`, `{error: "…"}`, `{message}`, `{detail}`, or none.
 * `status`: what it came with; tells the type where the vendor does not.
 */
export function detailOf(status: number, value: unknown): ErrorDetail {
  const outer = objectIn(Array.isArray(value) ? value[0] : value);
  const inner = isObject(outer.error)
    ? outer.error
    : isObject(outer.message)
    ? { ...outer, message: outer.message.detail }
    : outer;
  const told = inner.message ?? inner.detail ?? (typeof outer.error === "string" ? outer.error : undefined) ??
    inner.msg;
  return {
    message: shortened(messageOf(told, status) + brokenCallOf(inner), MAX_MESSAGE),
    type: typeOf(inner, status),
    param: wordOf(inner.param) ?? null,
    code: codeOf(inner),
  };
}

/** The HTTP status that an error inside a 200 stands for: its numeric code, else 502. */
export function statusIn(value: unknown): number {
  const outer = objectIn(Array.isArray(value) ? value[0] : value);
  const { code, status } = objectIn(outer.error);
  const number = Number(code ?? status);
  return Number.isInteger(number) && number >= 400 && number <= 599 ? number : 502;
}

/** Does this value of a 200 hold an error? */
export function holdsError(value: unknown): boolean {
  const outer = Array.isArray(value) ? value[0] : value;
  return isObject(outer) && (isObject(outer.error) || typeof outer.error === "string" && outer.error !== "");
}

function messageOf(told: unknown, status: number): string {
  const text = typeof told === "string" ? told : told === undefined || told === null ? "" : listed(told);
  if (text.trim() === "" || PAGE.test(text)) return `The upstream answered with status ${status}`;
  return shortened(text, MAX_MESSAGE);
}

/** Text without secrets, at most `limit` characters of it. */
function shortened(text: string, limit: number): string {
  const masked = text.slice(0, 4 * limit).replace(SECRETS, "***");
  return masked.length > limit ? `${masked.slice(0, limit - 1)}…` : masked;
}

/** Groq tells what the model wrote instead of a call: part of the message, for who has to mend the tool. */
function brokenCallOf({ failed_generation: written }: JsonObject): string {
  return typeof written === "string" && written !== "" ? ` (the model wrote: ${shortened(written, 500)})` : "";
}

/** A short word of the vendor's; anything else in its place is not passed on. */
function wordOf(value: unknown): string | undefined {
  const fits = typeof value === "string" && value !== "" && value.length <= MAX_WORD && !PAGE.test(value);
  return fits ? value.replace(SECRETS, "***") : undefined;
}

/** Mistral and FastAPI give a list of what is wrong, with its place. */
function listed(told: unknown): string {
  if (!Array.isArray(told)) return JSON.stringify(told);
  return told.map((item) => {
    const { loc, msg } = objectIn(item);
    return Array.isArray(loc) && typeof msg === "string" ? `${loc.join(".")}: ${msg}` : JSON.stringify(item);
  }).join("; ");
}

function typeOf({ type, status: name }: JsonObject, status: number): string {
  const word = wordOf(type);
  if (word !== undefined && word !== "error") return word;
  if (typeof name === "string" && name === "INVALID_ARGUMENT") return "invalid_request_error";
  if (status === 401) return "authentication_error";
  if (status === 402) return "insufficient_quota";
  if (status === 403) return "permission_error";
  if (status === 408) return "timeout_error";
  if (status === 409) return "conflict_error";
  if (status === 429) return "rate_limit_error";
  return status >= 500 || status === 200 ? "server_error" : "invalid_request_error";
}

function codeOf({ code, status }: JsonObject): string | null {
  return typeof code === "number" ? String(code) : wordOf(code) ?? wordOf(status) ?? null;
}
