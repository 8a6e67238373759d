import { numberSetting, optionalNumberSetting, textSetting } from "../setting.ts";

export const limitsSettings = {
  /** Requests a key may make within any minute; undefined: as many as it likes. */
  LIMIT_RPM: optionalNumberSetting({ min: 1, max: 100_000, whole: true }),
  /** US dollars a key may spend on a day (UTC). */
  BUDGET_USD_DAY: optionalNumberSetting({ min: 0, max: 1e9 }),
  /** Requests under way at once, streams included. */
  MAX_CONCURRENT: numberSetting(1000, { min: 1, max: 1_000_000, whole: true }),
  /** Where keys with names are kept: a name inside `DATA_DIR`, or a path. */
  KEYS_FILE: textSetting("keys.json"),
};
