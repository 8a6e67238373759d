import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { denoPath } from "../../tests/support/deno.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** Something that answers chat completions. */
export interface Subject {
  name: string;
  /** Without a trailing slash. */
  url: string;
  headers: Record<string, string>;
  child: ChildProcess;
  stop(): Promise<void>;
}

const COMMANDS: Readonly<Record<string, () => string[]>> = {
  bun: () => ["bun", "--no-env-file", `--tsconfig-override=${join(root, "tsconfig.json")}`, join(root, "src/main.ts")],
  deno: () => {
    const flags = ["-A", "--no-check", "--quiet", "--config", join(root, "deno.json")];
    return [denoPath(), "run", ...flags, join(root, "src/main.ts")];
  },
  binary: () => [join(root, "dist/virtusoul-router")],
};

export const SUBJECTS = Object.keys(COMMANDS);

/** Starts the upstream; gives its address. */
export async function startUpstream(): Promise<Subject> {
  const child = spawn("bun", [join(root, "scripts/bench/upstream.ts")], { stdio: ["ignore", "pipe", "inherit"] });
  const port = await firstMatch(child, /(\d+)/);
  return subject("upstream", `http://127.0.0.1:${port}`, {}, child);
}

/** Starts the router on one of the runtimes, all tiers on the upstream. */
export async function startRouter(
  name: string,
  upstream: Subject,
  environment: Record<string, string> = {},
): Promise<Subject> {
  const [command = "", ...args] = COMMANDS[name]?.() ?? [];
  const child = spawn(command, args, {
    cwd: mkdtempSync(join(tmpdir(), "bench-")),
    stdio: ["ignore", "pipe", "inherit"],
    env: settingsOf(upstream, environment),
  });
  const url = await firstMatch(child, /endpoint\s+(http:\/\/\S+)\/v1/);
  return subject(name, url, {}, child);
}

/** Runs one of the router's commands to its end, with the settings that `startRouter` gives. Throws when it fails. */
export function runCommand(
  name: string,
  upstream: Subject,
  args: readonly string[],
  environment: Record<string, string>,
): void {
  const [command = "", ...first] = COMMANDS[name]?.() ?? [];
  const options = { cwd: tmpdir(), env: settingsOf(upstream, environment), encoding: "utf8" } as const;
  const { status, stderr } = spawnSync(command, [...first, ...args], options);
  if (status !== 0) throw new Error(`${args.join(" ")}: ${stderr}`);
}

/** All tiers on the upstream, the default ones or those that `TIERS` in `more` names. */
function settingsOf(upstream: Subject, more: Record<string, string>): Record<string, string> {
  const tiers = (more.TIERS ?? "simple,medium,complex,reasoning").split(",").flatMap((tier) => [
    [`${tier.toUpperCase()}_PROVIDER`, "custom"],
    [`${tier.toUpperCase()}_MODEL`, tier],
  ]);
  return {
    PATH: process.env.PATH ?? "",
    HOME: process.env.HOME ?? "",
    HOST: "127.0.0.1",
    PORT: "0",
    LOG_LEVEL: "WARNING",
    CUSTOM_BASE_URL: `${upstream.url}/v1`,
    ...Object.fromEntries(tiers),
    BUN_CONFIG_MAX_HTTP_REQUESTS: "65535",
    ...more,
  };
}

/** Starts another gateway; gives it once it answers. */
export async function startPeer(
  name: string,
  command: string[],
  port: number,
  headers: Record<string, string>,
): Promise<Subject> {
  const [program = "", ...args] = command;
  // A group of its own: what it starts itself must end with it.
  const options = { stdio: "ignore", detached: true, env: { ...process.env, PORT: String(port) } } as const;
  const child = spawn(program, args, options);
  const url = `http://127.0.0.1:${port}`;
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new Error(`${name} ended before it answered`);
    const answered = await fetch(url).then(() => true, () => false);
    if (answered) return { ...subject(name, url, headers, child), stop: () => ended(child, () => killGroup(child)) };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  killGroup(child);
  throw new Error(`${name} does not answer`);
}

function killGroup({ pid }: ChildProcess): void {
  if (pid !== undefined) process.kill(-pid, "SIGKILL");
}

function ended(child: ChildProcess, kill: () => void): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    kill();
  });
}

function subject(name: string, url: string, headers: Record<string, string>, child: ChildProcess): Subject {
  const stop = () => ended(child, () => child.kill("SIGKILL"));
  return { name, url, headers, child, stop };
}

async function firstMatch(child: ChildProcess, pattern: RegExp): Promise<string> {
  let text = "";
  for await (const piece of child.stdout ?? []) {
    text += piece;
    const [, found] = pattern.exec(text) ?? [];
    if (found !== undefined) return found;
  }
  throw new Error(`It ended before it said where it listens: ${text}`);
}

/** Resident memory in MB: all of it, its own pages, and those of files. Linux alone. */
export function memoryOf({ child }: Subject): { resident: number; anonymous: number; files: number } {
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  const read = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) / 1000;
  return { resident: read("VmRSS"), anonymous: read("RssAnon"), files: read("RssFile") };
}

/** CPU time that a process has taken so far, all its threads, seconds. Linux alone. */
export function cpuSecondsOf({ pid }: ChildProcess): number {
  const [, after = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const fields = after.split(" ");
  // User and system time, in ticks of 10 ms.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
