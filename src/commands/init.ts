import { mergeEnvironment, readConfig, tierNamesIn } from "../config.ts";
import { SettingsError } from "../errors.ts";
import { providerNames, providerOf } from "../providers/catalog.ts";
import { variablePrefix } from "../providers/settings.ts";
import { type Choice, type InitOptions, proposalOf, type Surroundings } from "./init/choice.ts";
import { dotenvOf, type Plan } from "./init/dotenv.ts";
import { lookAround } from "./init/found.ts";
import { askOwner } from "./init/questions.ts";
import { page, reportOf } from "./init/report.ts";
import { type CommandContext, UsageError } from "./run.ts";

/** Writes a `.env` that fits what there is. False when the owner does not want it after all. */
export async function init(context: CommandContext, options: InitOptions): Promise<boolean> {
  const { host } = context;
  const asks = host.terminal.stdin && host.terminal.stdout && !options.yes && !options.json;
  const text = await context.dotenv();
  if (text !== undefined && !options.force && !asks) {
    throw new UsageError(
      "Cannot write .env: it is there already; --force replaces it and keeps the old one as .env.old",
    );
  }
  const decides = options.provider !== undefined || options.tier.length > 0 || Object.keys(options.named).length > 0;
  if (!asks && !options.yes && !decides) {
    throw new UsageError(
      "Cannot ask without a terminal: --yes takes what is proposed, --provider NAME or --simple PROVIDER/MODEL … decides",
    );
  }
  const dotenv = mergeEnvironment({}, text);
  const typed: Record<string, string> = options.baseUrl === undefined ? {} : { CUSTOM_BASE_URL: options.baseUrl };
  const environment = mergeEnvironment({ ...host.env, ...typed }, undefined);
  const surroundings = {
    tiers: tierNamesIn({ ...dotenv, ...environment }),
    found: await lookAround({ environment, dotenv, fetch: host.fetch }),
    exists: text !== undefined,
  };
  const proposed = proposalOf(surroundings, options);
  const choice = asks ? await askOwner(surroundings, { ...proposed, replaces: options.force === true }) : proposed;
  if (choice === undefined) return false;
  const plan = planOf(choice, surroundings, { ...dotenv, ...environment });
  const written = dotenvOf(plan, dotenv);
  checkPlan(written, plan, host.env);
  if (text !== undefined) await host.files.replace(".env.old", text, PRIVATE);
  await host.files.replace(".env", written, PRIVATE);
  const report = reportOf(plan, surroundings, written);
  host.stdout(`${options.json ? JSON.stringify(report) : page(report)}\n`);
  return true;
}

/** It may hold keys: nobody but its owner may read it. */
const PRIVATE = 0o600;

function planOf(choice: Choice, { found, exists }: Surroundings, set: Readonly<Record<string, string>>): Plan {
  const used = new Set([...choice.models.values()].map((model) => model.slice(0, model.indexOf("/"))));
  const accounts: Record<string, string> = {};
  for (const provider of providerNames.filter((name) => used.has(name))) {
    const key = found.providers.get(provider);
    if (key && (choice.keys || key.source === ".env")) accounts[key.variable] = key.value;
    const address = `${variablePrefix(provider)}_BASE_URL`;
    if (found.addresses[address] !== undefined) accounts[address] = found.addresses[address];
  }
  const access: Record<string, string> = choice.public
    ? { HOST: "0.0.0.0", API_KEY: set.API_KEY ?? `vs-${crypto.randomUUID().replaceAll("-", "")}` }
    : { HOST: exists && set.HOST !== undefined ? set.HOST : "127.0.0.1" };
  return { models: choice.models, accounts: { ...accounts, ...choice.given }, access };
}

/** Nothing is written that the router would refuse. Throws UsageError. */
function checkPlan(written: string, { models }: Plan, env: CommandContext["host"]["env"]): void {
  const values = mergeEnvironment(env, written);
  for (const [tier, model] of models) {
    const provider = model.slice(0, model.indexOf("/"));
    const variable = `${variablePrefix(provider)}_API_KEY`;
    if (!providerOf(provider)?.needsKey || values[variable] || values[`${variablePrefix(tier)}_API_KEY`]) continue;
    throw new UsageError(
      `Cannot use ${model} for the tier "${tier}": ${variable} is not set; put the key into the environment`,
    );
  }
  try {
    readConfig(values);
  } catch (cause) {
    if (!(cause instanceof SettingsError)) throw cause;
    throw new UsageError(`Cannot write .env: ${cause.message.replaceAll("\n", "; ")}`, { cause });
  }
}
