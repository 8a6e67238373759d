import { z } from "zod";
import { listSetting, objectSetting, optionalNumberSetting, textSetting } from "../setting.ts";
import { CAPABILITIES, type Capability } from "./models.ts";
import type { Price } from "./price.ts";

/** What may be said of a tier, by the end of the variable's name: `{TIER}_PROVIDER` … */
export const tierFields = {
  PROVIDER: textSetting(""),
  MODEL: textSetting(""),
  FALLBACKS: listSetting(),
  REFUSES: listSetting(),
  HEADERS: objectSetting(),
  EXTRA_BODY: objectSetting(),
  CONTEXT: optionalNumberSetting({ min: 1, max: 1e9, whole: true }),
  PRICE: priceSetting(),
  CAN: capabilitiesSetting(),
};

/** US dollars for a million tokens. */
function priceSetting() {
  return z.string().optional().transform((value, context): Price | undefined => {
    if (value === undefined) return undefined;
    const parts = value.split(",").map((part) => part.trim() === "" ? NaN : Number(part));
    const [input = NaN, output = NaN, cached = input] = parts;
    const known = [input, output, cached].every((dollars) => dollars >= 0 && dollars < 1e6);
    if (known && parts.length <= 3) return { input, output, cached, written: input };
    const message =
      "use US dollars for a million tokens: input,output or input,output,cached input, such as 2.5,10,1.25";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  });
}

function capabilitiesSetting() {
  return z.string().optional().transform((value, context) => {
    if (value === undefined) return undefined;
    const words = value.split(",").map((word) => word.trim().toLowerCase()).filter((word) =>
      word !== "" && word !== "none"
    );
    const known = words.filter((word): word is Capability => (CAPABILITIES as readonly string[]).includes(word));
    if (known.length === words.length) return known;
    context.addIssue({ code: "custom", message: `use some of ${CAPABILITIES.join(", ")}, comma-separated, or none` });
    return z.NEVER;
  });
}
