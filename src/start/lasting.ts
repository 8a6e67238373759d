import type { Config } from "../config.ts";
import { type AskMemory, createAskMemory } from "../http/feedback.ts";
import { createLog, type Log } from "../log.ts";
import { createMemoryMeter, type Meter } from "../limits/meter.ts";
import { createEchoSend } from "../providers/echo.ts";
import { createHealth, type Health } from "../providers/health.ts";
import { createSend, type Send } from "../providers/send.ts";
import type { Tier } from "../routing/route.ts";
import { createMemorySessions, type SessionStore } from "../routing/session.ts";
import type { Host } from "../runtime/host.ts";
import type { Neighbours } from "../store/neighbours.ts";
import { createSharedHealth } from "../state/breakers.ts";
import type { Link } from "../state/link.ts";
import { createSharedMeter } from "../state/meter.ts";
import { createSharedSessions } from "../state/sessions.ts";
import { VERSION } from "../version.ts";
import { buildNeighbours } from "./judging.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createSharing, type Sharing } from "./sharing.ts";

/** The parts that outlive a configuration: what they know must not be lost when another one takes over. */
export interface Lasting {
  /** Says what the configuration that serves wants said. */
  log: Log;
  newId: () => string;
  /** Seconds since 1970. */
  seconds: () => number;
  /** A clock in ms that never runs backwards. */
  now: () => number;
  /** Seconds since 1970: when the server started. */
  started: number;
  health: Health;
  sessions: SessionStore;
  send: Send;
  /** What was asked of late, for feedback. */
  asks: AskMemory;
  neighbours: Neighbours;
  ledger: Ledger;
  /** What clients used. */
  meter: Meter;
  /** Undefined: this is the only replica. */
  sharing: Sharing | undefined;
  /** Another configuration serves from now on. */
  follow(config: Config, tiers: readonly Tier[]): void;
  close(): Promise<void>;
}

/** Some 30 MB when all are there. */
const MAX_SESSIONS = 100_000;

export async function createLasting(host: Host, first: Config): Promise<Lasting> {
  const now = () => performance.now();
  let config = first;
  let tiers: readonly Tier[] = [];
  let level = logOf(host, config);
  const log: Log = {
    debug: (message, fields) => level.debug(message, fields),
    info: (message, fields) => level.info(message, fields),
    warning: (message, fields) => level.warning(message, fields),
    error: (message, fields) => level.error(message, fields),
  };
  const sharing = await createSharing({ host, config: () => config, log });
  const { health, meter, sessions } = stateOf(sharing?.link, () => config, now);
  const ledger = createLedger({ host, config: first, log, health, meter, now, tiers: () => tiers });
  return {
    log,
    newId,
    seconds,
    now,
    started: Math.floor(seconds()),
    health,
    ledger,
    meter,
    sessions,
    sharing,
    send: createSendTo(host),
    asks: createAskMemory(),
    neighbours: buildNeighbours(host),
    follow(next, served) {
      config = next;
      tiers = served;
      level = logOf(host, next);
    },
    async close() {
      await ledger.close();
      sharing?.link.close();
    },
  };
}

/** What is known of conversations, targets and clients: in memory, and in Redis where replicas share it. */
function stateOf(link: Link | undefined, config: () => Config, now: () => number) {
  const bounds = {
    get ttlSeconds() {
      return config().SESSION_TTL;
    },
    entries: MAX_SESSIONS,
    now,
  };
  const [sessions, meter, health] = [createMemorySessions(bounds), createMemoryMeter(now), createHealth(now)];
  if (!link) return { sessions, meter, health };
  return {
    sessions: createSharedSessions({ link, local: sessions, ttlSeconds: () => config().SESSION_TTL }),
    meter: createSharedMeter({ link, local: meter }),
    health: createSharedHealth(health, link),
  };
}

/** The network, and for the built-in echo none. */
export function createSendTo(host: Host): Send {
  const echo = createEchoSend({ now: seconds, newId });
  const upstream = createSend({ fetch: host.fetch, now: seconds, newId, userAgent: `virtusoul-router/${VERSION}` });
  return (target, chat, context) =>
    target.url === undefined ? Promise.resolve(echo(target.model, chat, context)) : upstream(target, chat, context);
}

export function newId(): string {
  return crypto.randomUUID().replaceAll("-", "");
}

function seconds(): number {
  return Date.now() / 1000;
}

export function logOf(host: Host, config: Config): Log {
  return createLog(config.LOG_LEVEL, (line) => host.stderr(line), host.terminal.stderr ? "pretty" : "json");
}
