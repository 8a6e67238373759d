import type { Config } from "../config.ts";
import { type Logged, readLine } from "../ledger/line.ts";
import { type Line, type Savings, savingsOfAll } from "../ledger/savings.ts";
import { costOf } from "../providers/price.ts";
import { PRICES_AS_OF } from "../providers/prices.ts";
import { type Again, createAgain, nameNow } from "../routing/again.ts";
import { byTier } from "../routing/judge.ts";
import type { Tier } from "../routing/route.ts";
import { misfit } from "../routing/tiers.ts";
import { conditionOf } from "./condition.ts";
import { type CommandContext, UsageError } from "./run.ts";

interface ReplayOptions {
  failIf?: string[];
  json?: boolean;
}

/** Decides each request of a decision log again. No text is needed: what was judged is in the log. */
export async function replay(
  { host, build, config }: CommandContext,
  files: readonly string[],
  { failIf = [], json }: ReplayOptions,
): Promise<boolean> {
  const conditions = failIf.map(conditionOf);
  const read = await Promise.all(files.map(async (file) => recordsIn(await host.files.readText(file), file)));
  const logged = read.flatMap(({ records }) => records);
  if (logged.length === 0) throw new UsageError(`Cannot replay "${files.join('", "')}": there are no decisions in it`);
  const settings = await config();
  const report = reportOf(logged, settings, build.tiers(settings));
  const held = conditions.filter(({ holds }) => holds({ flips: report.flips_share, cost: changeOf(report) }));
  const failed = held.map(({ text }) => text);
  const torn = read.reduce((sum, one) => sum + one.torn, 0);
  host.stdout(`${json ? JSON.stringify({ ...report, torn_lines: torn, failed }) : table(report, torn, failed)}\n`);
  return failed.length === 0;
}

/** The decisions in a log's text. Half a line is left where a router died while it wrote. */
function recordsIn(content: string | undefined, file: string): { records: Logged[]; torn: number } {
  if (content === undefined) throw new UsageError(`Cannot read "${file}": there is no such file`);
  const lines = content.split("\n");
  const last = lines.length - 1;
  const records: Logged[] = [];
  let torn = 0;
  for (const [at, text] of lines.entries()) {
    if (text.trim() === "") continue;
    try {
      records.push(readLine(text));
    } catch (cause) {
      // The writer marks the place by an empty line; the last line may just have been begun.
      const half = cause instanceof SyntaxError && (at === last || (at + 1 < last && lines[at + 1] === ""));
      if (!half) throw new UsageError(`Cannot replay "${file}": line ${at + 1} is no decision`, { cause });
      torn++;
    }
  }
  return { records, torn };
}

/** A decision beside the one that the present settings make. */
interface Redecided {
  logged: Logged;
  /** The tier of then, by its present name. */
  before: string;
  /** Undefined: the request would be refused. */
  again: Again | undefined;
  /** US dollars, under the present prices; undefined: not known. */
  cost: number | undefined;
}

function redecide(logged: readonly Logged[], config: Config, tiers: readonly Tier[]): Redecided[] {
  const { TIERS, TIER_MAP, UNSURE, UNSURE_BELOW, COST_BIAS, SESSION_LOWER } = config;
  const preference = { unsure: UNSURE, unsureBelow: UNSURE_BELOW, costBias: COST_BIAS };
  const decide = createAgain({ tiers, tierMap: TIER_MAP, preference, lower: SESSION_LOWER });
  return logged.map((one) => {
    const why = one.grounds.labels && misfit(Object.keys(one.grounds.labels), TIERS, TIER_MAP);
    if (why !== undefined) {
      throw new UsageError(`Cannot replay for the tiers ${TIERS.join(", ")}: the head of then, ${why}; use TIER_MAP`);
    }
    const answered = one.firstByteMs === undefined ? undefined : one.target;
    const again = decide({ ...one, answered });
    const cost = one.tokens && again?.target.price && costOf(one.tokens, again.target.price);
    return { logged: one, before: nameNow(one.tier, TIERS, TIER_MAP) ?? one.tier, again, cost };
  });
}

interface Report {
  requests: number;
  /** Requests that another tier would serve now, or none. */
  flips: number;
  flips_share: number;
  /** `from → to`: how many. */
  moves: Record<string, number>;
  /** The same for models, by who answered then, if anybody did, and would answer now. */
  models: Record<string, number>;
  /** Requests that would be refused now. */
  refused: number;
  /** US dollars, of the requests whose cost is known both then and now. */
  cost: { compared: number; before: number; after: number; change: number | null };
  prices_as_of: string;
  savings: Savings;
}

function reportOf(logged: readonly Logged[], config: Config, tiers: readonly Tier[]): Report {
  const decided = redecide(logged, config, tiers);
  const moves = decided.flatMap(({ before, again }) =>
    again?.tier === before ? [] : [`${before} → ${again?.tier ?? "refused"}`]
  );
  const models = decided.flatMap(({ logged: { target, firstByteMs }, again }) =>
    !again || firstByteMs === undefined || target === again.target.name ? [] : [`${target} → ${again.target.name}`]
  );
  const known = decided.flatMap(({ logged, cost }) =>
    logged.cost === undefined || cost === undefined ? [] : [{ before: logged.cost, after: cost }]
  );
  const before = known.reduce((sum, one) => sum + one.before, 0);
  const after = known.reduce((sum, one) => sum + one.after, 0);
  return {
    requests: decided.length,
    flips: moves.length,
    flips_share: moves.length / decided.length,
    moves: counts(moves),
    models: counts(models),
    refused: decided.filter(({ again }) => !again).length,
    cost: { compared: known.length, before, after, change: before === 0 ? null : after / before - 1 },
    prices_as_of: PRICES_AS_OF,
    savings: savingsOfAll(
      decided.flatMap(({ logged, again, cost }) => {
        if (!again) return [];
        const { labels } = logged.grounds;
        const probabilities = labels && byTier(labels, config.TIERS, config.TIER_MAP);
        return [{ ...logged, tier: again.tier, target: again.target.name, probabilities, cost }];
      }),
      tiers.map(({ name, targets }) => ({ name, price: targets[0]?.price })),
    ),
  };
}

/** What was free and costs something now became infinitely dearer. */
function changeOf({ cost: { compared, before, after, change } }: Report): number | undefined {
  if (compared === 0) return undefined;
  return change ?? (after > before ? Infinity : 0);
}

function counts(names: readonly string[]): Record<string, number> {
  const groups = [...Map.groupBy(names, (name) => name)];
  return Object.fromEntries(groups.map(([name, all]) => [name, all.length] as const).toSorted(([, a], [, b]) => b - a));
}

/** How many kinds of moves a person reads. */
const SHOWN = 12;

function table(report: Report, torn: number, failed: readonly string[]): string {
  const { cost, savings } = report;
  const percent = (share: number) => `${(100 * share).toFixed(1)} %`;
  const dollars = (value: number | null) => value === null ? "unknown" : `$${value.toFixed(4)}`;
  const rows = (entries: Record<string, number>) => {
    const all = Object.entries(entries).map(([name, count]) => `  ${String(count).padStart(6)}  ${name}`);
    return all.length <= SHOWN ? all : [...all.slice(0, SHOWN), `          … and ${all.length - SHOWN} more kinds`];
  };
  const line = (name: string, { cost, adequate }: Line) =>
    `  ${name.padEnd(36)}${dollars(cost).padStart(12)}${
      adequate === null ? "" : `   strong enough ${percent(adequate)}`
    }`;
  const change = cost.change === null ? "" : ` (${cost.change >= 0 ? "+" : ""}${percent(cost.change)})`;
  const { unpriced, uncounted } = savings;
  return [
    `requests   ${report.requests}${torn > 0 ? `, and ${torn} torn lines` : ""}`,
    `flips      ${report.flips} (${percent(report.flips_share)})`,
    ...rows(report.moves),
    ...(Object.keys(report.models).length > 0 ? ["models", ...rows(report.models)] : []),
    `cost       ${dollars(cost.before)} → ${dollars(cost.after)}${change}, ${cost.compared} requests compared`,
    `the same traffic, ${savings.requests} requests, prices of ${report.prices_as_of} and yours`,
    line("under the present settings", savings.actual),
    line(`always ${savings.strongest.tier}`, savings.strongest),
    line(`the best single tier, ${savings.best_single.tier}`, savings.best_single),
    line("a random mix of the same cost", savings.random_mix),
    ...(unpriced.requests > 0
      ? [`  left out, price unknown: ${unpriced.requests} (${unpriced.models.join(", ")})`]
      : []),
    ...(uncounted > 0 ? [`  left out, tokens unknown: ${uncounted}`] : []),
    ...failed.map((text) => `fails      ${text}`),
  ].join("\n");
}
