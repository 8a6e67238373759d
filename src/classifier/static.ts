import { MAX_TOKENS } from "./tokenizer.ts";

/** Numbers in one state of the encoder. */
export const DIMENSIONS = 384;

const EPSILON = 1e-12;

/** What the embedding layer makes of a text. */
export interface Embedding {
  /** s × 384, row-major: the encoder's input. */
  states: Float32Array<ArrayBuffer>;
  /** 384: their mean over the tokens, the static vector. */
  mean: Float32Array<ArrayBuffer>;
}

/** Token ids (at most 64) → states. */
export type Embed = (ids: readonly number[]) => Embedding;

/**
 * The embedding layer of MiniLM in plain TypeScript: `layerNorm(token · scale + position)` for each token.
 * `bytes`: `embed.safetensors`. Throws when the file does not hold the tensors that belong there.
 */
export function createEmbedding(bytes: Uint8Array<ArrayBuffer>): Embed {
  const tensors = readTensors(bytes);
  const tokens = new Int8Array(...tensors("token.int8", "I8"));
  const scales = new Float32Array(...tensors("token.scale", "F32"));
  const positions = new Float32Array(...tensors("position", "F32"));
  const weight = new Float32Array(...tensors("norm.weight", "F32"));
  const bias = new Float32Array(...tensors("norm.bias", "F32"));
  return (ids) => {
    const length = Math.min(ids.length, MAX_TOKENS);
    const states = new Float32Array(length * DIMENSIONS);
    const mean = new Float32Array(DIMENSIONS);
    for (let t = 0; t < length; t++) {
      const row = t * DIMENSIONS;
      const id = ids[t]!;
      const scale = scales[id]!;
      let sum = 0;
      let squares = 0;
      for (let d = 0; d < DIMENSIONS; d++) {
        const value = tokens[id * DIMENSIONS + d]! * scale + positions[row + d]!;
        states[row + d] = value;
        sum += value;
        squares += value * value;
      }
      const average = sum / DIMENSIONS;
      const spread = 1 / Math.sqrt(squares / DIMENSIONS - average * average + EPSILON);
      for (let d = 0; d < DIMENSIONS; d++) {
        const value = (states[row + d]! - average) * spread * weight[d]! + bias[d]!;
        states[row + d] = value;
        mean[d]! += value / length;
      }
    }
    return { states, mean };
  };
}

type Place = [buffer: ArrayBuffer, offset: number, length: number];

/** Finds tensors in a safetensors file: 8 bytes of header length, a JSON header, then the data. */
function readTensors(bytes: Uint8Array<ArrayBuffer>): (name: string, type: "I8" | "F32") => Place {
  const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  const start = bytes.byteOffset + 8 + headerLength;
  return (name, type) => {
    const tensor = header[name];
    if (tensor?.dtype !== type) throw new Error(`Cannot load the embedding table: it has no ${type} tensor "${name}"`);
    const [from, to] = tensor.data_offsets as [number, number];
    const size = type === "F32" ? 4 : 1;
    // Typed arrays want their offset aligned; where the file's is not, the tensor is copied out.
    if ((start + from) % size === 0) return [bytes.buffer, start + from, (to - from) / size];
    return [bytes.buffer.slice(start + from, start + to), 0, (to - from) / size];
  };
}
