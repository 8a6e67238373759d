import type { Config } from "../config.ts";
import { RouterError, SettingsError } from "../errors.ts";
import { misfit } from "../routing/tiers.ts";
import type { LoadedHead } from "../store/heads.ts";
import { buildHeads, type BuildParts } from "./judging.ts";

/** The head that is to serve. Throws SettingsError when the tiers do not fit it. */
export async function fittingHead(parts: Pick<BuildParts, "host" | "heads">, config: Config): Promise<LoadedHead> {
  const loaded = await buildHeads(parts, config).load();
  const { head, origin } = loaded;
  const why = misfit(head.labels, config.TIERS, config.TIER_MAP);
  if (why === undefined) return loaded;
  const ways = origin === "shipped"
    ? 'map its labels with TIER_MAP (simple:small,…), or train a head of your own with "retrain FILE --mode replace"'
    : 'name its labels in TIERS, map them with TIER_MAP, or bring the head before it back with "retrain --rollback"';
  const problem = `the ${origin} head does not fit the tiers ${config.TIERS.join(", ")}: ${why}; ${ways}`;
  throw new SettingsError([{ variable: "TIERS", problem }]);
}

/** The labels in the order of the tiers that they lead to. Throws RouterError 400 when a head with them could not serve. */
export function servable(labels: readonly string[], { TIERS, TIER_MAP }: Config): readonly string[] {
  const why = misfit(labels, TIERS, TIER_MAP);
  const rank = (label: string) => TIERS.indexOf(TIER_MAP.get(label) ?? label);
  if (why === undefined) return labels.toSorted((a, b) => rank(a) - rank(b));
  const message = `Cannot retrain for the tiers ${TIERS.join(", ")}: ${why}; give examples of each`;
  throw new RouterError(400, "invalid_value", message, { param: "examples" });
}
