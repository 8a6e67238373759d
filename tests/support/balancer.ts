import { type AddressInfo, connect, createServer, type Socket } from "node:net";

/** A load balancer as plain as can be: each connection goes to the next backend that takes it. */
export interface Balancer {
  url: string;
  /** Connections that each backend got, in the order of the backends. */
  counts: () => readonly number[];
  close(): Promise<void>;
}

/** `urls`: of the backends. One that refuses is passed over. */
export async function startBalancer(urls: readonly string[]): Promise<Balancer> {
  const ports = urls.map((url) => Number(new URL(url).port));
  const counts = ports.map(() => 0);
  const sockets = new Set<Socket>();
  let next = 0;
  const server = createServer((client) => {
    sockets.add(client);
    client.on("close", () => sockets.delete(client)).on("error", () => client.destroy());
    const attempt = (left: number): void => {
      if (left === 0) return void client.destroy();
      const at = next++ % ports.length;
      let taken = false;
      const backend = connect(ports[at] ?? 0, "127.0.0.1", () => {
        taken = true;
        counts[at] = (counts[at] ?? 0) + 1;
        client.pipe(backend).pipe(client);
      });
      sockets.add(backend);
      client.on("close", () => backend.destroy());
      backend.on("close", () => {
        sockets.delete(backend);
        if (taken) client.destroy();
      });
      backend.on("error", () => taken ? client.destroy() : attempt(left - 1));
    };
    attempt(ports.length);
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    counts: () => counts,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
