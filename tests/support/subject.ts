import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { denoPath } from "./deno.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));

/** What is tested: the program on Bun, on Deno, or as the binary. */
export const SUBJECT = process.env.SUBJECT ?? "bun";

/** The command that runs the program. */
export function programCommand(): string[] {
  if (SUBJECT === "binary") return [join(root, "dist/virtusoul-router")];
  if (SUBJECT === "deno") {
    return [
      denoPath(),
      "run",
      "-A",
      "--no-check",
      "--quiet",
      "--config",
      join(root, "deno.json"),
      join(root, "src/main.ts"),
    ];
  }
  return ["bun", "--no-env-file", `--tsconfig-override=${join(root, "tsconfig.json")}`, join(root, "src/main.ts")];
}

/** A program that runs, or ran. */
export interface Running {
  /** Such as `http://localhost:41234`, without a trailing slash. */
  url: string;
  pid: number;
  /** The folder it was started in: empty but for what the test put there. */
  folder: string;
  stdout: () => string;
  stderr: () => string;
  /** Sends a signal and waits for the end; gives the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

interface StartOptions {
  environment?: Record<string, string>;
  /** The content of `.env` in the start folder. */
  dotenv?: string;
}

/** How long a start may take here, ms: several run at once on a slow machine. */
const PATIENCE_MS = 30_000;

/** Starts the router on a free port of loopback, in an empty folder, with nothing else in its environment. */
export async function startRouter({ environment = {}, dotenv }: StartOptions = {}): Promise<Running> {
  const folder = mkdtempSync(join(tmpdir(), "router-"));
  if (dotenv !== undefined) writeFileSync(join(folder, ".env"), dotenv);
  const child = launch(["serve"], folder, { HOST: "127.0.0.1", PORT: "0", ...environment });
  const said = { stdout: "", stderr: "" };
  child.stdout?.setEncoding("utf8").on("data", (text) => said.stdout += text);
  child.stderr?.setEncoding("utf8").on("data", (text) => said.stderr += text);
  const ended = new Promise<number | null>((resolve) => child.once("exit", (code) => resolve(code)));
  const clear = () => rmSync(folder, { recursive: true, force: true });
  const began = Date.now();
  let url: string | undefined;
  while (url === undefined) {
    url = /endpoint\s+(http:\/\/\S+)\/v1/.exec(said.stdout)?.[1];
    if (url !== undefined) break;
    const over = child.exitCode !== null || Date.now() - began > PATIENCE_MS;
    if (over) {
      child.kill("SIGKILL");
      clear();
      throw new Error(`The router did not start:\n${said.stdout}${said.stderr}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return {
    url,
    pid: child.pid ?? 0,
    folder,
    stdout: () => said.stdout,
    stderr: () => said.stderr,
    async stop(signal = "SIGKILL") {
      child.kill(signal);
      const code = await ended;
      clear();
      return code;
    },
  };
}

interface RunOptions extends StartOptions {
  /** In place of an empty one that is gone afterwards. */
  folder?: string;
  stdin?: string;
  /** Once standard output holds this, the program is told to stop (SIGTERM). */
  untilSaid?: RegExp;
}

/** Runs a command of the program to its end. */
export async function runProgram(args: string[], options: RunOptions = {}) {
  const folder = options.folder ?? mkdtempSync(join(tmpdir(), "router-"));
  if (options.dotenv !== undefined) writeFileSync(join(folder, ".env"), options.dotenv);
  const child = launch(args, folder, options.environment ?? {});
  child.stdin?.end(options.stdin ?? "");
  let stdout = "";
  let stderr = "";
  child.stdout?.setEncoding("utf8").on("data", (text) => {
    stdout += text;
    if (options.untilSaid?.test(stdout)) child.kill("SIGTERM");
  });
  child.stderr?.setEncoding("utf8").on("data", (text) => stderr += text);
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  if (options.folder === undefined) rmSync(folder, { recursive: true, force: true });
  return { code, stdout, stderr };
}

function launch(args: string[], folder: string, environment: Record<string, string>): ChildProcess {
  const [command = "", ...rest] = programCommand();
  // Only what finds the runtime: the machine's own settings must not reach the program.
  const { PATH = "", HOME = "" } = process.env;
  const base: Record<string, string> = SUBJECT === "binary" ? {} : { PATH, HOME, NO_COLOR: "1" };
  return spawn(command, [...rest, ...args], { cwd: folder, env: { ...base, ...environment } });
}

/** Posts JSON. */
export function post(url: string, body: unknown, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
}
