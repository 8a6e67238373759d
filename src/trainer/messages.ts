import type { CompleteFeatures } from "../classifier/cache.ts";
import type { Head } from "../classifier/head.ts";
import type { Example } from "./example.ts";
import type { FitOptions } from "./job.ts";
import type { TrainProgress, TrainReport } from "./train.ts";

/** What the trainer's Worker is given. */
export interface ToTrainer {
  examples: readonly Example[];
  features: readonly CompleteFeatures[];
  options: FitOptions;
}

/** What it answers: progress, then one of the others. */
export type FromTrainer =
  | { type: "progress"; progress: TrainProgress }
  | { type: "trained"; head: Head; report: TrainReport }
  | { type: "failed"; message: string };
