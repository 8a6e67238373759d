import { UsageError } from "./run.ts";

/** What a condition may be about: shares, 1 is 100 %. */
export interface Figures {
  flips: number;
  /** The change of the cost: 0.1 is 10 % more; undefined: it cannot be told. */
  cost: number | undefined;
}

/** Something that is or is not so. */
export interface Condition {
  text: string;
  holds(figures: Figures): boolean;
}

const FORM = /^\s*(flips|cost)\s*(>=|>|<=|<)\s*(-?\d+(?:\.\d+)?)\s*%\s*$/;

const COMPARE: Readonly<Record<string, (value: number, bound: number) => boolean>> = {
  ">": (value, bound) => value > bound,
  ">=": (value, bound) => value >= bound,
  "<": (value, bound) => value < bound,
  "<=": (value, bound) => value <= bound,
};

/** `flips>2%` → the condition. Throws UsageError for anything else. */
export function conditionOf(text: string): Condition {
  const [, name, sign = "", number] = FORM.exec(text) ?? [];
  const compare = COMPARE[sign];
  if (name === undefined || !compare) {
    throw new UsageError(`Cannot use --fail-if ${JSON.stringify(text)}: write "flips>2%" or "cost>10%"`);
  }
  return {
    text: text.trim(),
    holds({ flips, cost }) {
      const value = name === "flips" ? flips : cost;
      if (value !== undefined) return compare(value, Number(number) / 100);
      const why = "no request of the log has a known cost both then and now: set {TIER}_PRICE";
      throw new UsageError(`Cannot tell whether ${JSON.stringify(text)}: ${why}`);
    },
  };
}
