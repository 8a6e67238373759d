import type * as clack from "@clack/prompts";
import { providerNames, providerOf } from "../../providers/catalog.ts";
import { variablePrefix } from "../../providers/settings.ts";
import { type Choice, complaintAbout, type Surroundings } from "./choice.ts";
import { proposalsFrom } from "./models.ts";
import { describeFound } from "./report.ts";

type Prompts = typeof clack;
type Models = Choice["models"];

/** The owner pressed Ctrl+C, or said no. */
class Cancelled extends Error {}

/** Asks on the terminal. Undefined: the owner wants nothing written. */
export async function askOwner(
  { tiers, found, exists }: Surroundings,
  proposed: Choice & { replaces: boolean },
): Promise<Choice | undefined> {
  // Read only here: no other command needs it.
  const prompts = await import("@clack/prompts");
  const ask = asking(prompts);
  try {
    prompts.intro("VirtuSoul Router: who answers what?");
    prompts.note(describeFound(found).join("\n") || "no key in the environment, no Ollama on this machine", "found");
    if (exists && !proposed.replaces) {
      const message = "There is a .env already. Replace it? (the old one is kept as .env.old)";
      if (!await ask.confirm({ message, initialValue: false })) throw new Cancelled();
    }
    const given: Record<string, string> = {};
    const provider = await askProvider(ask, found.providers, proposed.models);
    if (provider === "custom" && !found.providers.has("custom")) given.CUSTOM_BASE_URL = await askAddress(ask);
    const names = provider && proposalsFrom(provider, tiers.length, found.local.get(provider) ?? []);
    const models: Models = provider
      ? new Map(tiers.map((tier, at) => [tier, names?.[at] ?? `${provider}/`]))
      : proposed.models;
    const chosen = await askModels(prompts, ask, models);
    for (const name of providersOf(chosen)) {
      if (!providerOf(name)?.needsKey || found.providers.has(name)) continue;
      const variable = `${variablePrefix(name)}_API_KEY`;
      given[variable] = await askKey(ask, name, variable);
    }
    const message = "May other machines use this router? (they will need a key)";
    const others = await ask.confirm({ message, initialValue: proposed.public });
    prompts.outro("Thank you.");
    return { models: chosen, given, public: others, keys: proposed.keys };
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
    prompts.cancel("Nothing was written.");
    return undefined;
  }
}

type Ask = ReturnType<typeof asking>;

/** The prompts, with Ctrl+C as an error. */
function asking(prompts: Prompts) {
  const answered = <T>(answer: T): Exclude<T, symbol> => {
    if (prompts.isCancel(answer)) throw new Cancelled();
    // What is left is the answer: the library's only symbol says "cancelled".
    return answer as Exclude<T, symbol>;
  };
  return {
    confirm: async (options: clack.ConfirmOptions) => answered(await prompts.confirm(options)),
    select: async (options: clack.SelectOptions<string>) => answered(await prompts.select(options)),
    text: async (options: clack.TextOptions) => answered(await prompts.text(options)),
    password: async (options: clack.PasswordOptions) => answered(await prompts.password(options)),
  };
}

/** One provider for all tiers; undefined: as proposed. */
async function askProvider(
  ask: Ask,
  found: Surroundings["found"]["providers"],
  proposed: Models,
): Promise<string | undefined> {
  const who = await ask.select({
    message: "Who should answer?",
    options: [
      { value: "proposed", label: "as proposed", hint: [...new Set(proposed.values())].join(", ") },
      ...[...found.keys()].map((name) => ({ value: name, label: `${name} alone` })),
      { value: "another", label: "another provider" },
      ...found.size > 0 ? [{ value: "echo", label: "nobody yet: the built-in echo" }] : [],
    ],
  });
  if (who === "proposed") return undefined;
  if (who !== "another") return who;
  const others = providerNames.filter((name) => !found.has(name) && name !== "echo");
  return await ask.select({ message: "Which one?", options: others.map((name) => ({ value: name, label: name })) });
}

/** The models as they are, or each of them typed. */
async function askModels(prompts: Prompts, ask: Ask, models: Models): Promise<Models> {
  const complete = [...models.values()].every((model) => complaintAbout(model) === undefined);
  if (complete) {
    prompts.note([...models].map(([tier, model]) => `${tier} → ${model}`).join("\n"), "models");
    if (await ask.confirm({ message: "Take these models?" })) return models;
  }
  const chosen = new Map<string, string>();
  for (const [tier, model] of models) {
    const message = `The model for ${tier} (provider/model)`;
    const validate = (value: string | undefined) => complaintAbout(value ?? "");
    chosen.set(tier, await ask.text({ message, initialValue: model, validate }));
  }
  return chosen;
}

function askAddress(ask: Ask): Promise<string> {
  const validate = (value: string | undefined) => URL.canParse(value ?? "") ? undefined : "write it whole: http://…";
  return ask.text({ message: "The address of its API (such as http://localhost:8000/v1)", validate });
}

async function askKey(ask: Ask, provider: string, variable: string): Promise<string> {
  const validate = (value: string | undefined) => value?.trim() ? undefined : `${provider} needs a key`;
  return (await ask.password({ message: `The key for ${provider} (${variable})`, validate })).trim();
}

function providersOf(models: Models): Set<string> {
  return new Set([...models.values()].map((model) => model.slice(0, model.indexOf("/"))));
}
