import { files } from "./files.ts";
import type { Host, ServeOptions, Server } from "./host.ts";
import { openDatabase } from "./sqlite.ts";
import { system } from "./system.ts";

// What we use of Bun, in its own words: `@types/bun` and Deno's types cannot live in one project.
declare const Bun: {
  version: string;
  embeddedFiles: unknown[];
  file(path: URL | string): { bytes(): Promise<Uint8Array<ArrayBuffer>> };
  serve(options: Record<string, unknown>): {
    port: number;
    pendingRequests: number;
    stop(closeActive?: boolean): Promise<void>;
  };
};

const compiled = Bun.embeddedFiles.length > 0;

/** Where the program's own files lie: in the single file beside the bundle, else two folders up. */
const root = new URL(compiled ? "./" : "../../", import.meta.url);

export const host: Host = {
  ...system,
  runtime: "bun",
  runtimeVersion: Bun.version,
  compiled,
  files,
  openDatabase,
  // Bun ends a fetch after 300 s, and models may think for longer: https://github.com/oven-sh/bun/issues/6217
  fetch: Object.assign(
    (input: string | URL | Request, init?: RequestInit) => fetch(input, { ...init, timeout: false } as RequestInit),
    { preconnect: () => {} },
  ),
  asset: (name) => Bun.file(new URL(name, root)).bytes(),
  serve,
};

function serve({ hostname, port, handler }: ServeOptions): Promise<Server> {
  const server = Bun.serve({
    hostname,
    port,
    // Bun hangs up on a reply that is silent for 10 s; models think for longer. `send` keeps the time.
    idleTimeout: 0,
    // The limit is ours (`MAX_BODY_MB`), with an error that says so; Bun's own answer has no body.
    maxRequestBodySize: Number.MAX_SAFE_INTEGER,
    development: false,
    // Left out, a second router started on the same port unasked and took half of the requests (Bun 1.4.5).
    reusePort: false,
    fetch: handler,
  });
  return Promise.resolve({ port: server.port, pending: () => server.pendingRequests, stop: () => server.stop() });
}
