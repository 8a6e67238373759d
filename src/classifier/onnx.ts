/** A tensor that an ONNX file holds: its bytes as they lie there, little-endian. */
export interface Tensor {
  shape: number[];
  bytes: Uint8Array;
}

// Numbers of fields in onnx.proto3: ModelProto.graph, GraphProto.initializer, and of TensorProto what is read.
const GRAPH = 7;
const INITIALIZER = 5;
const TENSOR = { dims: 1, floats: 4, name: 8, raw: 9 };

/**
 * The initializers of an ONNX model, by name: what the encoder needs of the format. Throws when the bytes are no
 * protocol buffer or hold no graph.
 */
export function readInitializers(model: Uint8Array): Map<string, Tensor> {
  const tensors = new Map<string, Tensor>();
  for (const graph of fields(model, GRAPH)) {
    for (const bytes of fields(graph.bytes, INITIALIZER)) {
      const tensor: Tensor = { shape: [], bytes: new Uint8Array() };
      let name = "";
      for (const { field, bytes: value, number } of fields(bytes.bytes)) {
        if (field === TENSOR.name) name = new TextDecoder().decode(value);
        // Packed floats lie as raw ones do.
        else if (field === TENSOR.raw || field === TENSOR.floats) tensor.bytes = value;
        else if (field === TENSOR.dims) tensor.shape.push(...(value.length > 0 ? packed(value) : [number]));
      }
      tensors.set(name, tensor);
    }
  }
  if (tensors.size === 0) throw new Error("Cannot read the model: it is no ONNX file with weights");
  return tensors;
}

interface Field {
  field: number;
  /** Of a field with a length; empty otherwise. */
  bytes: Uint8Array;
  /** Of a field that is one number; 0 otherwise. */
  number: number;
}

/** The fields of a message in their order; with `only`, those of that number. */
function* fields(message: Uint8Array, only?: number): Generator<Field> {
  let at = 0;
  const varint = () => {
    let value = 0;
    for (let scale = 1;; scale *= 128) {
      const byte = message[at++];
      if (byte === undefined || scale > 2 ** 56) {
        throw new Error("Cannot read the model: it is cut short or no ONNX file");
      }
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const tag = varint();
    const field = Math.floor(tag / 8);
    const wire = tag % 8;
    const found: Field = { field, bytes: new Uint8Array(), number: 0 };
    if (wire === 0) found.number = varint();
    else {
      const length = wire === 2 ? varint() : wire === 1 ? 8 : wire === 5 ? 4 : Number.NaN;
      if (!(at + length <= message.length)) throw new Error("Cannot read the model: it is cut short or no ONNX file");
      found.bytes = message.subarray(at, at += length);
    }
    if (only === undefined || only === field) yield found;
  }
}

/** Numbers one after the other, seven bits a byte. */
function packed(bytes: Uint8Array): number[] {
  const numbers: number[] = [];
  let [value, scale] = [0, 1];
  for (const byte of bytes) {
    value += (byte & 127) * scale;
    scale *= 128;
    if (byte >= 128) continue;
    numbers.push(value);
    [value, scale] = [0, 1];
  }
  return numbers;
}
