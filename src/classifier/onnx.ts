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
  for (const graph of messages(model, GRAPH)) {
    for (const bytes of messages(graph, INITIALIZER)) {
      const tensor: Tensor = { shape: [], bytes: new Uint8Array() };
      let name = "";
      for (const { field, value } of fields(bytes)) {
        if (field === TENSOR.dims) tensor.shape.push(...(typeof value === "number" ? [value] : numbers(value)));
        if (typeof value === "number") continue;
        if (field === TENSOR.name) name = new TextDecoder().decode(value);
        // Packed floats lie as raw ones do.
        if (field === TENSOR.raw || field === TENSOR.floats) tensor.bytes = value;
      }
      tensors.set(name, tensor);
    }
  }
  if (tensors.size === 0) throw new Error("Cannot read the model: it is no ONNX file with weights");
  return tensors;
}

/** The messages that a field of a message holds. */
function* messages(message: Uint8Array, of: number): Generator<Uint8Array> {
  for (const { field, value } of fields(message)) if (field === of && typeof value !== "number") yield value;
}

/** A field: one number, or bytes that have a length. */
interface Field {
  field: number;
  value: number | Uint8Array;
}

/** The fields of a message in their order. */
function* fields(message: Uint8Array): Generator<Field> {
  const cursor = createCursor(message);
  while (!cursor.over) {
    const tag = cursor.varint();
    const wire = tag % 8;
    const value = wire === 0
      ? cursor.varint()
      : cursor.take(wire === 2 ? cursor.varint() : wire === 1 ? 8 : wire === 5 ? 4 : Number.NaN);
    yield { field: Math.floor(tag / 8), value };
  }
}

/** Numbers that lie one after the other. */
function numbers(bytes: Uint8Array): number[] {
  const cursor = createCursor(bytes);
  const found: number[] = [];
  while (!cursor.over) found.push(cursor.varint());
  return found;
}

/** Reads bytes from their beginning. Throws where there are not as many as are asked for. */
function createCursor(bytes: Uint8Array) {
  let at = 0;
  const damaged = () => new Error("Cannot read the model: it is cut short or no ONNX file");
  return {
    get over() {
      return at >= bytes.length;
    },
    /** A number, seven bits a byte, the lowest first. */
    varint(): number {
      let value = 0;
      for (let scale = 1;; scale *= 128) {
        const byte = bytes[at++];
        if (byte === undefined || scale > 2 ** 56) throw damaged();
        value += (byte & 127) * scale;
        if (byte < 128) return value;
      }
    },
    take(length: number): Uint8Array {
      if (!(at + length <= bytes.length)) throw damaged();
      return bytes.subarray(at, at += length);
    },
  };
}
