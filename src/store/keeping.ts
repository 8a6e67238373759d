import { RouterError } from "../errors.ts";

/**
 * Does what writes to `DATA_DIR`. Throws RouterError 500 that says why it could not be done; what serves must go on
 * without.
 */
export async function keeping<T>(what: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    throw new RouterError(500, "internal_error", `Cannot keep ${what} in DATA_DIR: ${whyUnkept(cause)}`, { cause });
  }
}

/** Why a file could not be written, in the words of who can mend it; without a path. */
export function whyUnkept(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
  return REASONS[code] ?? (code || "it cannot be written to");
}

const REASONS: Readonly<Record<string, string>> = {
  ENOSPC: "the disk is full",
  EDQUOT: "the disk's quota is used up",
  EROFS: "it is read-only",
  EACCES: "this process may not write there",
  EPERM: "this process may not write there",
  ENOTDIR: "it is not a folder",
  EEXIST: "it is not a folder",
  EISDIR: "a folder is in the file's place",
};
