import { parse } from "dotenv";
import { TIER_FIELDS, variablePrefix } from "../../providers/settings.ts";

/** What is to be written. */
export interface Plan {
  /** The tiers, cheapest first, with `provider/model`. */
  models: ReadonlyMap<string, string>;
  /** Keys and addresses of providers. */
  accounts: Readonly<Record<string, string>>;
  /** Where it listens, and for whom. */
  access: Readonly<Record<string, string>>;
}

/** Plan → the text of a `.env`. `before`: what an older one held; what the plan does not decide is kept. */
export function dotenvOf(plan: Plan, before: Readonly<Record<string, string>>): string {
  const models = Object.fromEntries(
    [...plan.models].flatMap(([tier, name]) => {
      const slash = name.indexOf("/");
      const prefix = variablePrefix(tier);
      return [[`${prefix}_PROVIDER`, name.slice(0, slash)], [`${prefix}_MODEL`, name.slice(slash + 1)]];
    }),
  );
  const decided = new Set(
    [...plan.models.keys()].flatMap((tier) => TIER_FIELDS.map((field) => `${variablePrefix(tier)}_${field}`)),
  );
  const written = { ...plan.access, ...plan.accounts };
  const kept = Object.entries(before).filter(([name]) => !decided.has(name) && !(name in written));
  return [
    '# Written by "virtusoul-router init". "virtusoul-router check" prints every setting, .env.example explains them.',
    ...section(
      "Where it listens, and for whom (HOST=0.0.0.0: for other machines, too; then API_KEY is what they send)",
      plan.access,
    ),
    ...section("Who answers: a provider and a model for each tier, cheapest first", models),
    ...section("Accounts", plan.accounts),
    ...section("Kept from the .env before", Object.fromEntries(kept)),
    "",
  ].join("\n");
}

function section(title: string, variables: Readonly<Record<string, string>>): string[] {
  const lines = Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`);
  return lines.length === 0 ? [] : ["", `# ${title}`, ...lines];
}

/** A value as a `.env` takes it. Throws for one that no quotes can hold. */
function quoted(value: string): string {
  if (/^[\w./:@%+,=-]+$/.test(value)) return value;
  const quotes = ["'", "`", '"'].filter((quote) => !value.includes(quote));
  const way = quotes.map((quote) => `${quote}${value}${quote}`).find((one) => parse(`X=${one}`).X === value);
  if (way === undefined) throw new Error("Cannot write .env: a value (not shown) holds all kinds of quotes");
  return way;
}
