/** Who asks: the owner of a key, or everyone where no key is needed. */
export interface Client {
  /** Never the key itself: it is shown in logs and is part of the names that shared state is kept under. */
  name: string;
  /** Requests within any minute. */
  limitRpm: number | undefined;
  /** US dollars a day (UTC). */
  budgetUsdDay: number | undefined;
}

/** A key that opens the router, by its digest. */
export interface KnownKey {
  /** SHA-256. Keys are long and random, so that nothing slower is needed. */
  digest: Uint8Array;
  client: Client;
}

/** Limits for who has none of its own. */
export type Defaults = Pick<Client, "limitRpm" | "budgetUsdDay">;

/** All who come without a key, together. */
export function everyone(defaults: Defaults): Client {
  return { name: "everyone", ...defaults };
}

/** The keys of `API_KEY`, each named after the beginning of its digest, which stays the same when others come and go. */
export async function plainKeys(keys: readonly string[], defaults: Defaults): Promise<KnownKey[]> {
  return await Promise.all(keys.map(async (key) => {
    const digest = await digestOf(key);
    return { digest, client: { name: `key-${hex(digest).slice(0, 8)}`, ...defaults } };
  }));
}

export async function digestOf(key: string): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(key)));
}

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function bytesOf(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
}
