import { providerNames, providerOf } from "../../providers/catalog.ts";
import { UsageError } from "../run.ts";
import type { Found } from "./found.ts";
import { mixedProposals, proposalsFrom } from "./models.ts";

export interface InitOptions {
  /** Who serves the tiers that no other option names. */
  provider?: string;
  /** `tier=provider/model`. */
  tier: readonly string[];
  /** By tier: `provider/model`. */
  named: Readonly<Record<string, string>>;
  baseUrl?: string;
  /** Listen for other machines, and ask them for a key. */
  public?: boolean;
  /** Keys from the environment are written, too. */
  keys: boolean;
  yes?: boolean;
  force?: boolean;
  json?: boolean;
}

/** What is known before anything is decided. */
export interface Surroundings {
  /** Cheapest first. */
  tiers: readonly string[];
  found: Found;
  /** There is a `.env` already. */
  exists: boolean;
}

/** What was decided, by options or by answers. */
export interface Choice {
  /** By tier: `provider/model`. */
  models: ReadonlyMap<string, string>;
  /** Keys and addresses given just now, by variable. */
  given: Readonly<Record<string, string>>;
  public: boolean;
  /** Keys from the environment are written, too. */
  keys: boolean;
}

/** What the options say, and what is proposed where they say nothing. Throws UsageError. */
export function proposalOf({ tiers, found }: Surroundings, options: InitOptions): Choice {
  const named = new Map(Object.entries(options.named));
  for (const entry of options.tier) {
    const [tier = "", ...model] = entry.split("=");
    named.set(tier.trim(), model.join("=").trim());
  }
  for (const [tier, model] of named) {
    if (!tiers.includes(tier)) {
      throw new UsageError(`Cannot configure the tier "${tier}": TIERS has ${tiers.join(", ")}`);
    }
    const complaint = complaintAbout(model);
    if (complaint) throw new UsageError(`Cannot use "${model}" for the tier "${tier}": ${complaint}`);
  }
  const proposed = tiers.every((tier) => named.has(tier))
    ? []
    : options.provider === undefined
    ? proposalsFor(found, tiers.length)
    : proposalsBy(options.provider.toLowerCase(), found, tiers.length);
  const models = new Map(tiers.map((tier, at) => [tier, named.get(tier) ?? proposed[at] ?? ""]));
  return { models, given: {}, public: options.public === true, keys: options.keys };
}

/** Why a text names no model; undefined: it does. */
export function complaintAbout(model: string): string | undefined {
  const slash = model.indexOf("/");
  if (slash < 1 || slash === model.length - 1) return "write provider/model, such as openai/gpt-4o";
  const provider = model.slice(0, slash);
  return providerOf(provider) ? undefined : `"${provider}" is no provider: use one of ${providerNames.join(", ")}`;
}

/** From all that was found; where nothing was, the echo within. */
function proposalsFor(found: Found, tiers: number): string[] {
  const withKey = [...found.providers.keys()].filter((name) => !found.local.has(name));
  if (withKey.length > 0) return mixedProposals(withKey, tiers, []);
  const [provider = "echo", models = []] = [...found.local].find(([, { length }]) => length > 0) ?? [];
  return proposalsFrom(provider, tiers, models) ?? [];
}

function proposalsBy(provider: string, found: Found, tiers: number): string[] {
  if (!providerOf(provider)) {
    throw new UsageError(`Cannot use the provider "${provider}": use one of ${providerNames.join(", ")}`);
  }
  const proposed = proposalsFrom(provider, tiers, found.local.get(provider) ?? []);
  if (proposed) return proposed;
  const why = provider === "custom"
    ? "--base-url says where it is, or it does not list its models"
    : "it does not answer";
  throw new UsageError(`Cannot propose models of "${provider}": ${why}; name them, as in --simple ${provider}/MODEL`);
}
