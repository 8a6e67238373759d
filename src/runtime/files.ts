import { access, appendFile, constants, mkdir, open, readdir, readFile, rename, rm, stat } from "node:fs/promises";
import { dirname, resolve } from "node:path";
import type { Files } from "./host.ts";

let replacements = 0;

/** Files on disk, by the part of Node's API that Bun and Deno share. */
export const files: Files = {
  read: (path) => absentIsUndefined(async () => new Uint8Array(await readFile(path))),
  readText: (path) => absentIsUndefined(() => readFile(path, "utf8")),
  replace: async (path, content, mode = 0o666) => {
    await mkdir(dirname(path), { recursive: true });
    // A name of its own for each write, so that two at once cannot mix their halves.
    const beside = `${path}.${Date.now().toString(36)}-${replacements++}.tmp`;
    try {
      const file = await open(beside, "w", mode);
      try {
        await file.writeFile(content);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(beside, path);
    } catch (cause) {
      // On a full disk the half of a file would take what room is left.
      await rm(beside, { force: true });
      throw cause;
    }
  },
  append: async (path, text) => {
    await mkdir(dirname(path), { recursive: true });
    await appendFile(path, text);
  },
  unwritable: async (path) => {
    try {
      const place = await nearest(resolve(path));
      if (!(await stat(place)).isDirectory()) return `"${place}" is not a folder`;
      await access(place, constants.W_OK | constants.X_OK);
      return undefined;
    } catch (cause) {
      return cause instanceof Error ? cause.message : String(cause);
    }
  },
  remove: (path) => rm(path, { force: true }),
  rename: (from, to) => rename(from, to),
  size: (path) => absentIsUndefined(async () => (await stat(path)).size),
  list: async (path) => {
    const entries = await absentIsUndefined(() => readdir(path, { withFileTypes: true }));
    return (entries ?? []).filter((entry) => entry.isFile()).map((entry) => entry.name).sort();
  },
};

async function absentIsUndefined<T>(read: () => Promise<T>): Promise<T | undefined> {
  try {
    return await read();
  } catch (cause) {
    if (isAbsence(cause)) return undefined;
    throw cause;
  }
}

/** The path itself, or the nearest folder above it that is there. */
async function nearest(path: string): Promise<string> {
  try {
    await stat(path);
    return path;
  } catch (cause) {
    if (!isAbsence(cause) || dirname(path) === path) throw cause;
    return await nearest(dirname(path));
  }
}

/** There is no such file; a path that leads through a file leads nowhere, too. */
function isAbsence(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && ["ENOENT", "ENOTDIR"].includes(String(cause.code));
}
