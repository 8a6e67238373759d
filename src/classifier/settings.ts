import { numberSetting, optionalNumberSetting } from "../setting.ts";

export const classifierSettings = {
  /** Threads that encode prompts; undefined: cores − 1, at least 1. */
  CLASSIFIER_WORKERS: optionalNumberSetting({ min: 1, max: 64, whole: true }),
  /** The longest wait for the deep head, ms; past it the static one answers. */
  CLASSIFY_DEADLINE_MS: numberSetting(250, { min: 1, max: 60_000 }),
};
