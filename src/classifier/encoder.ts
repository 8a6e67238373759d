import { DIMENSIONS } from "./static.ts";

/** States (s × 384, row-major) → the mean over s of the states after the encoder's layers, 384. */
export interface Encoder {
  encode(states: Float32Array): Promise<Float32Array<ArrayBuffer>>;
}

/**
 * The transformer, int8, on ONNX Runtime's WASM build, one thread. Blocks its thread while it runs: belongs in a
 * Worker. `wasm`: the runtime itself; `model`: `encoder.onnx`.
 */
export async function createEncoder(wasm: Uint8Array<ArrayBuffer>, model: Uint8Array<ArrayBuffer>): Promise<Encoder> {
  // In a Deno Worker the page's address is no address, and the WASM build of ONNX Runtime breaks on it.
  if (globalThis.location?.origin === "null") Reflect.deleteProperty(globalThis, "location");
  const { env, InferenceSession, Tensor } = await import("onnxruntime-web/wasm");
  env.wasm.wasmBinary = wasm;
  // More threads in one session hang Bun: several Workers are used instead.
  env.wasm.numThreads = 1;
  env.logLevel = "error";
  const session = await InferenceSession.create(model, { executionProviders: ["wasm"] });
  return {
    async encode(states) {
      const input = new Tensor("float32", states, [1, states.length / DIMENSIONS, DIMENSIONS]);
      const { pooled } = await session.run({ states: input });
      if (!(pooled?.data instanceof Float32Array)) throw new Error('Cannot encode: the model has no output "pooled"');
      // A copy of its own: the runtime reuses its memory.
      return Float32Array.from(pooled.data);
    },
  };
}
