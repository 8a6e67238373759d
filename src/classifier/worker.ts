import { createEncoder, type Encoder } from "./encoder.ts";
import type { FromWorker, ToWorker } from "./messages.ts";
import { DIMENSIONS } from "./static.ts";

// Runs in a thread of its own, so that a stream never stutters while a prompt is judged.
const port = globalThis as unknown as {
  onmessage: (event: MessageEvent<ToWorker>) => void;
  postMessage: (message: FromWorker, transfer?: ArrayBuffer[]) => void;
};

/** Lengths run once before the first request: the engine compiles on the way, and memory is claimed. */
const WARM_UP_TOKENS = [8, 24, 64, 64];

let encoder: Encoder | undefined;

port.onmessage = async ({ data }) => {
  const id = data.type === "encode" ? data.id : undefined;
  try {
    if (data.type === "load") {
      encoder = await createEncoder(data.kernel, data.model);
      for (const tokens of WARM_UP_TOKENS) encoder.encode(new Float32Array(tokens * DIMENSIONS).fill(0.1));
      return port.postMessage({ type: "ready" });
    }
    if (!encoder) throw new Error("the encoder is not loaded");
    const vector = encoder.encode(data.states);
    port.postMessage({ type: "encoded", id: data.id, vector }, [vector.buffer]);
  } catch (error) {
    port.postMessage({ type: "failed", id, message: error instanceof Error ? error.message : String(error) });
  }
};
