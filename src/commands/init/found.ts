import { z } from "zod";
import { withoutSlashes } from "../../providers/address.ts";
import { providerOf } from "../../providers/catalog.ts";
import { providerNames, variablePrefix } from "../../providers/settings.ts";
import type { LocalModel } from "./models.ts";

/** What there is to work with. */
export interface Found {
  /** Providers that may be asked, with the variable that holds the key (none: no key is needed). */
  providers: Map<string, FoundKey | undefined>;
  /** The models of a local Ollama, or of the owner's own server. */
  local: Map<string, LocalModel[]>;
  /** Addresses that the router must be told to find them. */
  addresses: Record<string, string>;
}

export interface FoundKey {
  /** The variable that the router reads. */
  variable: string;
  value: string;
  source: "environment" | ".env";
}

/** Names that others give the same key. */
const ALSO: Readonly<Record<string, string>> = { google: "GEMINI_API_KEY" };

/** Longer than any server on this machine takes to list its models, ms. */
const PATIENCE_MS = 1500;

interface LookParts {
  environment: Readonly<Record<string, string>>;
  dotenv: Readonly<Record<string, string>>;
  fetch: typeof fetch;
}

/** Finds keys in the environment and in a `.env` of before, a local Ollama, and a server that CUSTOM_BASE_URL names. */
export async function lookAround({ environment, dotenv, fetch }: LookParts): Promise<Found> {
  const providers = new Map<string, FoundKey | undefined>();
  const local = new Map<string, LocalModel[]>();
  for (const name of providerNames.filter((one) => providerOf(one)?.needsKey)) {
    const key = keyOf(name, { environment, dotenv });
    if (key) providers.set(name, key);
  }
  const set = (variable: string) => environment[variable] ?? dotenv[variable];
  const moved = set("OLLAMA_BASE_URL") ?? addressOf(environment.OLLAMA_HOST);
  const [ollama, own] = await Promise.all([
    ollamaModels(fetch, moved ?? providerOf("ollama")?.baseUrl ?? ""),
    set("CUSTOM_BASE_URL") === undefined
      ? []
      : listedModels(fetch, set("CUSTOM_BASE_URL") ?? "", set("CUSTOM_API_KEY")),
  ]);
  if (ollama.length > 0) {
    providers.set("ollama", undefined);
    local.set("ollama", ollama);
  }
  if (set("CUSTOM_BASE_URL") !== undefined) {
    providers.set("custom", keyOf("custom", { environment, dotenv }));
    local.set("custom", own);
  }
  const addresses = [["OLLAMA_BASE_URL", ollama.length > 0 ? moved : undefined], [
    "CUSTOM_BASE_URL",
    set("CUSTOM_BASE_URL"),
  ]];
  return { providers, local, addresses: Object.fromEntries(addresses.filter(([, value]) => value !== undefined)) };
}

/** Ollama's own variable says where it listens: a host, a port, or both. */
function addressOf(ollamaHost: string | undefined): string | undefined {
  if (ollamaHost === undefined) return undefined;
  const typed = ollamaHost.includes("://")
    ? ollamaHost
    : `http://${ollamaHost.startsWith(":") ? "127.0.0.1" : ""}${ollamaHost}`;
  if (!URL.canParse(typed)) return undefined;
  const url = new URL(typed);
  if (["0.0.0.0", "[::]"].includes(url.hostname)) url.hostname = "127.0.0.1";
  if (url.port === "") url.port = "11434";
  return url.origin;
}

function keyOf(provider: string, { environment, dotenv }: Omit<LookParts, "fetch">): FoundKey | undefined {
  const variable = `${variablePrefix(provider)}_API_KEY`;
  for (const name of [variable, ALSO[provider] ?? variable]) {
    if (environment[name] !== undefined) return { variable, value: environment[name], source: "environment" };
    if (dotenv[name] !== undefined) return { variable, value: dotenv[name], source: ".env" };
  }
  return undefined;
}

const tags = z.object({
  models: z.array(z.object({
    name: z.string(),
    size: z.number().optional(),
    details: z.object({
      families: z.array(z.string()).nullish(),
      family: z.string().optional(),
      parameter_size: z.string().optional(),
    }).optional(),
  })),
});

/** Models that talk; none when there is no Ollama. https://docs.ollama.com/api/tags */
async function ollamaModels(fetch: LookParts["fetch"], base: string): Promise<LocalModel[]> {
  if (!URL.canParse(base)) return [];
  const found = tags.safeParse(await jsonAt(fetch, new URL("/api/tags", base).href));
  return (found.data?.models ?? []).flatMap(({ name, size = 0, details }) => {
    const families = details?.families ?? [details?.family ?? ""];
    if (/embed/i.test(name) || families.every((family) => /bert/i.test(family))) return [];
    return [{ name, size: parameters(details?.parameter_size) ?? size }];
  });
}

const list = z.object({ data: z.array(z.object({ id: z.string() })) });

/** What a server that speaks OpenAI's format says it serves, in its own order. */
async function listedModels(fetch: LookParts["fetch"], base: string, key: string | undefined): Promise<LocalModel[]> {
  if (!URL.canParse(base)) return [];
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const url = new URL(base);
  url.pathname = `${withoutSlashes(url.pathname)}/models`;
  const found = list.safeParse(await jsonAt(fetch, url.href, headers));
  return (found.data?.data ?? []).filter(({ id }) => !/embed/i.test(id)).map(({ id }, at) => ({ name: id, size: at }));
}

/** Undefined where nobody answers. */
async function jsonAt(fetch: LookParts["fetch"], url: string, headers: Record<string, string> = {}): Promise<unknown> {
  try {
    const response = await fetch(url, { headers, signal: AbortSignal.timeout(PATIENCE_MS) });
    return response.ok ? await response.json() : undefined;
  } catch {
    // That there is nobody is an answer, too.
    return undefined;
  }
}

/** "8.0B" → 8e9, "270M" → 2.7e8. */
function parameters(text: string | undefined): number | undefined {
  const [, number, unit] = /^([\d.]+) ?([KMBT])/i.exec(text ?? "") ?? [];
  return number && unit ? Number(number) * 1000 ** (1 + "KMBT".indexOf(unit.toUpperCase())) : undefined;
}
