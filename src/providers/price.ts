import { PRICES, type Rates } from "./prices.ts";

/** US dollars for a million tokens. */
export interface Price {
  input: number;
  output: number;
  /** Input that the vendor had in its prompt cache; as `input` where the vendor has no price of its own for it. */
  cached: number;
  /** Input that the vendor put into its prompt cache; likewise. */
  written: number;
  /** Above so many tokens of input, all that a request takes costs more: so many times input and output. */
  long?: readonly [above: number, input: number, output: number] | undefined;
}

/** What a reply took: `input` includes `cached` and `written`. */
export interface Priced {
  input: number;
  output: number;
  cached: number;
  written: number;
}

/** What runs on the owner's own machine, and the demonstration, have no price a token. */
const FREE = new Set(["echo", "ollama"]);
const NOTHING: Price = { input: 0, output: 0, cached: 0, written: 0 };

/** The model's price: the owner's, else the table's; undefined where neither knows. */
export function priceOf(
  { provider, model, price: own }: { provider: string; model: string; price?: Price | undefined },
): Price | undefined {
  if (own) return own;
  if (FREE.has(provider)) return NOTHING;
  const { seller, name } = sellerOf(provider, model.toLowerCase());
  const rates = [name, undated(name)].map((one) => ratesOf(seller, one)).find((one) => one !== undefined);
  return rates && priceIn(rates);
}

/** US dollars for one reply. */
export function costOf(tokens: Priced, { input, output, cached, written, long }: Price): number {
  const [above, dearerIn, dearerOut] = long ?? [Infinity, 1, 1];
  const [timesIn, timesOut] = tokens.input > above ? [dearerIn, dearerOut] : [1, 1];
  const fresh = tokens.input - tokens.cached - tokens.written;
  const taken = fresh * input + tokens.cached * cached + tokens.written * written;
  return (taken * timesIn + tokens.output * output * timesOut) / 1e6;
}

function ratesOf(seller: string, model: string): Rates | undefined {
  const sold = Object.hasOwn(PRICES, seller) ? PRICES[seller] : undefined;
  return sold && Object.hasOwn(sold, model) ? sold[model] : undefined;
}

function priceIn({ input, output, cached = input, written = input, long }: Rates): Price {
  return { input, output, cached, written, long };
}

/** OpenRouter asks what these vendors ask, and writes Claude's versions with a dot. */
const PASSED_ON = /^(openai|anthropic|google)\/(.+)$/;

function sellerOf(provider: string, model: string): { seller: string; name: string } {
  if (provider === "google") return { seller: provider, name: model.replace(/^models\//, "") };
  const [, vendor, name] = provider === "openrouter" ? PASSED_ON.exec(model) ?? [] : [];
  if (vendor === undefined || name === undefined) return { seller: provider, name: model };
  return { seller: vendor, name: vendor === "anthropic" ? name.replaceAll(".", "-") : name };
}

/** Vendors sell a version at its model's price, unless the table has a row of its own for it. */
function undated(name: string): string {
  return name.replace(/-(?:\d{4}-\d{2}-\d{2}|20\d{6}|latest)$/, "");
}
