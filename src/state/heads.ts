import { formatHead, type Head } from "../classifier/head.ts";
import type { Log } from "../log.ts";
import { type Heads, type LoadedHead, readHead, SHIPPED } from "../store/heads.ts";
import type { Link } from "./link.ts";
import { OFFER_HEAD, PUBLISH_HEAD, READ_HEAD, ROLLBACK_HEAD } from "./scripts.ts";

interface SharedHeadsParts {
  link: Link;
  /** Those on disk: they serve while Redis is away. */
  local: Heads;
  /** Throws when the tiers that are served do not fit a head. */
  check: (head: Head) => void;
  log: Pick<Log, "warning">;
}

/** A head that one replica trains and all serve. */
export interface SharedHeads extends Heads {
  /**
   * The head that serves everywhere, when it is not the one of the last call. `version`: what the last beat told. Makes
   * up for what could not be said while Redis was away. Throws when the head cannot be used, once for each.
   */
  newer(version: number): Promise<LoadedHead | undefined>;
}

const KEYS = ["head", "head:previous", "head:version"];

export function createSharedHeads({ link, local, check, log }: SharedHeadsParts): SharedHeads {
  /** The version that this replica knows; 0: none. */
  let known = 0;
  /** What was trained or brought back while Redis was away. */
  let unsaid: string | undefined;

  const loadedOf = async (text: string): Promise<LoadedHead> =>
    text === SHIPPED ? await local.shipped() : { head: readHead(text), origin: "trained" };
  const read = () =>
    link.use(async ({ run }) => {
      const [version, text] = await run(READ_HEAD, KEYS, []) as [number, string | null];
      return text === null ? undefined : { version, text };
    }, () => undefined);
  const publish = async (text: string) => {
    unsaid = text;
    await link.use(async ({ run }) => {
      known = Number(await run(PUBLISH_HEAD, KEYS, [text, SHIPPED]));
      unsaid = undefined;
    }, () => {});
  };
  /** On disk, too: a replica that starts while Redis is away serves what it served. */
  const keep = async (loaded: LoadedHead) => {
    try {
      const own = await local.load();
      if (textOf(own) === textOf(loaded)) return;
      await (loaded.origin === "shipped" ? local.reset() : local.save(loaded.head));
    } catch (error) {
      log.warning("The shared head serves, but cannot be kept on disk", { why: String(error) });
    }
  };
  return {
    async load() {
      const shared = unsaid === undefined ? await read() : undefined;
      try {
        if (shared) return await loadedOf(shared.text);
      } catch (error) {
        const why = `Cannot use the shared head: ${String(error).split("\n")[0]}`;
        return { ...await local.load(), warning: why };
      }
      return await local.load();
    },
    shipped: local.shipped,
    async reset() {
      await local.reset();
      await publish(SHIPPED);
    },
    async save(head) {
      await local.save(head);
      await publish(formatHead(head));
    },
    async rollback() {
      const back = await link.use(async ({ run }) => {
        const [version, text] = await run(ROLLBACK_HEAD, KEYS, []) as [number, string | null];
        if (text !== null) known = version;
        return text;
      }, () => undefined);
      if (typeof back === "string") {
        const loaded = await loadedOf(back);
        await keep(loaded);
        return loaded;
      }
      const loaded = await local.rollback();
      if (loaded) await publish(textOf(loaded));
      return loaded;
    },
    async newer(version) {
      if (unsaid !== undefined) await publish(unsaid);
      else if (version === 0) {
        // Redis has lost it, or never had one: who has a trained one brings it.
        const text = textOf(await local.load());
        if (text === SHIPPED && known === 0) return undefined;
        await link.use(({ run }) => run(OFFER_HEAD, KEYS, [text, Math.max(known, 1)]), () => undefined);
        known = Math.max(known, 1);
      } else if (version !== known) {
        const shared = await read();
        if (!shared) return undefined;
        // Whatever comes of it, it is not tried again.
        known = shared.version;
        const loaded = await loadedOf(shared.text);
        check(loaded.head);
        await keep(loaded);
        return loaded;
      }
      return undefined;
    },
  };
}

function textOf({ head, origin }: LoadedHead): string {
  return origin === "shipped" ? SHIPPED : formatHead(head);
}
