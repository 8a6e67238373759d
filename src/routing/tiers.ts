import type { Target } from "../providers/target.ts";
import type { Tier } from "./route.ts";

/**
 * Fills the tiers that nobody configured: served by the second tier, else by the nearest stronger configured one,
 * else by the nearest weaker; with no tier configured at all, by `last`.
 */
export function fillTiers(tiers: readonly { name: string; targets: readonly Target[] }[], last: Target): Tier[] {
  return tiers.map(({ name, targets }, at) => {
    if (targets.length > 0) return { name, targets, configured: true };
    const second = tiers[1]?.targets.length ? tiers[1] : undefined;
    const stronger = tiers.slice(at + 1).find((tier) => tier.targets.length > 0);
    const weaker = tiers.slice(0, at).findLast((tier) => tier.targets.length > 0);
    return { name, targets: (second ?? stronger ?? weaker)?.targets ?? [last], configured: false };
  });
}

/**
 * Why a head with these labels cannot serve these tiers: a label without a tier, or a tier that no label leads to.
 * Undefined: it can.
 */
export function misfit(
  labels: readonly string[],
  tiers: readonly string[],
  map: ReadonlyMap<string, string>,
): string | undefined {
  const led = labels.map((label) => map.get(label) ?? label);
  const homeless = labels.find((_, at) => !tiers.includes(led[at] ?? ""));
  if (homeless !== undefined) return `its label "${homeless}" has no tier`;
  const unreached = tiers.find((tier) => !led.includes(tier));
  return unreached === undefined
    ? undefined
    : `none of its labels (${labels.join(", ")}) leads to the tier "${unreached}"`;
}
