import { columns } from "../terminal.ts";
import type { Surroundings } from "./choice.ts";
import type { Plan } from "./dotenv.ts";
import type { Found } from "./found.ts";

/** What was written, and why. */
export interface InitReport {
  written: string;
  /** Where the old one went. */
  kept: string | null;
  tiers: Record<string, string>;
  found: string[];
  /** Variables with keys that are in the file. */
  keys: string[];
  host: string;
}

export function reportOf(
  { models, accounts, access }: Plan,
  { found, exists }: Surroundings,
  written: string,
): InitReport {
  const keys = Object.keys(accounts).filter((name) => name.endsWith("_API_KEY"));
  return {
    written: ".env",
    kept: exists ? ".env.old" : null,
    tiers: Object.fromEntries(models),
    found: found.providers.size === 0 ? [] : describeFound(found),
    keys: access.API_KEY === undefined || !written.includes("API_KEY=") ? keys : ["API_KEY", ...keys],
    host: access.HOST ?? "",
  };
}

/** What was found, a line each. */
export function describeFound({ providers, local }: Found): string[] {
  return [...providers].map(([name, key]) => {
    const models = local.get(name);
    if (key && !models) {
      return `${name}: ${key.variable} in ${key.source === "environment" ? "the environment" : ".env"}`;
    }
    return `${name}: ${models?.length ?? 0} ${models?.length === 1 ? "model" : "models"} (${
      models?.slice(0, 4).map((model) => model.name).join(", ")
    }${(models?.length ?? 0) > 4 ? ", …" : ""})`;
  });
}

/** The same for people. */
export function page({ written, kept, tiers, found, keys, host }: InitReport): string {
  const demonstration = Object.values(tiers).every((model) => model.startsWith("echo/"));
  const holds = keys.length === 0 ? "" : `; it holds ${keys.join(", ")}: only you may read it`;
  return [
    ...(found.length === 0 ? [] : ["found", ...found.map((line) => `  ${line}`), ""]),
    ...columns(Object.entries(tiers).map(([tier, model]) => [tier, `→ ${model}`])),
    "",
    `wrote ${written}${kept === null ? "" : ` (the old one is ${kept})`}${holds}`,
    host === "0.0.0.0" ? "other machines may use the router with the API_KEY in it" : `it listens on ${host} alone`,
    ...(demonstration
      ? [
        "no key and no local Ollama was found: the built-in echo answers; set OPENAI_API_KEY or another, and init again",
      ]
      : []),
    "next: check --live tries each model, serve runs the router",
  ].join("\n");
}
