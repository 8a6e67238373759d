import { protocols } from "../protocols/all.ts";
import type { Destination, Protocol } from "../protocols/protocol.ts";
import { providerOf } from "./catalog.ts";
import { withoutSlashes } from "./address.ts";
import { type Capability, modelRow } from "./models.ts";
import { type Price, priceOf } from "./price.ts";
import type { TargetConfig } from "./settings.ts";

/** One model at one provider, ready to be called. */
export interface Target {
  /** `provider/model`: how it is named in replies, logs and `/health`. */
  name: string;
  provider: string;
  model: string;
  protocol: Protocol;
  /** The full address; undefined for the built-in `echo`. */
  url: string | undefined;
  /** Authentication, version and the owner's own headers. */
  headers: Readonly<Record<string, string>>;
  destination: Destination;
  /** To the first event of a stream, or to the last byte of a whole reply. */
  timeoutMs: number;
  /** The longest silence between two events. */
  silenceMs: number;
  /** The model's window, tokens, where it is known. */
  context: number | undefined;
  /** What the model can do beside text; undefined: nobody knows, and it is assumed able. */
  can: ReadonlySet<Capability> | undefined;
  /** Undefined: not known. */
  price: Price | undefined;
}

interface TargetOptions {
  /** Explicitly set, it wins over a provider's own limit. */
  timeoutSeconds: number | undefined;
  streamUsage: boolean;
}

/** The default of `TIMEOUT`, seconds. */
export const DEFAULT_TIMEOUT = 120;

export function createTarget(config: TargetConfig, { timeoutSeconds, streamUsage }: TargetOptions): Target {
  const { provider: name, model, baseUrl, apiKey, refuses, extraBody, context } = config;
  const provider = providerOf(name);
  if (!provider) throw new Error(`Cannot make a target: "${name}" is no provider`);
  const protocol = protocols[provider.protocol];
  const row = modelRow(model);
  const can = config.can ?? row?.can;
  const silence = timeoutSeconds ?? DEFAULT_TIMEOUT;
  return {
    name: `${name}/${model}`,
    provider: name,
    model,
    protocol,
    url: baseUrl === undefined ? undefined : joinUrl(baseUrl, protocol.path),
    headers: { ...provider.headers, ...protocol.headers(apiKey), ...config.headers },
    destination: { provider: name, model, dialect: provider.dialect, refuses, extraBody, streamUsage },
    timeoutMs: (timeoutSeconds ?? provider.firstEventSeconds ?? DEFAULT_TIMEOUT) * 1000,
    silenceMs: silence * 1000,
    context: context ?? row?.context,
    can: can && new Set(can),
    price: priceOf(config),
  };
}

/** The built-in demonstration: serves when nothing is configured. */
export function createEcho(): Target {
  const config = {
    provider: "echo",
    model: "echo",
    baseUrl: undefined,
    apiKey: undefined,
    context: undefined,
    can: undefined,
  };
  return createTarget({ ...config, refuses: [], headers: {}, extraBody: {} }, {
    timeoutSeconds: undefined,
    streamUsage: true,
  });
}

/**
 * Base address + path of the endpoint. Trailing slashes fall away, a query is kept, and what the base already ends
 * with is not said twice (`…/v1` + `/v1/messages`, `…/chat/completions` + `/chat/completions`).
 */
export function joinUrl(base: string, path: string): string {
  const [address = "", query] = splitOnce(base, "?");
  const trimmed = withoutSlashes(address);
  // A host may be called "chat" or "v1", too: only the path is compared.
  const own = trimmed.replace(/^[a-z]+:\/\/[^/]*/i, "");
  const steps = path.split("/").filter((step) => step !== "");
  for (let shared = steps.length; shared > 0; shared--) {
    const start = `/${steps.slice(0, shared).join("/")}`;
    if (!own.endsWith(start)) continue;
    return withQuery(trimmed + path.slice(start.length), query);
  }
  return withQuery(trimmed + path, query);
}

function withQuery(address: string, query: string | undefined): string {
  return query === undefined ? address : `${address}?${query}`;
}

function splitOnce(text: string, mark: string): [string, string | undefined] {
  const at = text.indexOf(mark);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}
