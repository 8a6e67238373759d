// Four numbers at a time.

/** eˣ for x ≤ 0, by Cephes: x = n · ln 2 + r, a polynomial in r, n into the exponent. Below −80 it is as good as nothing. */
@inline
export function exp(x: v128): v128 {
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
export function total(x: v128): f32 {
  return (f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1)) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3));
}

@inline
export function highest(x: v128): f32 {
  return Mathf.max(
    Mathf.max(f32x4.extract_lane(x, 0), f32x4.extract_lane(x, 1)),
    Mathf.max(f32x4.extract_lane(x, 2), f32x4.extract_lane(x, 3)),
  );
}
