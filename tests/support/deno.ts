import { spawnSync } from "node:child_process";

/** The oldest Deno that runs the project, and the one that is fetched where there is none. */
const OLDEST = [2, 9];
const FETCHED = "deno@2.9.6";

let found: string | undefined;

/**
 * The path of the Deno that is used here: the one on the PATH when it is new enough, else npm's. The program itself and
 * not npx before it: a signal sent to npx never reaches the router. Throws when there is neither.
 */
export function denoPath(): string {
  return found ??= pathOf(["deno"], true) ?? pathOf(["npx", "--yes", FETCHED]) ?? none();
}

function pathOf([command = "", ...args]: string[], mayBeOld = false): string | undefined {
  const print = "console.log(JSON.stringify([Deno.version.deno, Deno.execPath()]))";
  const { stdout, status } = spawnSync(command, [...args, "eval", print], { encoding: "utf8" });
  if (status !== 0) return undefined;
  const [version = "", path = ""] = JSON.parse(stdout);
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const fits = major > OLDEST[0]! || (major === OLDEST[0] && minor >= OLDEST[1]!);
  return fits || !mayBeOld ? path : undefined;
}

function none(): never {
  throw new Error("There is neither Deno 2.9 nor npx (it comes with Node) to fetch it");
}
