import { createHash } from "node:crypto";
import { availableParallelism } from "node:os";
import process from "node:process";
import type { Host } from "./host.ts";

type System = Pick<
  Host,
  | "args"
  | "cores"
  | "pid"
  | "env"
  | "cwd"
  | "hash"
  | "stdout"
  | "stderr"
  | "stdin"
  | "terminal"
  | "memory"
  | "cpuSeconds"
  | "onSignal"
  | "exit"
>;

// Whoever reads our output may go away, and the disk that a log goes to may fill up: the program goes on without. On Deno
// it ended, by an event from pipes and an exception from files.
for (const stream of [process.stdout, process.stderr]) stream.on("error", () => {});

/** The process and its surroundings, by the part of Node's API that Bun and Deno share. */
export const system: System = {
  args: process.argv.slice(2),
  cores: availableParallelism(),
  pid: process.pid,
  env: process.env,
  cwd: process.cwd(),
  hash: (text) => createHash("sha256").update(text).digest("latin1").slice(0, 16),
  stdout: (text) => write(process.stdout, text),
  stderr: (text) => write(process.stderr, text),
  stdin: async () => {
    const decoder = new TextDecoder();
    let text = "";
    for await (const bytes of process.stdin) text += decoder.decode(bytes, { stream: true });
    return text + decoder.decode();
  },
  terminal: {
    stdin: process.stdin.isTTY === true,
    stdout: process.stdout.isTTY === true,
    stderr: process.stderr.isTTY === true,
  },
  memory: () => ({ resident: process.memoryUsage.rss() }),
  cpuSeconds: () => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1e6;
  },
  onSignal: (signals, handler) => {
    for (const signal of signals) {
      // Windows knows no SIGHUP; Deno throws there.
      if (process.platform === "win32" && signal === "SIGHUP") continue;
      process.on(signal, () => handler(signal));
    }
  },
  exit: (code) => process.exit(code),
};

function write(stream: NodeJS.WritableStream, text: string): void {
  try {
    stream.write(text);
  } catch {
    // There is nowhere to say it.
  }
}
