import { Buffer } from "node:buffer";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { wait } from "./upstream.ts";

/** One thing that an upstream does on its connection. */
export type Step =
  | { send: string | Uint8Array }
  /** Byte by byte, each in a packet of its own. */
  | { drip: string | Uint8Array }
  | { waitMs: number }
  /** This again and again, as fast as it is taken or with a pause between, until the other side goes away. */
  | { forever: string | Uint8Array; everyMs?: number }
  | { close: "politely" | "with a reset" };

/** What happens on a connection. Unless it closes it, the connection stays open until the other side goes away. */
export type Script = readonly Step[];

/** A connection that carried a request. */
export interface Visit {
  /** When the other side went away; undefined while it is there. */
  leftAt: number | undefined;
}

/** An upstream that plays a script to each request, on raw sockets: it can break HTTP itself. */
export interface ScriptedUpstream {
  url: string;
  /** The requests of one key, in order. */
  visits(key: string): readonly Visit[];
  /** Connections that are open now, asked on or not. */
  open(): number;
  close(): Promise<void>;
}

/** `scriptOf`: what the request with this key meets when it comes for the nth time, from 0 on. */
export async function startScripted(scriptOf: (key: string, nth: number) => Script): Promise<ScriptedUpstream> {
  const visits = new Map<string, Visit[]>();
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on("close", () => sockets.delete(socket));
    // Whoever is let down resets the connection: that is what is tested.
    socket.on("error", () => {});
    onRequest(socket, (key) => {
      const visit: Visit = { leftAt: undefined };
      const leave = () => visit.leftAt ??= performance.now();
      socket.on("end", leave).on("close", leave);
      const earlier = visits.get(key) ?? [];
      visits.set(key, [...earlier, visit]);
      play(socket, scriptOf(key, earlier.length)).catch(() => socket.destroy());
    });
  });
  const port = await listen(server);
  return {
    url: `http://127.0.0.1:${port}`,
    visits: (key) => visits.get(key) ?? [],
    open: () => sockets.size,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}

/** An address where nobody listens. */
export async function deserted(): Promise<string> {
  const server = createServer();
  const port = await listen(server);
  await new Promise((resolve) => server.close(resolve));
  return `http://127.0.0.1:${port}`;
}

async function listen(server: Server): Promise<number> {
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as AddressInfo).port;
}

/** Calls back once the request is here in full, with what its last message says between « and ». */
function onRequest(socket: Socket, call: (key: string) => void): void {
  let said = Buffer.alloc(0);
  let called = false;
  socket.on("data", (piece) => {
    said = Buffer.concat([said, Buffer.from(piece)]);
    const head = said.indexOf("\r\n\r\n");
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(said.toString("latin1", 0, head))?.[1]);
    if (called || head < 0 || said.length < head + 4 + length) return;
    called = true;
    call(/«(.*?)»/.exec(said.toString("utf8", head + 4))?.[1] ?? "");
  });
}

async function play(socket: Socket, script: Script): Promise<void> {
  for (const step of script) {
    if (socket.destroyed) return;
    if ("send" in step) await write(socket, step.send);
    else if ("drip" in step) await drip(socket, step.drip);
    else if ("waitMs" in step) await wait(step.waitMs);
    else if ("forever" in step) {
      while (!socket.destroyed) await write(socket, step.forever).then(() => wait(step.everyMs ?? 0));
    } else if (step.close === "politely") socket.end();
    else socket.resetAndDestroy();
  }
}

async function drip(socket: Socket, bytes: string | Uint8Array): Promise<void> {
  for (const byte of Buffer.from(bytes)) {
    await write(socket, Uint8Array.of(byte));
    await wait(0);
  }
}

/** Resolves when the other side has room for more, or is gone. */
function write(socket: Socket, bytes: string | Uint8Array): Promise<void> {
  if (socket.write(bytes) || socket.destroyed) return Promise.resolve();
  return new Promise((resolve) => {
    const go = () => {
      socket.off("drain", go).off("close", go);
      resolve();
    };
    socket.on("drain", go).on("close", go);
  });
}

// HTTP by hand. Every reply says that it is the connection's last: whoever keeps it open afterwards leaks it.

/** Status line and headers. */
export function head(status: number, headers: Record<string, string>): string {
  const lines = Object.entries({ ...headers, connection: "close" }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} Status\r\n${lines.join("")}\r\n`;
}

/** A whole reply; `type` and `headers` say what it claims to be. */
export function whole(
  body: unknown,
  { status = 200, type = "application/json", headers = {} }: Partial<Claims> = {},
): Uint8Array {
  const bytes = bytesOf(body);
  const claims = { "content-type": type, "content-length": String(bytes.length), ...headers };
  return Buffer.concat([Buffer.from(head(status, claims)), bytes]);
}

interface Claims {
  status: number;
  type: string;
  headers: Record<string, string>;
}

/** The head of a streamed reply: its parts follow, and `LAST`. */
export function streamHead({ type = "text/event-stream", headers = {} }: Partial<Claims> = {}): string {
  return head(200, { "content-type": type, "transfer-encoding": "chunked", ...headers });
}

/** A piece of a streamed reply, in the transfer's own framing. */
export function part(body: string | Uint8Array): Uint8Array {
  const bytes = Buffer.from(body);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

/** The end of a streamed reply. */
export const LAST = "0\r\n\r\n";

/** Text and bytes as they are, anything else as JSON. */
export function bytesOf(body: unknown): Uint8Array {
  return Buffer.from(typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body));
}
