import { parse } from "dotenv";
import { z } from "zod";
import { classifierSettings } from "./classifier/settings.ts";
import { type Complaint, SettingsError } from "./errors.ts";
import { historySettings } from "./history/settings.ts";
import { httpSettings } from "./http/settings.ts";
import { ledgerSettings } from "./ledger/settings.ts";
import { limitsSettings } from "./limits/settings.ts";
import {
  PROVIDER_FIELDS,
  providerNames,
  providerSettings,
  readTiers,
  shown,
  TIER_FIELDS,
  type TierConfig,
  variablePrefix,
} from "./providers/settings.ts";
import { DEFAULT_TIERS, routingSettings } from "./routing/settings.ts";
import { stateSettings } from "./state/settings.ts";
import { storeSettings } from "./store/settings.ts";
import { tracesSettings } from "./traces/settings.ts";

const settings = {
  ...httpSettings,
  ...routingSettings,
  ...providerSettings,
  ...classifierSettings,
  ...storeSettings,
  ...ledgerSettings,
  ...limitsSettings,
  ...stateSettings,
  ...tracesSettings,
  ...historySettings,
};

/** All settings, checked. */
export type Config = z.infer<z.ZodObject<typeof settings>> & { tiers: TierConfig[] };

/** The variables that are not a tier's or a provider's. */
export const SETTING_NAMES = Object.keys(settings);

/** A setting's value where the environment does not say any; undefined: it has none. */
export function defaultOf(name: string): unknown {
  const schema = Object.entries(settings).find(([variable]) => variable === name)?.[1];
  return schema?.parse(undefined);
}

/** The tiers' names, the default ones where they are not valid. */
export function tierNamesIn(environment: Readonly<Record<string, string | undefined>>): string[] {
  return settings.TIERS.safeParse(environment.TIERS).data ?? DEFAULT_TIERS;
}

/** Every variable that these tiers read. */
export function variablesOf(tiers: readonly string[]): string[] {
  const fieldsOf = (name: string, fields: readonly string[]) =>
    fields.map((field) => `${variablePrefix(name)}_${field}`);
  return [
    ...SETTING_NAMES,
    ...tiers.flatMap((tier) => fieldsOf(tier, TIER_FIELDS)),
    // The echo within has neither key nor address.
    ...providerNames.filter((name) => name !== "echo").flatMap((provider) => fieldsOf(provider, PROVIDER_FIELDS)),
  ];
}

/** A configuration, and the text that it was read from, by variable. */
export interface Settings {
  config: Config;
  values: Readonly<Record<string, string>>;
}

/** The variables that say something else now than before. */
export function changesBetween(before: Settings, after: Settings): string[] {
  const names = new Set([before, after].flatMap(({ config }) => variablesOf(config.TIERS)));
  return [...names].filter((name) => before.values[name] !== after.values[name]).sort();
}

/**
 * The environment over the text of a `.env` file; a blank value is unset.
 * Nothing is expanded or executed: a value is text.
 */
export function mergeEnvironment(
  environment: Readonly<Record<string, string | undefined>>,
  dotenv: string | undefined,
): Record<string, string> {
  const filled = (values: Readonly<Record<string, string | undefined>>) =>
    Object.entries(values).filter((entry): entry is [string, string] => (entry[1] ?? "").trim() !== "");
  return Object.fromEntries([...filled(parse(dotenv ?? "")), ...filled(environment)]);
}

/** Environment → Config. Throws SettingsError with all complaints at once. */
export function readConfig(environment: Readonly<Record<string, string | undefined>>): Config {
  const complaints: Complaint[] = [];
  const values = Object.fromEntries(SETTING_NAMES.map((name) => [name, environment[name]]));
  const parsed = z.object(settings).safeParse(values);
  for (const issue of parsed.error?.issues ?? []) {
    const variable = String(issue.path[0]);
    complaints.push({ variable, problem: `${shown(variable, environment[variable])} is not valid: ${issue.message}` });
  }
  const names = tierNamesIn(environment);
  const tiers = readTiers(environment, names, (complaint) => complaints.push(complaint));
  // Each by itself: a fault elsewhere must not hide these.
  const [MODEL_NAME, TIER_MAP] = [environment.MODEL_NAME, environment.TIER_MAP];
  complaints.push(...clashes({
    MODEL_NAME: settings.MODEL_NAME.parse(MODEL_NAME),
    TIERS: names,
    TIER_MAP: settings.TIER_MAP.safeParse(TIER_MAP).data ?? new Map(),
  }));
  if (!parsed.success || complaints.length > 0) throw new SettingsError(unique(complaints));
  return { ...parsed.data, tiers };
}

/** A provider's variable that is wrong is wrong for each tier that reads it: it is said once. */
function unique(complaints: readonly Complaint[]): Complaint[] {
  return [...new Map(complaints.map((one) => [`${one.variable}: ${one.problem}`, one])).values()];
}

/** The first words of settings: a tier of that name would share their variables. */
const FIRST_WORDS = new Set(SETTING_NAMES.map((name) => name.split("_")[0]?.toLowerCase()));

/** Names that mean two things at once. */
function clashes({ MODEL_NAME, TIERS, TIER_MAP }: Pick<Config, "MODEL_NAME" | "TIERS" | "TIER_MAP">): Complaint[] {
  const complaints: Complaint[] = [];
  if (TIERS.includes(MODEL_NAME)) {
    complaints.push({
      variable: "MODEL_NAME",
      problem: `"${MODEL_NAME}" already means something else: choose another name`,
    });
  }
  for (const tier of TIERS) {
    if (tier === "auto" || providerNames.includes(tier) || FIRST_WORDS.has(tier)) {
      complaints.push({ variable: "TIERS", problem: `"${tier}" already means something else: choose another name` });
    }
  }
  for (const [label, tier] of TIER_MAP) {
    if (TIERS.includes(tier)) continue;
    complaints.push({
      variable: "TIER_MAP",
      problem: `"${label}:${tier}" names no tier: TIERS has ${TIERS.join(", ")}`,
    });
  }
  return complaints;
}
