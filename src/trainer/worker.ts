import type { FromTrainer, ToTrainer } from "./messages.ts";
import { RECIPE } from "./recipe.ts";
import { train } from "./train.ts";

// Runs in a thread of its own, so that requests are answered while heads are fitted.
const port = globalThis as unknown as {
  onmessage: (event: MessageEvent<ToTrainer>) => void;
  postMessage: (message: FromTrainer) => void;
};

/** Progress is told at most so often, ms. */
const EVERY_MS = 100;

port.onmessage = ({ data: { examples, features, options } }) => {
  try {
    const training = train(examples, features, { ...RECIPE, ...options });
    let told = 0;
    let step = training.next();
    for (; !step.done; step = training.next()) {
      if (performance.now() - told < EVERY_MS) continue;
      told = performance.now();
      port.postMessage({ type: "progress", progress: step.value });
    }
    port.postMessage({ type: "trained", ...step.value });
  } catch (error) {
    port.postMessage({ type: "failed", message: error instanceof Error ? error.message : String(error) });
  }
};
