/** What of an upstream's reply headers the client may see; everything else stays here. */
const PASSED = /^(retry-after|retry-after-ms|x-should-retry|x-ratelimit-.+|anthropic-ratelimit-.+)$/;
const ID_HEADERS = ["request-id", "x-request-id", "x-generation-id"];

export function upstreamHeaders(headers: Headers): Record<string, string> {
  const passed: Record<string, string> = {};
  for (const [name, value] of headers) if (PASSED.test(name)) passed[name] = value;
  const id = ID_HEADERS.map((name) => headers.get(name)).find((value) => value !== null);
  if (id) passed["x-upstream-request-id"] = id.slice(0, 200);
  return passed;
}

/** What the upstream asked to wait, ms: `retry-after-ms`, else `retry-after` in seconds or as an HTTP date. */
export function retryAfterMs(headers: Record<string, string>, now: number): number | undefined {
  const exact = Number(headers["retry-after-ms"] ?? Number.NaN);
  if (exact >= 0) return exact;
  const value = headers["retry-after"];
  if (value === undefined) return undefined;
  const seconds = Number(value);
  if (seconds >= 0) return seconds * 1000;
  const date = Date.parse(value);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
