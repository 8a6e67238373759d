import { connect } from "node:net";

/**
 * Writes bytes as they are to the server and gives all that it says until it hangs up, or is silent for `quietMs`: what
 * no HTTP client would send.
 */
export function exchange(url: string, bytes: string | Uint8Array, quietMs = 1500): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname);
    let said = "";
    const end = () => {
      socket.destroy();
      resolve(said);
    };
    socket.setTimeout(quietMs, end);
    socket.on("data", (piece) => said += piece.toString("latin1"));
    // A server may hang up on nonsense in any way that it likes.
    socket.on("error", end);
    socket.on("close", end);
    socket.on("connect", () => socket.write(bytes));
  });
}

/** The statuses of the answers in what a server said. */
export function statusesIn(said: string): number[] {
  return [...said.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status));
}
