// The arithmetic of the encoder in AssemblyScript: WASM with 128-bit SIMD, the same bits on every machine.
// `bun scripts/kernel.ts` compiles this folder into models/kernel.wasm. Matrices are row-major float32 at addresses of the
// module's memory, given by who calls; a buffer has room for its rows rounded up to four.
import { highest } from "./lanes";

/** Quantised numbers lie within ±LEVELS: 1,536 products with int8 then still fit 32 bits. */
const LEVELS: f32 = 8191;

/**
 * w (depth × columns, int8) → to: twelve columns after twelve, of each two numbers in turn, as `multiply` reads them, int16:
 * twice the memory, and a tenth less time than to widen them at each use.
 */
export function pack(w: usize, depth: usize, columns: usize, to: usize): void {
  for (let column: usize = 0; column < columns; column += 12) {
    for (let at: usize = 0; at < depth; at += 2) {
      const from = w + at * columns + column;
      for (let one: usize = 0; one < 12; one++) {
        store<i16>(to, load<i8>(from + one));
        store<i16>(to, load<i8>(from + one + columns), 2);
        to += 4;
      }
    }
  }
}

/**
 * x (rows × depth) → q (int16, a scale a row). Four rows lie beside each other, of each two numbers in turn: what a step
 * of `multiply` reads is in one place.
 */
export function quantize(x: usize, rows: usize, depth: usize, q: usize, scales: usize): void {
  for (let row: usize = 0; row < rows; row++) {
    const from = x + row * depth * 4;
    const end = from + depth * 4;
    let most = f32x4.splat(0);
    for (let at = from; at < end; at += 16) most = f32x4.pmax(most, f32x4.abs(v128.load(at)));
    const largest = highest(most);
    const factor = f32x4.splat(largest > 0 ? LEVELS / largest : 0);
    store<f32>(scales + row * 4, largest / LEVELS);
    let to = q + (row & ~3) * depth * 2 + (row & 3) * 4;
    for (let at = from; at < end; at += 32) {
      const low = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(at), factor)));
      const high = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(at, 16), factor)));
      const eight = i16x8.narrow_i32x4_s(low, high);
      v128.store_lane<i32>(to, eight, 0, 0);
      v128.store_lane<i32>(to, eight, 1, 16);
      v128.store_lane<i32>(to, eight, 2, 32);
      v128.store_lane<i32>(to, eight, 3, 48);
      to += 64;
    }
  }
}

/** q (of `quantize`) × w (of `pack`, a factor a column) + bias → out (rows × columns). */
export function multiply(
  q: usize, scales: usize, rows: usize, depth: usize, w: usize, columns: usize, factors: usize, bias: usize, out: usize,
): void {
  for (let column: usize = 0; column < columns; column += 12) {
    const block = w + column * depth * 2;
    const end = block + depth * 24;
    let row: usize = 0;
    for (; row + 2 < rows; row += 4) {
      let a = q + row * depth * 2;
      let c00 = i32x4.splat(0), c01 = i32x4.splat(0), c02 = i32x4.splat(0);
      let c10 = i32x4.splat(0), c11 = i32x4.splat(0), c12 = i32x4.splat(0);
      let c20 = i32x4.splat(0), c21 = i32x4.splat(0), c22 = i32x4.splat(0);
      let c30 = i32x4.splat(0), c31 = i32x4.splat(0), c32 = i32x4.splat(0);
      for (let b = block; b < end; b += 48) {
        const b0 = v128.load(b), b1 = v128.load(b, 16), b2 = v128.load(b, 32);
        const a0 = v128.load_splat<i32>(a);
        c00 = i32x4.add(c00, i32x4.dot_i16x8_s(a0, b0));
        c01 = i32x4.add(c01, i32x4.dot_i16x8_s(a0, b1));
        c02 = i32x4.add(c02, i32x4.dot_i16x8_s(a0, b2));
        const a1 = v128.load_splat<i32>(a, 4);
        c10 = i32x4.add(c10, i32x4.dot_i16x8_s(a1, b0));
        c11 = i32x4.add(c11, i32x4.dot_i16x8_s(a1, b1));
        c12 = i32x4.add(c12, i32x4.dot_i16x8_s(a1, b2));
        const a2 = v128.load_splat<i32>(a, 8);
        c20 = i32x4.add(c20, i32x4.dot_i16x8_s(a2, b0));
        c21 = i32x4.add(c21, i32x4.dot_i16x8_s(a2, b1));
        c22 = i32x4.add(c22, i32x4.dot_i16x8_s(a2, b2));
        const a3 = v128.load_splat<i32>(a, 12);
        c30 = i32x4.add(c30, i32x4.dot_i16x8_s(a3, b0));
        c31 = i32x4.add(c31, i32x4.dot_i16x8_s(a3, b1));
        c32 = i32x4.add(c32, i32x4.dot_i16x8_s(a3, b2));
        a += 16;
      }
      write(c00, c01, c02, scales, factors, bias, out, row, column, columns);
      write(c10, c11, c12, scales, factors, bias, out, row + 1, column, columns);
      write(c20, c21, c22, scales, factors, bias, out, row + 2, column, columns);
      write(c30, c31, c32, scales, factors, bias, out, row + 3, column, columns);
    }
    // One or two rows are left.
    if (row < rows) {
      let a = q + row * depth * 2;
      let c00 = i32x4.splat(0), c01 = i32x4.splat(0), c02 = i32x4.splat(0);
      let c10 = i32x4.splat(0), c11 = i32x4.splat(0), c12 = i32x4.splat(0);
      for (let b = block; b < end; b += 48) {
        const b0 = v128.load(b), b1 = v128.load(b, 16), b2 = v128.load(b, 32);
        const a0 = v128.load_splat<i32>(a);
        c00 = i32x4.add(c00, i32x4.dot_i16x8_s(a0, b0));
        c01 = i32x4.add(c01, i32x4.dot_i16x8_s(a0, b1));
        c02 = i32x4.add(c02, i32x4.dot_i16x8_s(a0, b2));
        const a1 = v128.load_splat<i32>(a, 4);
        c10 = i32x4.add(c10, i32x4.dot_i16x8_s(a1, b0));
        c11 = i32x4.add(c11, i32x4.dot_i16x8_s(a1, b1));
        c12 = i32x4.add(c12, i32x4.dot_i16x8_s(a1, b2));
        a += 16;
      }
      write(c00, c01, c02, scales, factors, bias, out, row, column, columns);
      write(c10, c11, c12, scales, factors, bias, out, row + 1, column, columns);
    }
  }
}

/** Twelve sums of a row, back to float32. */
@inline
function write(
  c0: v128, c1: v128, c2: v128, scales: usize, factors: usize, bias: usize, out: usize, row: usize, column: usize, columns: usize,
): void {
  const scale = v128.load_splat<i32>(scales + row * 4);
  const f = factors + column * 4, b = bias + column * 4, to = out + (row * columns + column) * 4;
  v128.store(to, f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(c0), f32x4.mul(scale, v128.load(f))), v128.load(b)));
  v128.store(to, f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(c1), f32x4.mul(scale, v128.load(f, 16))), v128.load(b, 16)), 16);
  v128.store(to, f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(c2), f32x4.mul(scale, v128.load(f, 32))), v128.load(b, 32)), 32);
}
