// The arithmetic of the encoder in AssemblyScript: WASM with 128-bit SIMD, the same bits on every machine.
// `bun scripts/kernel.ts` compiles it into models/kernel.wasm. Matrices are row-major float32 at addresses of the
// module's memory, given by who calls; a buffer has room for its rows rounded up to four.

/** Quantised numbers lie within ±LEVELS: 1,536 products with int8 then still fit 32 bits. */
const LEVELS: f32 = 8191;
/** Numbers in a state, heads of the attention, numbers in a head. */
const WIDTH: usize = 384;
const HEADS: usize = 12;
const SIZE: usize = 32;
/** From one row of queries, keys and values to the next, bytes. */
const ROW: usize = 3 * WIDTH * 4;
/** From one row of transposed keys to the next, bytes: room for 64 of them. */
const KEYS: usize = 64 * 4;

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

/**
 * qkv (rows × 3 · 384: queries, keys, values, each head after head) → out (rows × 384): for each head
 * softmax(Q Kᵀ / √32) V. `work`: 33 × 64 numbers.
 */
export function attend(qkv: usize, rows: usize, out: usize, work: usize): void {
  const scores = work + SIZE * KEYS;
  const eights = (rows + 7) & ~7;
  const scale = f32x4.splat(<f32>0.17677669529663687);
  for (let head: usize = 0; head < HEADS; head++) {
    const queries = qkv + head * SIZE * 4;
    const keys = queries + WIDTH * 4;
    const values = keys + WIDTH * 4;
    for (let row: usize = 0; row < eights; row++) {
      for (let at: usize = 0; at < SIZE; at++) {
        store<f32>(work + at * KEYS + row * 4, row < rows ? load<f32>(keys + row * ROW + at * 4) : 0);
      }
    }
    for (let row: usize = 0; row < rows; row++) {
      const query = queries + row * ROW;
      let most = f32x4.splat(-1e30);
      for (let key: usize = 0; key < eights; key += 8) {
        let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
        const from = work + key * 4;
        for (let at: usize = 0; at < SIZE; at += 2) {
          const one = v128.load_splat<i32>(query + at * 4), two = v128.load_splat<i32>(query + at * 4, 4);
          const row = from + at * KEYS;
          s0 = f32x4.add(s0, f32x4.mul(one, v128.load(row)));
          s1 = f32x4.add(s1, f32x4.mul(one, v128.load(row, 16)));
          s2 = f32x4.add(s2, f32x4.mul(two, v128.load(row, KEYS)));
          s3 = f32x4.add(s3, f32x4.mul(two, v128.load(row, KEYS + 16)));
        }
        v128.store(scores + key * 4, f32x4.mul(f32x4.add(s0, s2), scale));
        v128.store(scores + key * 4, f32x4.mul(f32x4.add(s1, s3), scale), 16);
      }
      for (let key = rows; key < eights; key++) store<f32>(scores + key * 4, -1e30);
      for (let key: usize = 0; key < eights; key += 4) most = f32x4.pmax(most, v128.load(scores + key * 4));
      most = f32x4.splat(highest(most));
      let sum = f32x4.splat(0);
      for (let key: usize = 0; key < eights; key += 4) {
        const weight = exp(f32x4.sub(v128.load(scores + key * 4), most));
        sum = f32x4.add(sum, weight);
        v128.store(scores + key * 4, weight);
      }
      const share = f32x4.splat(1 / total(sum));
      const to = out + row * WIDTH * 4 + head * SIZE * 4;
      let v0 = f32x4.splat(0), v1 = f32x4.splat(0), v2 = f32x4.splat(0), v3 = f32x4.splat(0);
      let v4 = f32x4.splat(0), v5 = f32x4.splat(0), v6 = f32x4.splat(0), v7 = f32x4.splat(0);
      for (let key: usize = 0; key < rows; key++) {
        const weight = v128.load_splat<i32>(scores + key * 4);
        const from = values + key * ROW;
        v0 = f32x4.add(v0, f32x4.mul(weight, v128.load(from)));
        v1 = f32x4.add(v1, f32x4.mul(weight, v128.load(from, 16)));
        v2 = f32x4.add(v2, f32x4.mul(weight, v128.load(from, 32)));
        v3 = f32x4.add(v3, f32x4.mul(weight, v128.load(from, 48)));
        v4 = f32x4.add(v4, f32x4.mul(weight, v128.load(from, 64)));
        v5 = f32x4.add(v5, f32x4.mul(weight, v128.load(from, 80)));
        v6 = f32x4.add(v6, f32x4.mul(weight, v128.load(from, 96)));
        v7 = f32x4.add(v7, f32x4.mul(weight, v128.load(from, 112)));
      }
      v128.store(to, f32x4.mul(v0, share));
      v128.store(to, f32x4.mul(v1, share), 16);
      v128.store(to, f32x4.mul(v2, share), 32);
      v128.store(to, f32x4.mul(v3, share), 48);
      v128.store(to, f32x4.mul(v4, share), 64);
      v128.store(to, f32x4.mul(v5, share), 80);
      v128.store(to, f32x4.mul(v6, share), 96);
      v128.store(to, f32x4.mul(v7, share), 112);
    }
  }
}

/** a + b, normalised over each row, · weight + bias → out (rows × 384), which may be a or b. */
export function normalize(a: usize, b: usize, rows: usize, weight: usize, bias: usize, out: usize): void {
  for (let row: usize = 0; row < rows; row++) {
    const start = row * WIDTH * 4;
    let sum = f32x4.splat(0);
    for (let at: usize = 0; at < WIDTH * 4; at += 16) {
      const value = f32x4.add(v128.load(a + start + at), v128.load(b + start + at));
      sum = f32x4.add(sum, value);
      v128.store(out + start + at, value);
    }
    const mean = f32x4.splat(total(sum) / <f32>WIDTH);
    let squares = f32x4.splat(0);
    for (let at: usize = 0; at < WIDTH * 4; at += 16) {
      const value = f32x4.sub(v128.load(out + start + at), mean);
      squares = f32x4.add(squares, f32x4.mul(value, value));
    }
    const spread = f32x4.splat(1 / Mathf.sqrt(total(squares) / <f32>WIDTH + <f32>1e-12));
    for (let at: usize = 0; at < WIDTH * 4; at += 16) {
      const value = f32x4.mul(f32x4.sub(v128.load(out + start + at), mean), spread);
      v128.store(out + start + at, f32x4.add(f32x4.mul(value, v128.load(weight + at)), v128.load(bias + at)));
    }
  }
}

/**
 * x → x · Φ(x) in place, Φ(x) − ½ as x · P(x²) on ±4.5: at most 6e-5 beside, less than a step of what is quantised next.
 * `count`: a multiple of four.
 */
export function gelu(x: usize, count: usize): void {
  for (let at = x; at < x + count * 4; at += 16) {
    const value = v128.load(at);
    const z = f32x4.pmin(f32x4.pmax(value, f32x4.splat(-4.5)), f32x4.splat(4.5));
    const square = f32x4.mul(z, z);
    let p = f32x4.splat(<f32>3.03630177e-11);
    p = f32x4.add(f32x4.mul(p, square), f32x4.splat(<f32>-3.31455485e-9));
    p = f32x4.add(f32x4.mul(p, square), f32x4.splat(<f32>1.59095705e-7));
    p = f32x4.add(f32x4.mul(p, square), f32x4.splat(<f32>-4.45164733e-6));
    p = f32x4.add(f32x4.mul(p, square), f32x4.splat(<f32>8.14241648e-5));
    p = f32x4.add(f32x4.mul(p, square), f32x4.splat(<f32>-1.03758392e-3));
    p = f32x4.add(f32x4.mul(p, square), f32x4.splat(<f32>9.58517194e-3));
    p = f32x4.add(f32x4.mul(p, square), f32x4.splat(<f32>-6.59845918e-2));
    p = f32x4.add(f32x4.mul(p, square), f32x4.splat(<f32>3.98712575e-1));
    v128.store(at, f32x4.mul(value, f32x4.add(f32x4.mul(p, z), f32x4.splat(0.5))));
  }
}

/** x (rows × 384): neighbours become their mean, in place; a last one without a neighbour stays as it is. */
export function merge(x: usize, rows: usize): void {
  for (let row: usize = 0; row < rows; row += 2) {
    const first = x + row * WIDTH * 4;
    const second = row + 1 < rows ? first + WIDTH * 4 : first;
    const to = x + (row >> 1) * WIDTH * 4;
    for (let at: usize = 0; at < WIDTH * 4; at += 16) {
      v128.store(to + at, f32x4.mul(f32x4.add(v128.load(first + at), v128.load(second + at)), f32x4.splat(0.5)));
    }
  }
}

/** x (rows × 384) → out (384): the mean over the rows. */
export function average(x: usize, rows: usize, out: usize): void {
  for (let at: usize = 0; at < WIDTH * 4; at += 16) {
    let sum = f32x4.splat(0);
    for (let row: usize = 0; row < rows; row++) sum = f32x4.add(sum, v128.load(x + row * WIDTH * 4 + at));
    v128.store(out + at, f32x4.div(sum, f32x4.splat(<f32>rows)));
  }
}

/** eˣ for x ≤ 0, by Cephes: x = n · ln 2 + r, a polynomial in r, n into the exponent. Below −80 it is as good as nothing. */
@inline
function exp(x: v128): v128 {
  x = f32x4.pmax(x, f32x4.splat(-80));
  const n = f32x4.nearest(f32x4.mul(x, f32x4.splat(<f32>1.4426950408889634)));
  // ln 2 in two parts, so that nothing is lost.
  let r = f32x4.sub(x, f32x4.mul(n, f32x4.splat(<f32>0.693359375)));
  r = f32x4.sub(r, f32x4.mul(n, f32x4.splat(<f32>-2.12194440e-4)));
  let p = f32x4.splat(<f32>1.9875691500e-4);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(<f32>1.3981999507e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(<f32>8.3334519073e-3));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(<f32>4.1665795894e-2));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(<f32>1.6666665459e-1));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(<f32>5.0000001201e-1));
  p = f32x4.add(f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r), f32x4.splat(1));
  const exponent = i32x4.shl(i32x4.add(i32x4.trunc_sat_f32x4_s(n), i32x4.splat(127)), 23);
  return f32x4.mul(p, exponent);
}

@inline
function total(x: v128): f32 {
  return (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

@inline
function highest(x: v128): f32 {
  return Mathf.max(
    Mathf.max(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1)),
    Mathf.max(f32x4.extract_lane(x, 2), f32x4.extract_lane(x, 3)),
  );
}
