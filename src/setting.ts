import { z } from "zod";

/** A setting as it stands in the environment: text, or absent. Blank text counts as absent before it gets here. */
const text = z.string().optional();

/** A number within bounds; `whole` refuses fractions. */
export function numberSetting(fallback: number, bounds: { min: number; max: number; whole?: boolean }) {
  return optionalNumberSetting(bounds).transform((value) => value ?? fallback);
}

/** As `numberSetting`, undefined when it is not set. */
export function optionalNumberSetting({ min, max, whole = false }: { min: number; max: number; whole?: boolean }) {
  const kind = whole ? "a whole number" : "a number";
  return text.transform((value, context) => {
    if (value === undefined) return undefined;
    const number = Number(value);
    const fits = value.trim() !== "" && number >= min && number <= max && (!whole || Number.isInteger(number));
    if (fits) return number;
    context.addIssue({ code: "custom", message: `use ${kind} from ${min} to ${max}` });
    return z.NEVER;
  });
}

/** One of a few words, whatever their case. */
export function choiceSetting<const T extends string>(fallback: T, choices: readonly T[]) {
  return text.transform((value, context) => {
    if (value === undefined) return fallback;
    const choice = choices.find((name) => name.toLowerCase() === value.trim().toLowerCase());
    if (choice !== undefined) return choice;
    context.addIssue({ code: "custom", message: `use one of ${choices.join(", ")}` });
    return z.NEVER;
  });
}

/** `on` or `off`, as a boolean. */
export function switchSetting(fallback: boolean) {
  return choiceSetting(fallback ? "on" : "off", ["on", "off"]).transform((value) => value === "on");
}

/** Text as it is. */
export function textSetting(fallback: string) {
  return text.transform((value) => value ?? fallback);
}

/** Words between commas, trimmed, empty ones left out. */
export function listSetting() {
  return text.transform((value) => (value ?? "").split(",").map((word) => word.trim()).filter((word) => word !== ""));
}

/** A JSON object. */
export function objectSetting() {
  return text.transform((value, context): Record<string, unknown> => {
    if (value === undefined) return {};
    try {
      const parsed: unknown = JSON.parse(value);
      if (typeof parsed === "object" && parsed !== null && !Array.isArray(parsed)) {
        return parsed as Record<string, unknown>;
      }
    } catch {
      // Said below, as for every other value that is no object.
    }
    context.addIssue({ code: "custom", message: `use a JSON object, such as {"field": "value"}` });
    return z.NEVER;
  });
}
