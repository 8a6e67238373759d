import { defaultOf, variablesOf } from "../config.ts";
import { providerOf } from "../providers/catalog.ts";
import { isSecret, providerNames, variablePrefix, withoutSecrets } from "../providers/settings.ts";

/** A setting as it stands, and who says so. */
export interface ListedSetting {
  name: string;
  /** Keys and whatever else may be secret are masked; null: it is not set and has no default. */
  value: string | null;
  source: "environment" | ".env" | "default";
}

interface Sources {
  environment: Readonly<Record<string, string>>;
  dotenv: Readonly<Record<string, string>>;
}

/** Every setting that these tiers read. `computed`: defaults that hang on the machine or on other settings. */
export function listSettings(
  tiers: readonly string[],
  { environment, dotenv }: Sources,
  computed: Readonly<Record<string, string>>,
): ListedSetting[] {
  return variablesOf(tiers).map((name) => {
    const inEnvironment = environment[name];
    const value = inEnvironment ?? dotenv[name];
    const otherwise = () => computed[name] ?? textOf(defaultOf(name)) ?? addressOf(name);
    if (value === undefined) return { name, value: otherwise(), source: "default" };
    return { name, value: masked(name, value), source: inEnvironment === undefined ? ".env" : "environment" };
  });
}

/** What a `.env` sets that nothing reads: misspelt, mostly. */
export function strangersIn(dotenv: Readonly<Record<string, string>>, tiers: readonly string[]): string[] {
  const known = new Set(variablesOf(tiers));
  return Object.keys(dotenv).filter((name) => !known.has(name)).map((name) =>
    `.env sets ${name}, which is no setting of this router and these tiers`
  );
}

function masked(name: string, value: string): string {
  if (!isSecret(name)) return withoutSecrets(value);
  if (!name.endsWith("API_KEY")) return "****";
  // The end tells keys apart; of a short one it would tell too much.
  return value.split(",").map((key) => key.trim().length < 16 ? "****" : `****${key.trim().slice(-4)}`).join(",");
}

/** A default as one would type it. */
function textOf(value: unknown): string | null {
  if (value === undefined || value === "") return null;
  if (typeof value === "boolean") return value ? "on" : "off";
  if (value instanceof Map) return textOf([...value].map((pair) => pair.join(":")));
  if (Array.isArray(value)) return value.length === 0 ? null : value.join(",");
  if (typeof value === "object") return textOf(Object.entries(value ?? {}).map((pair) => pair.join("=")));
  return String(value);
}

/** The catalogue's address for a provider's `_BASE_URL`. */
function addressOf(name: string): string | null {
  const provider = providerNames.find((one) => `${variablePrefix(one)}_BASE_URL` === name);
  return (provider && providerOf(provider)?.baseUrl) ?? null;
}
