import type { Head } from "../classifier/head.ts";
import type { Config } from "../config.ts";
import type { Log } from "../log.ts";
import type { Host } from "../runtime/host.ts";
import { createSharedHeads, type SharedHeads } from "../state/heads.ts";
import { createLink, type Link } from "../state/link.ts";
import type { Heads } from "../store/heads.ts";
import { servable } from "./fitting.ts";
import { buildHeads } from "./judging.ts";

/** What replicas share through `STATE_URL`. */
export interface Sharing {
  link: Link;
  heads: SharedHeads;
  /** Serves, from now on, what any replica trains. */
  follow(swap: (head: Head) => void): void;
}

interface SharingParts {
  host: Host;
  /** The configuration that serves. */
  config: () => Config;
  log: Log;
}

/** Connects, or finds that Redis is away. Undefined: nothing is shared. */
export async function createSharing({ host, config, log }: SharingParts): Promise<Sharing | undefined> {
  const { STATE_URL: address, STATE_DEADLINE_MS: deadlineMs } = config();
  if (address === undefined) return undefined;
  const link = await createLink({ address, deadlineMs, log });
  await link.begin();
  const check = ({ labels }: Head) => void servable(labels, config());
  const heads = createSharedHeads({ link, local: followingHeads(host, config), check, log });
  return {
    link,
    heads,
    follow(swap) {
      let busy = false;
      const look = async (version: number) => {
        if (busy) return;
        busy = true;
        try {
          const loaded = await heads.newer(version);
          if (loaded) {
            swap(loaded.head);
            log.info("The head that another replica trained serves", { version });
          }
        } catch (error) {
          const why = error instanceof Error ? error.message : String(error);
          log.warning("Cannot use the head that another replica trained: the old one serves on", { version, why });
        } finally {
          busy = false;
        }
      };
      link.onBeat(({ headVersion }) => void look(headVersion));
    },
  };
}

/** The heads on disk, wherever `DATA_DIR` is now. */
function followingHeads(host: Host, config: () => Config): Heads {
  const here = () => buildHeads({ host }, config());
  return {
    load: () => here().load(),
    save: (head) => here().save(head),
    rollback: () => here().rollback(),
    reset: () => here().reset(),
    shipped: () => here().shipped(),
  };
}
