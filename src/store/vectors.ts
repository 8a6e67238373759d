import { DIMENSIONS } from "../classifier/static.ts";

/** Deep vectors by text key (`hashOf`): what would cost an encoding to have again. */
export type Vectors = ReadonlyMap<string, Float32Array<ArrayBuffer>>;

const KEY_BYTES = 16;
const VERSION_BYTES = 16;
/** Key, scale (float32, little-endian), int8 values. */
const RECORD_BYTES = KEY_BYTES + 4 + DIMENSIONS;

/** Vectors → bytes, int8 with one scale each: an eighth of a percent of precision, a quarter of the size. `version`: whose vectors. */
export function packVectors(vectors: Vectors, version: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(VERSION_BYTES + vectors.size * RECORD_BYTES);
  const view = new DataView(bytes.buffer);
  writeKey(bytes, 0, version);
  let at = VERSION_BYTES;
  for (const [key, vector] of vectors) {
    const scale = vector.reduce((most, value) => Math.max(most, Math.abs(value)), 1e-9) / 127;
    writeKey(bytes, at, key);
    view.setFloat32(at + KEY_BYTES, scale, true);
    vector.forEach((value, d) => view.setInt8(at + KEY_BYTES + 4 + d, Math.round(value / scale)));
    at += RECORD_BYTES;
  }
  return bytes;
}

/** Bytes → vectors; none when they are damaged or another encoder's: they can be had again. */
export function unpackVectors(
  bytes: Uint8Array<ArrayBuffer> | undefined,
  version: string,
): Map<string, Float32Array<ArrayBuffer>> {
  const vectors = new Map<string, Float32Array<ArrayBuffer>>();
  if (!bytes || readKey(bytes, 0) !== version || (bytes.length - VERSION_BYTES) % RECORD_BYTES !== 0) return vectors;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  for (let at = VERSION_BYTES; at < bytes.length; at += RECORD_BYTES) {
    const scale = view.getFloat32(at + KEY_BYTES, true);
    const vector = new Float32Array(DIMENSIONS);
    for (let d = 0; d < DIMENSIONS; d++) vector[d] = view.getInt8(at + KEY_BYTES + 4 + d) * scale;
    vectors.set(readKey(bytes, at), vector);
  }
  return vectors;
}

function writeKey(bytes: Uint8Array, at: number, key: string): void {
  for (let byte = 0; byte < KEY_BYTES; byte++) bytes[at + byte] = key.charCodeAt(byte) & 255;
}

function readKey(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + KEY_BYTES));
}
