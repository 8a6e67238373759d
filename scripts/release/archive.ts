import { type GzipOptions, gzipSync, type Zippable, zipSync } from "fflate";

/** A file in an archive. */
export interface ArchiveEntry {
  path: string;
  bytes: Uint8Array;
  executable?: boolean;
}

type Level = NonNullable<GzipOptions["level"]>;

// Written in JavaScript on purpose: what a system's zlib makes of the same bytes hangs on its version and the processor.

/** Entries → .tar.gz: the same bytes for the same entries. No owner, and 1980 as the time of all. */
export function tarGz(entries: readonly ArchiveEntry[], level: Level = 6): Uint8Array {
  const blocks = entries.flatMap(({ path, bytes, executable }) => [
    tarHeader(path, bytes.length, executable ? 0o755 : 0o644),
    bytes,
    new Uint8Array((512 - bytes.length % 512) % 512),
  ]);
  return gzipSync(joined([...blocks, new Uint8Array(1024)]), { level, mtime: 0 });
}

/** Entries → .zip: the same bytes for the same entries. */
export function zip(entries: readonly ArchiveEntry[], level: Level = 6): Uint8Array {
  const files: Zippable = {};
  for (const { path, bytes, executable } of entries) {
    files[path] = [bytes, { level, os: 3, attrs: (executable ? 0o100755 : 0o100644) << 16, mtime: EPOCH }];
  }
  return zipSync(files);
}

/** The first day that zip knows, in the local words that it keeps. */
const EPOCH = new Date(1980, 0, 1, 0, 0, 0);

/** POSIX.1-1988 `ustar`. */
function tarHeader(path: string, size: number, mode: number): Uint8Array {
  if (new TextEncoder().encode(path).length > 100) throw new Error(`Cannot archive "${path}": its name is too long`);
  const header = new Uint8Array(512);
  const put = (at: number, text: string) => header.set(new TextEncoder().encode(text), at);
  const octal = (value: number, digits: number) => `${value.toString(8).padStart(digits, "0")}\0`;
  put(0, path);
  put(100, octal(mode, 7));
  put(108, octal(0, 7));
  put(116, octal(0, 7));
  put(124, octal(size, 11));
  put(136, octal(315_532_800, 11));
  // The checksum is taken with blanks in its own place.
  put(148, " ".repeat(8));
  put(156, "0");
  put(257, "ustar\x0000");
  put(265, "root");
  put(297, "root");
  put(148, `${header.reduce((sum, byte) => sum + byte, 0).toString(8).padStart(6, "0")}\0 `);
  return header;
}

function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(pieces.reduce((length, piece) => length + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}
