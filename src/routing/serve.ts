import type { Target } from "../providers/target.ts";
import { lackOf, type Needs } from "./capability.ts";
import type { Tier } from "./route.ts";

/** A tier that can serve a request, with those of its targets that can. */
export interface Served {
  tier: Tier;
  targets: readonly Target[];
}

/** The targets of a tier that can serve a request. */
export function ableOf({ targets }: Tier, needs: Needs): Target[] {
  return targets.filter((target) => lackOf(target, needs) === undefined);
}

/**
 * The tier at `wanted`, where it can serve the request; else the nearest stronger one that can, and only then a weaker
 * one, all within the bounds. Undefined: none can.
 */
export function serving(
  tiers: readonly Tier[],
  wanted: number,
  { from, to, needs }: { from: number; to: number; needs: Needs },
): Served | undefined {
  const order = [...tiers.slice(wanted, to + 1), ...tiers.slice(from, wanted).reverse()];
  for (const tier of order) {
    const targets = ableOf(tier, needs);
    if (targets.length > 0) return { tier, targets };
  }
  return undefined;
}

/** The target that answered before goes first: its prompt cache is warm, and a task keeps its model. */
export function firstWas(targets: readonly Target[], name: string | undefined): readonly Target[] {
  const before = targets.find((target) => target.name === name);
  return before ? [before, ...targets.filter((target) => target !== before)] : targets;
}
