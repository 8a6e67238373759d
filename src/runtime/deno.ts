import { files } from "./files.ts";
import type { Host, ServeOptions, Server } from "./host.ts";
import { openDatabase } from "./sqlite.ts";
import { system } from "./system.ts";

const root = new URL("../../", import.meta.url);

export const host: Host = {
  ...system,
  runtime: "deno",
  runtimeVersion: Deno.version.deno,
  compiled: false,
  files,
  openDatabase,
  fetch: fetchWhole,
  asset: (name) => Deno.readFile(new URL(name, root)),
  serve,
};

/** What Deno calls the encodings that it can undo. */
const ENCODINGS: Readonly<Record<string, CompressionFormat>> = { gzip: "gzip", "x-gzip": "gzip", deflate: "deflate" };

// Once a Response is collected, Deno 2.9.6 no longer ends the reading of its body when the signal aborts: a time limit
// passed unnoticed. It lives for as long as its signal.
const held = new WeakMap<AbortSignal, Response>();

/** The standard's fetch, where Deno's is not. */
async function fetchWhole(input: string | URL | Request, init?: RequestInit): Promise<Response> {
  const response = await fetch(input, init);
  if (init?.signal) held.set(init.signal, response);
  // What an upstream packs is left packed for who sets `accept-encoding`, and unpacked, with the same header, for others.
  const packed = new Headers(init?.headers).has("accept-encoding");
  const encoding = ENCODINGS[response.headers.get("content-encoding")?.toLowerCase() ?? ""];
  if (!response.body || !packed || !encoding) return response;
  return new Response(response.body.pipeThrough(new DecompressionStream(encoding)), response);
}

async function serve({ hostname, port, handler }: ServeOptions): Promise<Server> {
  const listening = Promise.withResolvers<number>();
  let pending = 0;
  const over = () => void pending--;
  const server = Deno.serve(
    { hostname, port, onListen: (address) => listening.resolve(address.port), onError: () => failure() },
    (request, { completed }) => {
      pending++;
      completed.then(over, over);
      return handler(request);
    },
  );
  return { port: await listening.promise, pending: () => pending, stop: () => server.shutdown() };
}

/** Only reached when the handler itself breaks, which it never should. */
function failure(): Response {
  return new Response(null, { status: 500 });
}
