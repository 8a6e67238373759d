import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import process from "node:process";
import { join } from "node:path";

/** Why tests with Redis are left out; false where `redis-server` (or Valkey's) is there. */
export const NO_REDIS: string | false = spawnSync("redis-server", ["--version"]).status !== 0 && "needs redis-server";

/** A Redis of our own on loopback, that keeps nothing on disk. */
export interface TestRedis {
  url: string;
  port: number;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
  /** Starts it anew on the same port, empty. */
  start(): Promise<void>;
  /** Stops answering without going away, and goes on. */
  freeze(): void;
  thaw(): void;
  close(): Promise<void>;
}

export async function startRedis(options: string[] = []): Promise<TestRedis> {
  const folder = mkdtempSync(join(tmpdir(), "redis-"));
  const port = await freePort();
  let child: ChildProcess | undefined;
  const start = async () => {
    const settings = [
      "--bind",
      "127.0.0.1",
      "--port",
      String(port),
      "--save",
      "",
      "--appendonly",
      "no",
      "--dir",
      folder,
    ];
    child = spawn("redis-server", [...settings, ...options], { stdio: "ignore" });
    for (let look = 0; look < 500 && !(await answers(port)); look++) await new Promise((go) => setTimeout(go, 10));
  };
  const kill = async () => {
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child?.once("exit", resolve));
    child.kill("SIGKILL");
    await ended;
  };
  // Deno takes any signal of `child.kill` for the end.
  const signal = (name: NodeJS.Signals) => child?.pid !== undefined && process.kill(child.pid, name);
  await start();
  return {
    ...{ url: `redis://127.0.0.1:${port}`, port, start, kill },
    freeze: () => void signal("SIGSTOP"),
    thaw: () => void signal("SIGCONT"),
    async close() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => resolve(true)).on("error", () => resolve(false));
    socket.on("connect", () => socket.destroy());
  });
}
