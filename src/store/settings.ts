import { switchSetting, textSetting } from "../setting.ts";

export const storeSettings = {
  /** The only folder that the server writes to; made when first needed. */
  DATA_DIR: textSetting("data"),
  /** Keep the prompts that users label, for the next retraining. */
  FEEDBACK: switchSetting(false),
};
