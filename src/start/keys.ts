import type { Config } from "../config.ts";
import { type Defaults, type KnownKey, plainKeys } from "../limits/client.ts";
import { createKeyFile, namedKeys } from "../limits/keyfile.ts";
import type { Host } from "../runtime/host.ts";

/** The limits of who has none of its own. */
export function defaultLimits({ LIMIT_RPM, BUDGET_USD_DAY }: Config): Defaults {
  return { limitRpm: LIMIT_RPM, budgetUsdDay: BUDGET_USD_DAY };
}

/**
 * The keys that open the router, those of `API_KEY` and of `KEYS_FILE`; undefined: it is open. A file from which the last
 * key was taken away opens nothing. Throws SettingsError when the file is damaged.
 */
export async function readKeys(host: Host, config: Config): Promise<readonly KnownKey[] | undefined> {
  const stored = await createKeyFile(host.files, config.DATA_DIR, config.KEYS_FILE).read();
  if (stored === undefined && config.API_KEY.length === 0) return undefined;
  const defaults = defaultLimits(config);
  return [...await plainKeys(config.API_KEY, defaults), ...namedKeys(stored ?? [], defaults)];
}
