import { z } from "zod";
import type { Session, SessionStore } from "../routing/session.ts";
import type { Link } from "./link.ts";

interface SharedSessionParts {
  link: Link;
  /** This replica's own: serves while Redis is away, and what Redis has lost. */
  local: SessionStore;
  /** `SESSION_TTL`. */
  ttlSeconds: () => number;
}

const schema = z.object({ tier: z.string(), target: z.string().optional(), stuck: z.boolean().optional() });

/** Conversations that hold their tier on every replica. Keys are hashes, and no text is kept. */
export function createSharedSessions({ link, local, ttlSeconds }: SharedSessionParts): SessionStore {
  const ttlMs = () => ttlSeconds() * 1000;
  return {
    async get(key) {
      const text = await link.use(({ get }) => get(nameOf(key), ttlMs()), () => null);
      return (text === null ? undefined : sessionOf(text)) ?? await local.get(key);
    },
    async set(key, session) {
      await local.set(key, session);
      await link.use(({ set }) => set(nameOf(key), JSON.stringify(session), ttlMs()), () => {});
    },
  };
}

/** The key's bytes as text that people can read. */
function nameOf(key: string): string {
  return `session:${btoa(key)}`;
}

/** Whoever else writes there must not break this replica. */
function sessionOf(text: string): Session | undefined {
  try {
    const { tier, target, stuck } = schema.parse(JSON.parse(text));
    return { tier, ...(target === undefined ? {} : { target }), ...(stuck === undefined ? {} : { stuck }) };
  } catch {
    return undefined;
  }
}
