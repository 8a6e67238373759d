// What happens to states between the products of matrix.as.
import { exp, highest, total } from "./lanes";

/** Numbers in a state, heads of the attention, numbers in a head. */
const WIDTH: usize = 384;
const HEADS: usize = 12;
const SIZE: usize = 32;
/** From one row of queries, keys and values to the next, bytes. */
const ROW: usize = 3 * WIDTH * 4;
/** From one row of transposed keys to the next, bytes: room for 64 of them. */
const KEYS: usize = 64 * 4;

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
