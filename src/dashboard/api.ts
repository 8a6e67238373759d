/// <reference lib="dom" />
import { EventSourceParserStream } from "eventsource-parser/stream";

const KEY = "virtusoul-key";

/** The key lives as long as the tab. */
export function savedKey(): string {
  return sessionStorage.getItem(KEY) ?? "";
}

export function saveKey(key: string): void {
  if (key === "") sessionStorage.removeItem(KEY);
  else sessionStorage.setItem(KEY, key);
}

/** The server said no; in its words. `status` 0: it could not be reached. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

interface Call {
  body?: unknown;
  signal?: AbortSignal;
}

/** GET, or POST where there is a body. Throws ApiError. */
async function call(path: string, { body, signal }: Call): Promise<Response> {
  const headers = new Headers();
  const key = savedKey();
  if (key !== "") headers.set("authorization", `Bearer ${key}`);
  if (body !== undefined) headers.set("content-type", "application/json");
  const init: RequestInit = { headers, cache: "no-store" };
  if (signal) init.signal = signal;
  if (body !== undefined) Object.assign(init, { method: "POST", body: JSON.stringify(body) });
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError(0, "unreachable", "The router cannot be reached");
  }
  if (response.ok) return response;
  const { error } = await response.json().catch(() => ({ error: {} }));
  throw new ApiError(response.status, error?.code ?? "", error?.message ?? `The router answered ${response.status}`);
}

/** The shapes are the server's: it is asked by a page of its own. */
export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  return await (await call(path, signal ? { signal } : {})).json() as T;
}

export async function postJson<T>(path: string, body: unknown): Promise<T> {
  return await (await call(path, { body })).json() as T;
}

/** Hands on each server-sent event, until the stream ends or `signal` aborts. */
export async function listen(
  path: string,
  { signal, onEvent }: { signal: AbortSignal; onEvent: (event: string, data: string) => void },
): Promise<void> {
  const { body } = await call(path, { signal });
  if (!body) return;
  const events = body.pipeThrough(new TextDecoderStream()).pipeThrough(new EventSourceParserStream());
  const reader = events.getReader();
  while (true) {
    const { done, value } = await reader.read();
    if (done) return;
    onEvent(value.event ?? "message", value.data);
  }
}
