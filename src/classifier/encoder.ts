import { readInitializers, type Tensor } from "./onnx.ts";
import { DIMENSIONS } from "./static.ts";
import { MAX_TOKENS } from "./tokenizer.ts";

/** States (s × 384, row-major) → the mean over s of the states after the encoder's layers, 384. Blocks its thread. */
export interface Encoder {
  encode(states: Float32Array): Float32Array<ArrayBuffer>;
}

/** What models/kernel.wasm exports; see kernel/*.as for what each does. Addresses are in bytes. */
export interface Kernel {
  memory: WebAssembly.Memory;
  pack(weights: number, depth: number, columns: number, to: number): void;
  quantize(x: number, rows: number, depth: number, q: number, scales: number): void;
  // deno-fmt-ignore
  multiply(q: number, scales: number, rows: number, depth: number, weights: number, columns: number, factors: number, bias: number, out: number): void;
  attend(qkv: number, rows: number, out: number, work: number): void;
  normalize(a: number, b: number, rows: number, weight: number, bias: number, out: number): void;
  gelu(x: number, count: number): void;
  merge(x: number, rows: number): void;
  average(x: number, rows: number, out: number): void;
}

/** Weights in the kernel's memory: packed, a factor a column, a bias a column. */
interface Matrix {
  depth: number;
  columns: number;
  weights: number;
  factors: number;
  bias: number;
}

interface Layer {
  attention: Matrix;
  projection: Matrix;
  inner: Matrix;
  outer: Matrix;
  middle: { weight: number; bias: number };
  last: { weight: number; bias: number };
}

const LAYERS = 6;
const INNER = 4 * DIMENSIONS;
/** After so many layers neighbours of a text with more than so many tokens are merged: as the encoder was trained. */
const MERGED_AFTER = 3;
const MERGED_ABOVE = 16;
const PAGE = 65_536;

/**
 * The transformer: int8 weights, activations quantised a row to 14 bits, by `kernel.wasm`; the same bits on every
 * machine. `model`: `encoder.onnx`. Throws when it does not hold the weights that belong there.
 */
export async function createEncoder(kernel: Uint8Array<ArrayBuffer>, model: Uint8Array<ArrayBuffer>): Promise<Encoder> {
  const { instance } = await WebAssembly.instantiate(kernel);
  const { memory, ...run } = instance.exports as unknown as Kernel;
  const claim = createClaim(memory);
  const states = claim(MAX_TOKENS * DIMENSIONS * 4);
  const middle = claim(MAX_TOKENS * DIMENSIONS * 4);
  // Queries, keys and values; the widened states; and, while loading, a matrix as it comes.
  const wide = claim(Math.max(MAX_TOKENS * INNER * 4, DIMENSIONS * INNER));
  const narrow = claim(MAX_TOKENS * DIMENSIONS * 4);
  const quantized = claim(MAX_TOKENS * INNER * 2);
  const scales = claim(MAX_TOKENS * 4);
  const work = claim(33 * 64 * 4);
  const mean = claim(DIMENSIONS * 4);
  const layers = loadLayers(readInitializers(model), { memory, pack: run.pack, claim, raw: wide });

  const multiply = (x: number, rows: number, { depth, columns, weights, factors, bias }: Matrix, out: number) => {
    run.quantize(x, rows, depth, quantized, scales);
    run.multiply(quantized, scales, rows, depth, weights, columns, factors, bias, out);
  };
  const pass = (rows: number, layer: Layer) => {
    multiply(states, rows, layer.attention, wide);
    run.attend(wide, rows, narrow, work);
    multiply(narrow, rows, layer.projection, middle);
    run.normalize(middle, states, rows, layer.middle.weight, layer.middle.bias, middle);
    multiply(middle, rows, layer.inner, wide);
    run.gelu(wide, rows * INNER);
    multiply(wide, rows, layer.outer, narrow);
    run.normalize(narrow, middle, rows, layer.last.weight, layer.last.bias, states);
  };
  return {
    encode(given) {
      let rows = given.length / DIMENSIONS;
      if (!Number.isInteger(rows) || rows < 1 || rows > MAX_TOKENS) {
        throw new Error(`Cannot encode: ${given.length} numbers are not 1 to ${MAX_TOKENS} states of ${DIMENSIONS}`);
      }
      new Float32Array(memory.buffer, states, given.length).set(given);
      for (const [at, layer] of layers.entries()) {
        if (at === MERGED_AFTER && rows > MERGED_ABOVE) {
          run.merge(states, rows);
          rows = Math.ceil(rows / 2);
        }
        pass(rows, layer);
      }
      run.average(states, rows, mean);
      return new Float32Array(memory.buffer, mean, DIMENSIONS).slice();
    },
  };
}

/** Room for so many bytes in the kernel's memory, which grows: its address. */
type Claim = (bytes: number) => number;

export function createClaim(memory: WebAssembly.Memory): Claim {
  // The module's own first page stays its own.
  let free = PAGE;
  return (bytes) => {
    const at = free;
    free += Math.ceil(bytes / 16) * 16;
    const missing = Math.ceil((free - memory.buffer.byteLength) / PAGE);
    if (missing > 0) memory.grow(missing);
    return at;
  };
}

interface Loading extends Pick<Kernel, "memory" | "pack"> {
  claim: Claim;
  /** Where weights may lie until they are packed. */
  raw: number;
}

/** The model's weights into the kernel's memory. On its own, so that nothing holds the model's bytes afterwards. */
function loadLayers(tensors: ReadonlyMap<string, Tensor>, { memory, pack, claim, raw }: Loading): Layer[] {
  const tensor = (name: string, bytes: number): Tensor => {
    const found = tensors.get(name);
    if (found?.bytes.length === bytes) return found;
    throw new Error(`Cannot load the encoder: its model has no tensor "${name}" of ${bytes} bytes`);
  };
  const put = (name: string, length: number) => {
    const { bytes } = tensor(name, length * 4);
    const at = claim(bytes.length);
    new Uint8Array(memory.buffer).set(bytes, at);
    return at;
  };
  const matrix = (name: string, bias: string, depth: number, columns: number): Matrix => {
    const { bytes } = tensor(`${name}_quantized`, depth * columns);
    new Uint8Array(memory.buffer).set(bytes, raw);
    const weights = claim(2 * bytes.length);
    pack(raw, depth, columns, weights);
    return { depth, columns, weights, factors: put(`${name}_scale`, columns), bias: put(bias, columns) };
  };
  return Array.from({ length: LAYERS }, (_, at): Layer => ({
    attention: matrix(`wqkv${at}`, `bqkv${at}`, DIMENSIONS, 3 * DIMENSIONS),
    projection: matrix(`wo${at}`, `bo${at}`, DIMENSIONS, DIMENSIONS),
    inner: matrix(`wi${at}`, `bi${at}`, DIMENSIONS, INNER),
    outer: matrix(`w2${at}`, `b2${at}`, INNER, DIMENSIONS),
    middle: { weight: put(`g1${at}`, DIMENSIONS), bias: put(`b1${at}`, DIMENSIONS) },
    last: { weight: put(`g2${at}`, DIMENSIONS), bias: put(`h2${at}`, DIMENSIONS) },
  }));
}
