import type { Classifier } from "../classifier/classifier.ts";
import type { Config } from "../config.ts";
import type { Status } from "../http/health.ts";
import type { Log } from "../log.ts";
import type { Job } from "../trainer/job.ts";
import { buildClassifier, buildJob, type BuildParts } from "./judging.ts";
import { warmUp } from "./warm.ts";

/** A classifier that serves, for as long as configurations ask for the same one. */
export interface Classifying {
  classifier: Classifier;
  job: Job;
  status(): Status;
  /** It judges, or still may: it did not fail to load. */
  judges(): boolean;
  /** Whether a configuration is content with it. */
  fits(config: Config): boolean;
  /** Does work that needs it. */
  during<T>(work: () => T | Promise<T>): Promise<T>;
  /** Ends its threads once the work under way is done. */
  retire(): void;
}

interface ClassifyingParts {
  parts: BuildParts;
  config: Config;
  log: Log;
  /** A head's labels in the order of the tiers served now. Throws RouterError 400 when it could not serve them. */
  orderOf: (labels: readonly string[]) => readonly string[];
}

export function createClassifying({ parts, config, log, orderOf }: ClassifyingParts): Classifying {
  const built = buildClassifier(parts, config, log);
  const { classifier } = built;
  const kind = kindOf(config);
  let status: Status = "starting";
  let judges = true;
  let underWay = 0;
  let retired = false;
  classifier.deepReady.then(() => status = "ok", () => status = "degraded");
  classifier.ready.catch((error) => {
    judges = false;
    log.error("The classifier cannot be loaded: only requests that name a tier are served", { error: String(error) });
  });
  // Where there is no classifier, there is nothing to warm up.
  warmUp(classifier).catch(() => {});
  const closeWhenIdle = () => {
    if (retired && underWay === 0) void classifier.close();
  };
  return {
    classifier,
    job: buildJob(parts, config, built, orderOf),
    status: () => status,
    judges: () => judges,
    fits: (other) => kindOf(other) === kind,
    async during(work) {
      underWay++;
      try {
        return await work();
      } finally {
        underWay--;
        closeWhenIdle();
      }
    },
    retire() {
      retired = true;
      closeWhenIdle();
    },
  };
}

/** What a classifier is built from: with the same, the same one serves on. */
function kindOf({ CLASSIFIER_WORKERS, CLASSIFY_DEADLINE_MS, DATA_DIR }: Config): string {
  return JSON.stringify([CLASSIFIER_WORKERS, CLASSIFY_DEADLINE_MS, DATA_DIR]);
}
