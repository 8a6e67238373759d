/** How the owner wants doubtful and costly decisions made. */
export interface Preference {
  /** What happens below `unsureBelow`: nothing, one tier up, or the second tier. */
  unsure: "argmax" | "up" | "medium";
  unsureBelow: number;
  /** −1 … 1: above 0 a tier that is too weak counts more than one that is too strong; below 0 the other way round. */
  costBias: number;
}

export interface Preferred {
  tier: string;
  reason: "unsure" | "bias" | undefined;
}

/**
 * Probabilities of the tiers (cheapest first) → the tier. With a bias b the tier with the largest
 * (1 − |b|) · p − |b| · expected error is taken, the error being how many tiers it is expected to lie too low
 * (b > 0) or too high (b < 0). At 0 that is the most probable tier.
 */
export function prefer(probabilities: Readonly<Record<string, number>>, preference: Preference): Preferred {
  const tiers = Object.keys(probabilities);
  const p = Object.values(probabilities);
  const best = p.indexOf(Math.max(...p));
  const biased = biasedChoice(p, preference.costBias);
  if (biased !== best) return { tier: tiers[biased] ?? "", reason: "bias" };
  const unsure = preference.unsure !== "argmax" && (p[best] ?? 0) < preference.unsureBelow;
  const chosen = !unsure
    ? best
    : preference.unsure === "up"
    ? Math.min(best + 1, p.length - 1)
    : Math.min(1, p.length - 1);
  return { tier: tiers[chosen] ?? "", reason: chosen === best ? undefined : "unsure" };
}

function biasedChoice(p: readonly number[], bias: number): number {
  const strength = Math.abs(bias);
  const worth = p.map((own, tier) => {
    const error = p.reduce((sum, share, other) => sum + share * Math.max(0, bias > 0 ? other - tier : tier - other), 0);
    return (1 - strength) * own - strength * error;
  });
  return worth.indexOf(Math.max(...worth));
}
