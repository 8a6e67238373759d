import { z } from "zod";

export const ledgerSettings = {
  /** The name of a file inside `DATA_DIR`; undefined: off. */
  DECISION_LOG: z.string().optional().transform((value, context) => {
    const name = value?.trim();
    if (name === undefined || name.toLowerCase() === "off") return undefined;
    if (/^[\w-][\w.-]{0,99}$/.test(name)) return name;
    context.addIssue({
      code: "custom",
      message: 'use a file\'s name without a folder, such as "decisions.jsonl", or off',
    });
    return z.NEVER;
  }),
};
