import type { CommandContext } from "./run.ts";

/** The longest wait for the server's answer, ms. */
const PATIENCE_MS = 5000;

/** Asks the router that runs with these settings how it is. False when it does not answer. */
export async function health({ host, config }: CommandContext, options: { json?: boolean }): Promise<boolean> {
  const { HOST, PORT } = await config();
  const address = ["0.0.0.0", "::"].includes(HOST) ? "127.0.0.1" : HOST;
  const url = `http://${address.includes(":") ? `[${address}]` : address}:${PORT}/health`;
  try {
    const response = await host.fetch(url, { signal: AbortSignal.timeout(PATIENCE_MS) });
    const report = await response.json();
    host.stdout(`${options.json ? JSON.stringify(report) : `${report.status} (version ${report.version}, ${url})`}\n`);
    return response.ok;
  } catch (cause) {
    const why = cause instanceof Error && cause.name === "TimeoutError"
      ? "it does not answer"
      : "nothing listens there";
    host.stdout(`${options.json ? JSON.stringify({ status: "unreachable" }) : `unreachable: ${url}: ${why}`}\n`);
    return false;
  }
}
