import { choiceSetting, listSetting, numberSetting, textSetting } from "../setting.ts";

export const httpSettings = {
  HOST: textSetting("0.0.0.0"),
  PORT: numberSetting(4000, { min: 0, max: 65_535, whole: true }),
  /** Bearer keys; none: everything is open. */
  API_KEY: listSetting(),
  CORS_ORIGIN: listSetting(),
  /** Megabytes (10⁶ bytes). */
  MAX_BODY_MB: numberSetting(32, { min: 0.001, max: 1000 }),
  /** How long the body of a request may take to come. */
  UPLOAD_SECONDS: numberSetting(60, { min: 0.1, max: 3600 }),
  /** How long requests under way may take once the server is told to stop. */
  DRAIN_SECONDS: numberSetting(30, { min: 0, max: 86_400 }),
  LOG_LEVEL: choiceSetting("INFO", ["DEBUG", "INFO", "WARNING", "ERROR"]),
};
