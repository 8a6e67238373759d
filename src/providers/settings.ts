import { z } from "zod";
import type { Complaint } from "../errors.ts";
import { optionalNumberSetting, switchSetting } from "../setting.ts";
import { withVendorPath } from "./address.ts";
import { type Provider, providerNames, providerOf } from "./catalog.ts";
import { tierFields } from "./fields.ts";
import type { Capability } from "./models.ts";
import type { Price } from "./price.ts";
import { shown } from "./shown.ts";

export { providerNames } from "./catalog.ts";
export { isSecret, shown, withoutSecrets } from "./shown.ts";

/** A day: the longest that anything may be waited for, seconds. */
const DAY = 86_400;

export const providerSettings = {
  /** Seconds to the first event, or to a whole reply's end; undefined: the provider's own limit, else 120. */
  TIMEOUT: optionalNumberSetting({ min: 0.001, max: DAY }),
  STREAM_USAGE: switchSetting(true),
};

/** A tier and the targets that serve it, in order. No targets: it is not configured. */
export interface TierConfig {
  name: string;
  targets: TargetConfig[];
}

/** One model at one provider, as the owner configured it. */
export interface TargetConfig {
  provider: string;
  model: string;
  /** With the vendor's path, without a trailing slash; a query is kept. Absent for `echo`. */
  baseUrl: string | undefined;
  apiKey: string | undefined;
  refuses: string[];
  headers: Record<string, string>;
  extraBody: Record<string, unknown>;
  /** The model's window, tokens, where the owner says it. */
  context: number | undefined;
  /** What it can do beside text, where the owner says it. */
  can: Capability[] | undefined;
  /** Where the owner says it. */
  price?: Price | undefined;
}

/** The fields of a tier, for `.env.example` and the docs. */
export const TIER_FIELDS = [...Object.keys(tierFields), "API_KEY", "BASE_URL"];

/** The fields of a provider. */
export const PROVIDER_FIELDS = ["API_KEY", "BASE_URL"];

type Environment = Readonly<Record<string, string | undefined>>;
type TierFields = z.infer<z.ZodObject<typeof tierFields>>;

interface Reading {
  environment: Environment;
  tiers: readonly string[];
  complain: (complaint: Complaint) => void;
}

/** The start of a tier's variables: `MEDIUM` for `medium`, `VERY_LARGE` for `very-large`. */
export function variablePrefix(tier: string): string {
  return tier.toUpperCase().replaceAll("-", "_");
}

/** Reads every tier's own variables. What is wrong goes to `complain`, and the faulty target is left out. */
export function readTiers(
  environment: Environment,
  tiers: readonly string[],
  complain: Reading["complain"],
): TierConfig[] {
  const reading = { environment, tiers, complain };
  const fields = new Map(tiers.map((tier) => [tier, readFields(reading, tier)]));
  const own = new Map([...fields].map(([tier, values]) => [tier, ownTarget(reading, tier, values)]));
  return tiers.map((name) => {
    const target = own.get(name);
    const fallbacks = (fields.get(name)?.FALLBACKS ?? []).map((entry) => fallbackTarget(reading, name, entry, own));
    if (fallbacks.length > 0 && !fields.get(name)?.PROVIDER) {
      const prefix = variablePrefix(name);
      complain({ variable: `${prefix}_FALLBACKS`, problem: `set ${prefix}_PROVIDER and ${prefix}_MODEL too` });
    }
    return { name, targets: target ? unique([target, ...fallbacks]) : [] };
  });
}

/** Each field by itself: a faulty one must not hide what else is wrong. */
function readFields({ environment, complain }: Reading, tier: string): TierFields {
  const prefix = variablePrefix(tier);
  const entries = Object.entries(tierFields).map(([field, schema]) => {
    const variable = `${prefix}_${field}`;
    const parsed = schema.safeParse(environment[variable]);
    if (parsed.success) return [field, parsed.data];
    const why = parsed.error.issues[0]?.message;
    complain({ variable, problem: `${shown(variable, environment[variable])} is not valid: ${why}` });
    return [field, schema.parse(undefined)];
  });
  return Object.fromEntries(entries);
}

function ownTarget(reading: Reading, tier: string, fields: TierFields): TargetConfig | undefined {
  const prefix = variablePrefix(tier);
  const { PROVIDER: provider, MODEL: model } = fields;
  if (provider === "" && model === "") return undefined;
  if (provider === "" || model === "") {
    const [there, missing] = provider === "" ? ["MODEL", "PROVIDER"] : ["PROVIDER", "MODEL"];
    reading.complain({
      variable: `${prefix}_${missing}`,
      problem: `is not set, but ${prefix}_${there} is: set both or neither`,
    });
    return undefined;
  }
  return targetOf(reading, { provider: provider.toLowerCase(), model, prefix, variable: `${prefix}_PROVIDER`, fields });
}

function fallbackTarget(
  reading: Reading,
  tier: string,
  entry: string,
  own: ReadonlyMap<string, TargetConfig | undefined>,
): TargetConfig | undefined {
  const variable = `${variablePrefix(tier)}_FALLBACKS`;
  if (own.has(entry)) {
    const target = own.get(entry);
    if (!target) {
      reading.complain({
        variable,
        problem: `"${entry}" is a tier without a model of its own: configure it or leave it out`,
      });
    }
    return target;
  }
  const slash = entry.indexOf("/");
  if (slash < 1 || slash === entry.length - 1) {
    reading.complain({
      variable,
      problem: `"${entry}" is neither provider/model nor a tier (${reading.tiers.join(", ")})`,
    });
    return undefined;
  }
  const [provider, model] = [entry.slice(0, slash).toLowerCase(), entry.slice(slash + 1)];
  return targetOf(reading, { provider, model, prefix: undefined, variable, fields: undefined });
}

interface Wanted {
  provider: string;
  model: string;
  /** The tier's own variables come first; undefined for a fallback, which has the provider's alone. */
  prefix: string | undefined;
  /** Named when the provider is unknown. */
  variable: string;
  fields: TierFields | undefined;
}

function targetOf(reading: Reading, wanted: Wanted): TargetConfig | undefined {
  const { environment, complain } = reading;
  const provider = providerOf(wanted.provider);
  if (!provider) {
    complain({
      variable: wanted.variable,
      problem: `"${wanted.provider}" is no provider: use one of ${providerNames.join(", ")}`,
    });
    return undefined;
  }
  const name = variablePrefix(wanted.provider);
  const keyNames = [wanted.prefix && `${wanted.prefix}_API_KEY`, `${name}_API_KEY`].filter((key) => key !== undefined);
  const urlNames = [wanted.prefix && `${wanted.prefix}_BASE_URL`, `${name}_BASE_URL`].filter((key) =>
    key !== undefined
  );
  const key = first(environment, keyNames);
  const apiKey = key?.value;
  if (provider.needsKey && !key) {
    complain({ variable: keyNames.join(" or "), problem: `is not set: "${wanted.provider}" needs a key` });
  }
  if (key && !HEADER_VALUE.test(key.value)) {
    complain({ variable: key.variable, problem: "the value (not shown) holds a sign that no key has: copy it again" });
  }
  const baseUrl = baseUrlOf(reading, wanted.provider, provider, urlNames);
  const headers = headersOf(reading, `${wanted.prefix}_HEADERS`, wanted.fields?.HEADERS ?? {});
  const { REFUSES: refuses = [], EXTRA_BODY: extraBody = {}, CONTEXT: context, CAN: can, PRICE: price } =
    wanted.fields ?? {};
  return {
    ...{ provider: wanted.provider, model: wanted.model, baseUrl, apiKey },
    ...{ refuses, headers, extraBody, context, can, price },
  };
}

function baseUrlOf(reading: Reading, name: string, provider: Provider, variables: string[]): string | undefined {
  const set = first(reading.environment, variables);
  if (!set) {
    if (provider.baseUrl === undefined && name === "custom") {
      reading.complain({
        variable: variables.join(" or "),
        problem: `is not set: "custom" needs the address of its API`,
      });
    }
    return provider.baseUrl;
  }
  const { variable, value } = set;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (!url || !["http:", "https:"].includes(url.protocol) || url.hash !== "") {
    reading.complain({
      variable,
      problem: `${shown(variable, value)} is not an address: use http://… or https://… without a fragment`,
    });
    return undefined;
  }
  if (url.username !== "" || url.password !== "") {
    reading.complain({
      variable,
      problem: "an address with a user name or password is refused: use the key's variable or HEADERS",
    });
    return undefined;
  }
  return withVendorPath(url, value, name === "custom" ? undefined : provider.baseUrl);
}

const HEADER_NAME = /^[a-z0-9!#$%&'*+.^_`|~-]+$/i;
/** What `fetch` takes: anything else would fail every request. */
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;

function headersOf({ complain }: Reading, variable: string, headers: Record<string, unknown>): Record<string, string> {
  const valid = Object.entries(headers).filter(([name, value]) => {
    const fits = HEADER_NAME.test(name) && typeof value === "string" && HEADER_VALUE.test(value);
    if (!fits) complain({ variable, problem: `the header "${name}" is not valid: use names and values of plain text` });
    return fits;
  });
  // In one spelling, so that the owner's "Authorization" takes the place of ours instead of joining it.
  return Object.fromEntries(valid.map(([name, value]) => [name.toLowerCase(), value])) as Record<string, string>;
}

function first(environment: Environment, variables: string[]): { variable: string; value: string } | undefined {
  for (const variable of variables) {
    const value = environment[variable];
    if (value !== undefined) return { variable, value: value.trim() };
  }
  return undefined;
}

function unique(targets: (TargetConfig | undefined)[]): TargetConfig[] {
  const seen = new Map<string, TargetConfig>();
  for (const target of targets) {
    if (!target) continue;
    const key = `${target.provider}/${target.model} ${target.baseUrl}`;
    if (!seen.has(key)) seen.set(key, target);
  }
  return [...seen.values()];
}
