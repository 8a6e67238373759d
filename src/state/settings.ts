import { z } from "zod";
import { numberSetting } from "../setting.ts";

/** Where a Redis is, and how it lets us in. */
export interface RedisAddress {
  host: string;
  port: number;
  username: string | undefined;
  password: string | undefined;
  db: number;
  tls: boolean;
}

export const stateSettings = {
  /** Where replicas keep what they share; undefined: each for itself, in memory. */
  STATE_URL: z.string().optional().transform((value, context): RedisAddress | undefined => {
    if (value === undefined) return undefined;
    const address = addressOf(value.trim());
    if (address) return address;
    const message = "use redis://[user:password@]host[:port][/database], or rediss:// for TLS";
    context.addIssue({ code: "custom", message });
    return z.NEVER;
  }),
  /** The longest wait for an answer of Redis, ms: within a data centre it takes well under 1. */
  STATE_DEADLINE_MS: numberSetting(150, { min: 1, max: 60_000 }),
};

function addressOf(text: string): RedisAddress | undefined {
  if (!URL.canParse(text)) return undefined;
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text);
  const [, db] = /^\/?(\d{0,4})$/.exec(pathname) ?? [];
  if (!["redis:", "rediss:"].includes(protocol) || hostname === "" || db === undefined) return undefined;
  if (search !== "" || hash !== "") return undefined;
  const said = decoded(username);
  const secret = decoded(password);
  if (said === undefined || secret === undefined) return undefined;
  return {
    host: hostname.replace(/^\[(.*)\]$/, "$1"),
    port: port === "" ? 6379 : Number(port),
    username: said === "" ? undefined : said,
    password: secret === "" ? undefined : secret,
    db: Number(db),
    tls: protocol === "rediss:",
  };
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
