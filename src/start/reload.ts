import { changesBetween, type Config, type Settings } from "../config.ts";
import { SettingsError } from "../errors.ts";
import type { Reload } from "../http/reload.ts";
import type { Log } from "../log.ts";
import type { Host } from "../runtime/host.ts";
import type { BuildParts } from "./judging.ts";
import { createClassifying } from "./classifying.ts";
import { createClockWatch } from "./clock.ts";
import { fittingHead, servable } from "./fitting.ts";
import { tracesSettings } from "../traces/settings.ts";
import { readKeys } from "./keys.ts";
import { createLasting } from "./lasting.ts";
import { createServing, type Serving } from "./serving.ts";

/** What only a new start can change: the socket listens, and what is open stays open. */
const FIXED: ReadonlySet<string> = new Set([
  "HOST",
  "PORT",
  "DECISION_LOG",
  "HISTORY",
  "HISTORY_TEXT",
  "STATE_URL",
  "STATE_DEADLINE_MS",
  ...Object.keys(tracesSettings),
]);

type Keys = Awaited<ReturnType<typeof readKeys>>;

/** A server's inside, without its socket: answers by the configuration of the day. */
export interface Reloadable {
  serving(): Serving;
  answer(request: Request): Promise<Response>;
  /** Swaps the configuration whole, and says so in the log; one at a time. */
  reload: Reload;
  close(): Promise<void>;
}

interface ReloadableParts {
  parts: BuildParts;
  first: Settings;
  /** Reads the settings as they are now. Throws SettingsError. */
  read: () => Promise<Settings>;
  draining: () => boolean;
  /** Requests under way. */
  pending: () => number;
}

/**
 * Builds a server's inside. A request is answered to its end by the configuration that it came in under; what must
 * outlive a configuration (sessions, breaker, classifier, …) is handed from one to the next.
 */
export async function createReloadable(
  { parts: given, first, read, draining, pending }: ReloadableParts,
): Promise<Reloadable> {
  const { host } = given;
  const firstKeys = await readKeys(host, first.config);
  let settings = first;
  const lasting = await createLasting(host, first.config);
  const { log, now, sharing } = lasting;
  const parts = { ...given, heads: sharing?.heads };
  await fittingHead(parts, first.config);
  const lookAtClock = createClockWatch({ wall: () => Date.now(), steady: now, log });
  await warnOfUnwritable(host, first.config, log);
  const classifyingOf = (config: Config) =>
    createClassifying({ parts, config, log, orderOf: (labels) => servable(labels, settings.config) });
  const servingOf = (config: Config, keys: Keys, by: typeof classifying) => {
    const made: Serving = createServing({
      ...{ host, config, keys, lasting, classifying: by, draining, pending, reload },
      replaced: () => serving !== made,
    });
    return made;
  };

  const swap: Reload = async () => {
    const next = await read();
    const keys = await readKeys(host, next.config);
    const { head, warning } = await fittingHead(parts, next.config);
    const kept = classifying.fits(next.config);
    const taking = kept ? classifying : classifyingOf(next.config);
    if (!kept) await upOrClosed(taking);
    const changes = changesBetween(settings, next);
    serving = servingOf(next.config, keys, taking);
    lasting.follow(next.config, serving.tiers);
    if (!kept) classifying.retire();
    [settings, classifying] = [next, taking];
    // Another process may have trained it.
    taking.classifier.swap(head);
    if (kept && warning) log.warning("The shipped head serves", { why: warning });
    await warnOfUnwritable(host, next.config, log);
    return {
      reloaded: true,
      changed: changes.filter((name) => !FIXED.has(name)),
      needs_restart: changes.filter((name) => FIXED.has(name)),
    };
  };

  let last: Promise<unknown> = Promise.resolve();
  const reload: Reload = () => {
    const mine = last.then(swap);
    last = mine.then(({ changed, needs_restart }) => {
      log.info("Reloaded the settings", { changed: changed.join(", ") || "nothing" });
      if (needs_restart.length > 0) {
        log.warning("Some changed settings need a new start", { settings: needs_restart.join(", ") });
      }
    }, (error) => {
      const why = error instanceof SettingsError ? error.message.replaceAll("\n", "; ") : String(error);
      log.error("Cannot reload the settings: the old ones serve on", { error: why });
    });
    return mine;
  };

  let classifying = classifyingOf(first.config);
  let serving = servingOf(first.config, firstKeys, classifying);
  lasting.follow(first.config, serving.tiers);
  lasting.ledger.watch(() => classifying.classifier.waiting());
  sharing?.follow((head) => classifying.classifier.swap(head));
  return {
    serving: () => serving,
    answer: (request) => {
      lookAtClock();
      const { answer } = serving;
      return classifying.during(() => answer(request));
    },
    reload,
    async close() {
      await lasting.close();
      await classifying.classifier.close();
    },
  };
}

/** Waits until a new classifier is wholly up, so that no request meets a half one. Closes it when it cannot be. */
async function upOrClosed({ classifier }: ReturnType<typeof createClassifying>): Promise<void> {
  try {
    await classifier.deepReady;
  } catch (cause) {
    await classifier.close();
    throw new Error("Cannot load the classifier with the new settings", { cause });
  }
}

/** Serving needs no disk; what is to be kept does. */
async function warnOfUnwritable(host: Host, { DATA_DIR }: Config, log: Log): Promise<void> {
  const why = await host.files.unwritable(DATA_DIR);
  if (why !== undefined) log.warning("DATA_DIR cannot be written to: what should be kept there will be lost", { why });
}
