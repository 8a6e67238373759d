import { banner, summary } from "./commands/banner.ts";
import type { Build, Running } from "./commands/run.ts";
import type { Config, Settings } from "./config.ts";
import { createExplain } from "./routing/explain.ts";
import type { Host, Server } from "./runtime/host.ts";
import { buildClassifier, buildJob, buildJudge, buildNeighbours, type BuildParts } from "./start/judging.ts";
import { fittingHead } from "./start/fitting.ts";
import { readKeys } from "./start/keys.ts";
import { createSendTo, logOf, newId } from "./start/lasting.ts";
import { createProbes } from "./start/probes.ts";
import { createReloadable } from "./start/reload.ts";
import { createSharing } from "./start/sharing.ts";
import { tiersOf } from "./start/serving.ts";
import { VERSION } from "./version.ts";

/** What commands can have built: the whole server, or the classifier alone. */
export function createBuild(parts: BuildParts): Build {
  const { host } = parts;
  const built = (config: Config) => buildClassifier(parts, config, logOf(host, config));
  return {
    server: (first, read) => startServer(parts, first, read),
    classifier: (config) => Promise.resolve(built(config).classifier),
    explainer(config) {
      const { classifier } = built(config);
      const sessions = { get: () => Promise.resolve(undefined) };
      const explain = createExplain({
        judge: buildJudge(classifier, config),
        classifier,
        neighbours: buildNeighbours(host),
        sessions,
      });
      return Promise.resolve({ explain, close: () => classifier.close() });
    },
    tiers: tiersOf,
    async fits(config) {
      await readKeys(host, config);
      await fittingHead(parts, config);
    },
    probes: (config) => createProbes(config, createSendTo(host), newId),
    async trainer(config) {
      // Routers that run serve it within seconds where they share their state.
      const sharing = await createSharing({ host, config: () => config, log: logOf(host, config) });
      const sharers = { ...parts, heads: sharing?.heads };
      const judging = buildClassifier(sharers, config, logOf(host, config));
      const tiers = config.tiers.map(({ name }) => name);
      // What serves is another process's: any labels will do, those of the settings in their order.
      const orderOf = (
        labels: readonly string[],
      ) => [...tiers.filter((tier) => labels.includes(tier)), ...labels.filter((label) => !tiers.includes(label))];
      const job = buildJob(sharers, config, judging, orderOf);
      return {
        ...job,
        async close() {
          sharing?.link.close();
          await judging.classifier.close();
        },
      };
    },
  };
}

/** Builds every part and listens; the classifier comes up meanwhile. */
async function startServer(parts: BuildParts, first: Settings, read: () => Promise<Settings>): Promise<Running> {
  const { host } = parts;
  let draining = false;
  let listening: Server | undefined;
  const inside = await createReloadable({
    parts,
    first,
    read,
    draining: () => draining,
    pending: () => listening?.pending() ?? 0,
  });
  const server = listening = await listen(host, first.config, inside.answer);
  const runtime = `${host.runtime} ${host.runtimeVersion}${host.compiled ? ", single file" : ""}`;
  const { tiers, keys } = inside.serving();
  const said = { config: first.config, keys, tiers, port: server.port, version: VERSION, runtime };
  return {
    banner: banner(said),
    summary: summary(said),
    port: server.port,
    // The log says what came of it.
    reload: () => inside.reload().then(() => {}, () => {}),
    async stop() {
      draining = true;
      await drained(server, inside.serving().drainSeconds * 1000);
      await inside.close();
    },
  };
}

async function listen(host: Host, { HOST, PORT }: Config, handler: (request: Request) => Response | Promise<Response>) {
  try {
    return await host.serve({ hostname: HOST, port: PORT, handler });
  } catch (cause) {
    const why = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    throw new Error(`Cannot listen on HOST ${HOST}, PORT ${PORT}: ${why}`, { cause });
  }
}

/** How often a server that drains is asked whether it is done, ms. */
const LOOK_MS = 20;

/** Resolves when no request is under way, or after `patienceMs`. Until then it listens: new requests hear why they are refused. */
async function drained(server: Server, patienceMs: number): Promise<void> {
  const began = performance.now();
  const left = () => patienceMs - (performance.now() - began);
  const wait = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms));
  while (server.pending() > 0 && left() > 0) await wait(Math.min(LOOK_MS, left()));
  // What came in during the last look may still finish.
  await Promise.race([server.stop(), wait(Math.max(left(), 0))]);
}
