import type { CompleteFeatures } from "../classifier/cache.ts";
import type { Head } from "../classifier/head.ts";
import type { Example } from "./example.ts";
import type { FitOptions } from "./job.ts";
import type { FromTrainer, ToTrainer } from "./messages.ts";
import type { TrainProgress, TrainReport } from "./train.ts";

/** `train` in a Worker of its own, which ends with it. Rejects when the Worker fails. */
export function createFit(createWorker: () => Worker) {
  return (
    examples: readonly Example[],
    features: readonly CompleteFeatures[],
    options: FitOptions,
    onProgress: (progress: TrainProgress) => void,
  ): Promise<{ head: Head; report: TrainReport }> =>
    new Promise<{ head: Head; report: TrainReport }>((resolve, reject) => {
      const worker = createWorker();
      const end = (settle: () => void) => {
        worker.terminate();
        settle();
      };
      worker.onmessage = ({ data }: MessageEvent<FromTrainer>) => {
        if (data.type === "progress") return onProgress(data.progress);
        if (data.type === "failed") return end(() => reject(new Error(`Cannot train: ${data.message}`)));
        end(() => resolve(data));
      };
      worker.onerror = (event) => {
        event.preventDefault();
        end(() => reject(new Error(`Cannot train: ${event.message}`)));
      };
      const message: ToTrainer = { examples, features, options };
      worker.postMessage(message);
    });
}
