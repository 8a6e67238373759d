import { createLink, type Link } from "../../src/state/link.ts";
import type { TestRedis } from "./redis.ts";

/** Connections of so many replicas to a Redis, all up. Beats are fast here. */
export async function linksTo(redis: Pick<TestRedis, "port">, count: number): Promise<Link[]> {
  const quiet = { info: () => {}, warning: () => {} };
  const address = { host: "127.0.0.1", port: redis.port, username: undefined, password: undefined, db: 0, tls: false };
  const links = await Promise.all(
    Array.from({ length: count }, () => createLink({ address, log: quiet, deadlineMs: 5000, beatMs: 30 })),
  );
  await Promise.all(links.map((link) => link.begin()));
  return links;
}
