import { readdirSync, readFileSync, readlinkSync } from "node:fs";

/** What a process holds. */
export interface Held {
  /** Resident, MB. */
  memory: number;
  sockets: number;
  /** Open files of any kind, sockets among them. */
  handles: number;
}

/** Linux alone; undefined elsewhere. */
export function heldBy({ pid }: { pid: number }): Held | undefined {
  try {
    const [, kilobytes] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8")) ?? [];
    const links = readdirSync(`/proc/${pid}/fd`).map((name) => linkOf(`/proc/${pid}/fd/${name}`));
    const sockets = links.filter((link) => link.startsWith("socket:")).length;
    return { memory: Math.round(Number(kilobytes) / 1024), sockets, handles: links.length };
  } catch {
    return undefined;
  }
}

/** It may be closed meanwhile. */
function linkOf(path: string): string {
  try {
    return readlinkSync(path);
  } catch {
    return "";
  }
}
