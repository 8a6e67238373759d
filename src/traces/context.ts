/** Where a request stands in a trace: W3C's trace context. */
export interface TraceContext {
  /** 32 hexadecimal digits. */
  traceId: string;
  /** Of our own span, 16 digits. */
  spanId: string;
  /** Of the span that called us. */
  parentId: string | undefined;
  sampled: boolean;
  /** The vendors' own, passed on as it is. */
  state: string | undefined;
}

const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Continues the caller's trace, or begins one where there is none that can be read. */
export function contextOf(headers: Headers): TraceContext {
  const said = headers.get("traceparent")?.trim() ?? "";
  const [, traceId, parentId, flags = "", more] = TRACEPARENT.exec(said) ?? [];
  // Version 00 ends after the flags.
  if (traceId === undefined || (more !== undefined && said.startsWith("00"))) {
    return { traceId: randomHex(16), spanId: randomHex(8), parentId: undefined, sampled: true, state: undefined };
  }
  const sampled = (Number.parseInt(flags, 16) & 1) === 1;
  return { traceId, spanId: randomHex(8), parentId, sampled, state: headers.get("tracestate") ?? undefined };
}

/** What an upstream gets: our span is its parent. */
export function headersOf({ traceId, spanId, sampled, state }: TraceContext): Record<string, string> {
  const traceparent = `00-${traceId}-${spanId}-${sampled ? "01" : "00"}`;
  return state === undefined ? { traceparent } : { traceparent, tracestate: state };
}

export function randomHex(bytes: number): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(bytes)), (byte) => byte.toString(16).padStart(2, "0")).join(
    "",
  );
}
