import { type Meter, MINUTE_MS } from "../limits/meter.ts";
import type { Link } from "./link.ts";
import { SPEND, TAKE } from "./scripts.ts";

interface SharedMeterParts {
  link: Link;
  /** This replica's own: counts while Redis is away. */
  local: Meter;
}

/** Requests that began yesterday may still end. */
const KEEP_MS = 2 * 86_400_000;

/** What is known of a client's day. */
interface Account {
  /** The sum that Redis said last; it cannot have become less since. */
  seen: number;
  /** What this replica spent that Redis does not know of. */
  owed: number;
}

/** One rate and one budget for all replicas together. What is spent while Redis is away is made up for later. */
export function createSharedMeter({ link, local }: SharedMeterParts): Meter {
  const accounts = new Map<string, Account>();
  const accountOf = (name: string): Account => {
    const account = accounts.get(name) ?? { seen: 0, owed: 0 };
    accounts.set(name, account);
    return account;
  };
  const forget = (today: string) => {
    // Names end with the day; ISO days are in order.
    for (const [name, { owed }] of accounts) {
      if (owed === 0 && name.slice(-10) < today && accounts.size > 1000) accounts.delete(name);
    }
  };

  /** Tells Redis what it does not know, and gives the sum. */
  const settle = async (client: string, day: string): Promise<number> => {
    const name = `budget:${client}:${day}`;
    const account = accountOf(name);
    const paid = account.owed;
    // Taken off before the answer is there: another request must not pay it, too.
    account.owed -= paid;
    return await link.use(async ({ run }) => {
      const sum = Number(await run(SPEND, [name], [paid, account.seen, KEEP_MS]));
      account.seen = Math.max(account.seen, sum);
      return account.seen + account.owed;
    }, () => {
      account.owed += paid;
      return account.seen + account.owed;
    });
  };
  return {
    async take(client, perMinute) {
      return await link.use(async ({ run }) => {
        const wait = Number(await run(TAKE, [`rate:${client}`], [perMinute, MINUTE_MS]));
        if (wait >= 0) return wait;
        // Counted here, too: the count must be there when Redis goes away.
        await local.take(client, perMinute);
        return undefined;
      }, () => local.take(client, perMinute));
    },
    spent: settle,
    async spend(client, day, dollars) {
      accountOf(`budget:${client}:${day}`).owed += dollars;
      forget(day);
      await settle(client, day);
    },
  };
}
