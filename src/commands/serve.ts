import type { CommandContext } from "./run.ts";

/** Runs the router until a signal ends it. */
export async function serve(
  { host, build, settings }: CommandContext,
  { json = false }: { json?: boolean },
): Promise<boolean> {
  const running = await build.server(await settings(), settings);
  const ended = Promise.withResolvers<void>();
  let stopping = false;
  host.onSignal(["SIGINT", "SIGTERM"], () => {
    // The second signal means it: whoever sends it does not want to wait.
    if (stopping) host.exit(1);
    stopping = true;
    running.stop().then(ended.resolve, ended.reject);
  });
  host.onSignal(["SIGHUP"], () => void running.reload());
  // Only now: who reads it may send a signal at once.
  host.stdout(`${json ? JSON.stringify(running.summary) : running.banner}\n`);
  await ended.promise;
  return true;
}
