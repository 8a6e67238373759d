import { formatHead, type Head, parseHead } from "../classifier/head.ts";
import { DIMENSIONS } from "../classifier/static.ts";
import { SIGN_NAMES } from "../classifier/surface.ts";
import type { Files } from "../runtime/host.ts";
import { keeping } from "./keeping.ts";

/** The head that serves, and where it came from. */
export interface LoadedHead {
  head: Head;
  origin: "shipped" | "trained";
  /** Why a trained head that is there does not serve. */
  warning?: string;
}

/** The heads on disk: the trained one, the one before it, and the shipped one behind both. */
export interface Heads {
  /** The trained head if it can be used, else the shipped one. */
  load(): Promise<LoadedHead>;
  /** The trained head becomes the previous one. A kill at any moment leaves a whole head in its place. */
  save(head: Head): Promise<void>;
  /** Brings the previous head back, the shipped one if there was none before. Undefined: there is nothing to undo. */
  rollback(): Promise<LoadedHead | undefined>;
  /** The shipped head serves again; the trained one becomes the previous one. */
  reset(): Promise<void>;
  shipped(): Promise<LoadedHead>;
}

interface HeadsParts {
  files: Files;
  /** `DATA_DIR`. */
  folder: string;
  shipped: () => Promise<Head>;
}

/** Stands for the shipped head where one would be written down. */
export const SHIPPED = "shipped\n";

export function createHeads({ files, folder, shipped }: HeadsParts): Heads {
  const current = `${folder}/head.json`;
  const previous = `${folder}/head.previous.json`;

  const load = async (): Promise<LoadedHead> => {
    try {
      const text = await files.readText(current);
      if (text === undefined) return { head: await shipped(), origin: "shipped" };
      return { head: readHead(text), origin: "trained" };
    } catch (error) {
      const why = error instanceof Error ? error.message.split("\n")[0] : String(error);
      return { head: await shipped(), origin: "shipped", warning: `Cannot use ${current}: ${why}` };
    }
  };
  return {
    load,
    async save(head) {
      await keeping("the new head", async () => {
        const before = await files.readText(current);
        await files.replace(previous, before ?? SHIPPED);
        await files.replace(current, formatHead(head));
      });
    },
    async rollback() {
      const before = await files.readText(previous);
      if (before === undefined) return undefined;
      await keeping("the previous head", async () => {
        if (before === SHIPPED) await files.remove(current);
        else await files.replace(current, before);
        await files.remove(previous);
      });
      return await load();
    },
    async reset() {
      await keeping("the previous head", async () => {
        const before = await files.readText(current);
        if (before === undefined) return;
        await files.replace(previous, before);
        await files.remove(current);
      });
    },
    shipped: async () => ({ head: await shipped(), origin: "shipped" }),
  };
}

/** Head file → Head, for the encoder and the signs of this program. Throws when it is damaged or foreign. */
export function readHead(text: string): Head {
  return parseHead(text, { dimensions: DIMENSIONS, signs: SIGN_NAMES });
}
