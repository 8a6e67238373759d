import type { Redis } from "ioredis";
import type { Log } from "../log.ts";
import { BEAT } from "./scripts.ts";
import type { RedisAddress } from "./settings.ts";

/** Runs one of our scripts: `keys` get the prefix. */
export type Run = (script: string, keys: readonly string[], args: readonly (string | number)[]) => Promise<unknown>;

/** What Redis offers to the parts that share something. */
export interface Shared {
  run: Run;
  /** Gives a value and keeps it for `ttlMs` more. */
  get(key: string, ttlMs: number): Promise<string | null>;
  set(key: string, value: string, ttlMs: number): Promise<void>;
}

/** What all replicas see of each other, every second. */
export interface Beat {
  /** Of the trained head; 0: there is none. */
  headVersion: number;
  /** `provider/model` → ms since its breaker was opened. */
  open: ReadonlyMap<string, number>;
}

/** A connection to Redis that is there or not; nobody waits for it for longer than a moment. */
export interface Link {
  /** Does the work with Redis. `otherwise`: what is done without, when it is away or fails. */
  use<T>(work: (shared: Shared) => Promise<T>, otherwise: (error?: unknown) => T | Promise<T>): Promise<T>;
  up(): boolean;
  /** Is told of every beat. */
  onBeat(listener: (beat: Beat) => void): void;
  /** Resolves at the first beat, or when Redis cannot be reached. */
  begin(): Promise<void>;
  close(): void;
}

interface LinkParts {
  address: RedisAddress;
  log: Pick<Log, "info" | "warning">;
  /** `STATE_DEADLINE_MS`. */
  deadlineMs: number;
  beatMs?: number;
}

/** Everything of ours in Redis begins with this. */
export const PREFIX = "virtusoul:";

const CONNECT_MS = 1000;
const SILENT_MS = 3000;
/** The longest pause between two tries to connect. */
const RETRY_MS = 1000;

export async function createLink({ address, log, deadlineMs, beatMs = 1000 }: LinkParts): Promise<Link> {
  const redis = await clientOf(address, deadlineMs);
  const shared = sharedBy(redis);
  const listeners: ((beat: Beat) => void)[] = [];
  // Until the first beat nobody knows, and nobody asks.
  let up: boolean | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let closed = false;
  let trouble = "it does not answer";
  // Each failed try to connect is an event; an unheard one would end the process.
  redis.on("error", (error: Error) => trouble = wordsOf(error));

  const away = (error: unknown) => {
    if (closed) return;
    const notConnected = redis.status !== "ready";
    if (up !== false) {
      const why = notConnected ? trouble : wordsOf(error);
      log.warning("The shared state cannot be reached: this replica goes on with its own", {
        where: nameOf(address),
        why,
      });
    }
    up = false;
  };
  const beat = async () => {
    try {
      const answer = beatOf(await shared.run(BEAT, ["beat", "head:version", "open"], []));
      if (closed) return;
      if (up === false) log.info("The shared state is reached again", { where: nameOf(address) });
      up = true;
      for (const listener of listeners) listener(answer);
    } catch (error) {
      away(error);
    }
  };
  const keepBeating = async () => {
    await beat();
    if (!closed) timer = setTimeout(keepBeating, beatMs);
  };
  return {
    async use(work, otherwise) {
      if (!up) return await otherwise();
      try {
        return await work(shared);
      } catch (error) {
        // From here on nobody waits for it, until a beat tells that it is back.
        away(error);
        return await otherwise(error);
      }
    },
    up: () => up === true,
    onBeat: (listener) => void listeners.push(listener),
    async begin() {
      await redis.connect().catch(() => {});
      await keepBeating();
    },
    close() {
      closed = true;
      clearTimeout(timer);
      redis.disconnect();
    },
  };
}

/** Loaded only where it is needed: a router by itself starts without it. */
async function clientOf(address: RedisAddress, deadlineMs: number): Promise<Redis> {
  const { host, port, username, password, db, tls } = address;
  const { Redis } = await import("ioredis");
  return new Redis({
    ...{ host, port, db },
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password }),
    ...(tls ? { tls: { servername: host } } : {}),
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    commandTimeout: deadlineMs,
    // What cannot be said now is not said later: it would be out of date, or count twice.
    enableOfflineQueue: false,
    // A beat tells whether it is ready, and needs no right to ask for more.
    enableReadyCheck: false,
    // A connection on which nothing comes back is given up.
    socketTimeout: SILENT_MS,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    retryStrategy: (times) => Math.min(50 * 2 ** Math.min(times, 10), RETRY_MS),
  });
}

function sharedBy(redis: Redis): Shared {
  return {
    run: (script, keys, args) => redis.eval(script, keys.length, ...keys.map((key) => PREFIX + key), ...args),
    get: (key, ttlMs) => redis.getex(PREFIX + key, "PX", Math.ceil(ttlMs)),
    async set(key, value, ttlMs) {
      await redis.set(PREFIX + key, value, "PX", Math.ceil(ttlMs));
    },
  };
}

function beatOf(answer: unknown): Beat {
  if (!Array.isArray(answer)) throw new Error("its answer is not understood");
  const [version, ...pairs] = answer;
  const open = new Map<string, number>();
  for (let at = 0; at + 1 < pairs.length; at += 2) open.set(String(pairs[at]), Number(pairs[at + 1]));
  return { headVersion: Number(version), open };
}

/** Where it is, without the password. */
function nameOf({ host, port, db, tls }: RedisAddress): string {
  return `${tls ? "rediss" : "redis"}://${host}:${port}/${db}`;
}

function wordsOf(error: unknown): string {
  const said = error instanceof Error
    ? error.message.split("\n")[0] || ("code" in error ? String(error.code) : "")
    : "";
  return said === "" ? "it does not answer" : said;
}
