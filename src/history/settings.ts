import { switchSetting } from "../setting.ts";

export const historySettings = {
  /** Keep requests in `DATA_DIR/history.sqlite`, for the dashboard. */
  HISTORY: switchSetting(false),
  /** With the words that they were judged by. */
  HISTORY_TEXT: switchSetting(false),
};
