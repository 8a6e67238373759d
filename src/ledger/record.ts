import type { Attempt } from "../providers/attempt.ts";
import type { Priced } from "../providers/price.ts";
import type { Grounds } from "../routing/route.ts";

/** What a reply took, tokens; `input` includes `cached` and `written`, `output` includes `reasoning`. */
export interface Tokens extends Priced {
  reasoning: number;
}

/** A chat request from its arrival to the last byte of its reply. Holds no text and no key. */
export interface RequestRecord {
  id: string;
  /** When it came, ms since 1970. */
  at: number;
  /** Tells conversations apart: a hash; undefined: it belongs to none. */
  session: string | undefined;
  /** What was decided; "none" for a request that was refused before. */
  tier: string;
  /** Why; "none" likewise. */
  reason: string;
  confidence: number;
  flagged: boolean;
  /** By tier, cheapest first; undefined when nothing was judged. */
  probabilities: Readonly<Record<string, number>> | undefined;
  /** What the decision rests on: `replay` makes it again. Undefined for a request that was refused before. */
  grounds: Grounds | undefined;
  /** Who was to be tried, in order: `provider/model`. */
  targets: readonly string[];
  /** Who answered, or was asked last: `provider/model`; "none" when nobody was. */
  target: string;
  attempts: readonly Attempt[];
  stream: boolean;
  /** The name of the client's key; "everyone" where none is needed. */
  client: string;
  /** The reply's; 499 when the client left before its end, the failure's own for a stream that broke. */
  status: number;
  /** The error's code, when there was one: a word, never an upstream's prose. */
  error: string | undefined;
  /** What routing took, ms. */
  routingMs: number;
  /** Until the first event of a stream or the whole reply was there, ms; undefined: nobody answered. */
  firstByteMs: number | undefined;
  totalMs: number;
  /** Undefined: the upstream did not say. */
  tokens: Tokens | undefined;
  /** US dollars; undefined: the tokens or the model's price are not known. */
  cost: number | undefined;
}

/** Is told of each request once, when it is over. Must not take long. */
export type Observe = (record: RequestRecord) => void;

/** One record after the other to all observers. One that fails keeps it neither from the others nor from the client. */
export function toAll(observers: readonly Observe[], onTrouble: (error: unknown) => void): Observe {
  return (record) => {
    for (const observe of observers) {
      try {
        observe(record);
      } catch (error) {
        onTrouble(error);
      }
    }
  };
}
