import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { BUN_VERSION, type ReleaseTarget } from "./targets.ts";

const CACHE = ".cache/runtimes";

/** The runtime of another machine, as a file: the one that runs here, one fetched before, or its package's. */
export function runtimeOf(target: ReleaseTarget): string {
  const cached = join(CACHE, `${BUN_VERSION}-${target.name}`);
  for (const path of [process.execPath, cached]) if (existsSync(path) && sha256Of(path) === target.sha256) return path;
  const fetched = fetchPackage(target);
  const found = sha256Of(join(fetched, target.executable));
  if (found !== target.sha256) {
    throw new Error(`Cannot build on ${target.package} ${BUN_VERSION}: its sha256 is ${found}, not ${target.sha256}`);
  }
  mkdirSync(CACHE, { recursive: true });
  renameSync(join(fetched, target.executable), cached);
  return cached;
}

export function sha256Of(path: string): string {
  return createHash("sha256").update(readFileSync(path)).digest("hex");
}

/** The folder of the package's content, in the project: what is taken from it can be renamed. */
function fetchPackage(target: ReleaseTarget): string {
  const place = mkdtempSync(join(tmpdir(), "runtime-"));
  const run = (command: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(command, args, { encoding: "utf8" });
    if (status === 0) return stdout;
    throw new Error(`Cannot fetch ${target.package} ${BUN_VERSION}: ${command} says: ${stderr.trim().slice(0, 500)}`);
  };
  const packed = run("npm", "pack", "--silent", "--pack-destination", place, `${target.package}@${BUN_VERSION}`);
  const folder = join(CACHE, `fetched-${target.name}`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run("tar", "-xzf", join(place, packed.trim()), "-C", resolve(folder), "--strip-components=1");
  rmSync(place, { recursive: true });
  return folder;
}
