// Multiplication modulo p = 2^256 - 2^32 - 977, the field of secp256k1 (SEC 2, section 2.4.1), two products at once.
//
// A **pair** is two field elements that go through the same operations: lane A and lane B of SIMD vectors. An
// element is nine limbs of 29 bits, signed, so that a difference needs no multiple of p added to it. In memory limb i
// of both lanes stands at byte 8 i (A, then B); behind the 72 bytes are 8 that are not looked at.
//
// The **magnitude** m of a pair bounds its limbs by 1.03 m 2^28, and limb 8, which ends at bit 256, by m 2^24. Products
// have magnitude 1, a sum that of its two terms together. Factors may have magnitude 3 at most: then limb differences fit in 32 bits, columns in 63.

import { CURVE_CONSTANTS } from "../memory/layout";

/** Bytes of a pair. */
export const PAIR: usize = 80;

// Vectors from memory: V8 rebuilds a constant at every use, which made products a third slower.
export const MASK: usize = CURVE_CONSTANTS;
export const HALF: usize = CURVE_CONSTANTS + 16;
export const BIAS: usize = CURVE_CONSTANTS + 32;
export const NEXT_BIAS: usize = CURVE_CONSTANTS + 48;
export const FOLD: usize = CURVE_CONSTANTS + 64;
export const CARRY_BIAS: usize = CURVE_CONSTANTS + 80;
export const TOP_BIAS: usize = CURVE_CONSTANTS + 96;
export const TOP_MASK: usize = CURVE_CONSTANTS + 112;
export const TOP_HALF: usize = CURVE_CONSTANTS + 128;
export const TOP_CARRY_BIAS: usize = CURVE_CONSTANTS + 144;
/** A pair of zeros. */
export const FIELD_ZERO: usize = CURVE_CONSTANTS + 160;
/** p as a word. */
export const PRIME: usize = CURVE_CONSTANTS + 240;
/** Where the constants of field.ts end. */
export const FIELD_CONSTANTS_END: usize = CURVE_CONSTANTS + 272;

/** Writes the constants; once for a memory. */
export function initialiseField(): void {
  // A column plus the bias is positive, so that a logical shift gives the rounded carry, 2^34 too high. The bias of the
  // next column takes that off.
  v128.store(MASK, i64x2.splat(0x1fffffff));
  v128.store(HALF, i64x2.splat(0x10000000));
  v128.store(BIAS, i64x2.splat(<i64>0x8000000010000000));
  v128.store(NEXT_BIAS, i64x2.splat(<i64>0x7ffffffc10000000));
  v128.store(CARRY_BIAS, i64x2.splat(0x400000000));
  // 2^261 = 2^37 + 31264 modulo p: a limb 9 places up is worth 31264 here and 256 in the place above.
  v128.store(FOLD, i32x4.splat(31264));
  // Limb 8 ends at bit 256: 24 bits of it.
  v128.store(TOP_BIAS, i64x2.splat(0x1000000800000 - 0x400000000));
  v128.store(TOP_MASK, i64x2.splat(0xffffff));
  v128.store(TOP_HALF, i64x2.splat(0x800000));
  v128.store(TOP_CARRY_BIAS, i64x2.splat(0x1000000));
  memory.fill(FIELD_ZERO, 0, PAIR);
  store<u64>(PRIME, 0xfffffffefffffc2f);
  for (let at: usize = 8; at < 32; at += 8) store<u64>(PRIME + at, 0xffffffffffffffff);
}

/** Products of the lowest two i32 of x and y. */
export function times(x: v128, y: v128): v128 {
  return i64x2.extmul_low_i32x4_s(x, y);
}

/** ai bj + aj bi, less ai bi and aj bj: a product instead of two (Weimerskirch and Paar, 2003, section 3). */
function cross(ai: v128, aj: v128, bi: v128, bj: v128): v128 {
  return i64x2.extmul_low_i32x4_s(i32x4.sub(ai, aj), i32x4.sub(bj, bi));
}

export function sum(x: v128, y: v128): v128 {
  return i64x2.add(x, y);
}

/** The column with its bias and the carry of the biased column `below`. */
export function carried(column: v128, below: v128, nextBias: v128): v128 {
  return i64x2.add(i64x2.add(column, nextBias), i64x2.shr_u(below, 29));
}

/** What remains of a biased column: 29 bits, signed. */
export function remaining(t: v128, mask: v128, half: v128): v128 {
  return i64x2.sub(v128.and(t, mask), half);
}

/** The low column's share of limb h, nine places up. */
export function folded(h: v128, fold: v128): v128 {
  return i64x2.extmul_low_i32x4_s(i32x4.shuffle(h, h, 0, 2, 0, 2), fold);
}

/** Its share of the column above. */
export function foldedAbove(h: v128): v128 {
  return i64x2.shl(h, 8);
}

/** 977 x = (1024 + 1 - 32 - 16) x: limb 0's share of what is above bit 256. */
export function times977(x: v128): v128 {
  return i64x2.sub(sum(i64x2.shl(x, 10), x), sum(i64x2.shl(x, 5), i64x2.shl(x, 4)));
}

export function storeLimbs(r: usize, low: v128, high: v128): void {
  v128.store(r, i32x4.shuffle(low, high, 0, 2, 4, 6));
}

/** r = a * b, of magnitude 1. r may be a factor. */
export function fieldMultiply(r: usize, a: usize, b: usize): void {
  const a0 = v128.load64_zero(a);
  const a1 = v128.load64_zero(a, 8);
  const a2 = v128.load64_zero(a, 16);
  const a3 = v128.load64_zero(a, 24);
  const a4 = v128.load64_zero(a, 32);
  const a5 = v128.load64_zero(a, 40);
  const a6 = v128.load64_zero(a, 48);
  const a7 = v128.load64_zero(a, 56);
  const a8 = v128.load64_zero(a, 64);
  const b0 = v128.load64_zero(b);
  const b1 = v128.load64_zero(b, 8);
  const b2 = v128.load64_zero(b, 16);
  const b3 = v128.load64_zero(b, 24);
  const b4 = v128.load64_zero(b, 32);
  const b5 = v128.load64_zero(b, 40);
  const b6 = v128.load64_zero(b, 48);
  const b7 = v128.load64_zero(b, 56);
  const b8 = v128.load64_zero(b, 64);
  // Sums of the products of limbs of one place.
  const s0 = times(a0, b0);
  const s1 = sum(s0, times(a1, b1));
  const s2 = sum(s1, times(a2, b2));
  const s3 = sum(s2, times(a3, b3));
  const s4 = sum(s3, times(a4, b4));
  const s5 = sum(s4, times(a5, b5));
  const s6 = sum(s5, times(a6, b6));
  const s7 = sum(s6, times(a7, b7));
  const p8 = times(a8, b8);
  const s8 = sum(s7, p8);
  const mask = v128.load(MASK);
  const half = v128.load(HALF);
  const next = v128.load(NEXT_BIAS);
  // The columns from limb 8 up are carried to 29 bits, so that they can be folded.
  let t = sum(
    sum(
      sum(sum(sum(s8, cross(a0, a8, b0, b8)), cross(a1, a7, b1, b7)), cross(a2, a6, b2, b6)),
      cross(a3, a5, b3, b5),
    ),
    v128.load(BIAS),
  );
  const h8 = remaining(t, mask, half);
  t = carried(
    sum(
      sum(sum(sum(i64x2.sub(s8, s0), cross(a1, a8, b1, b8)), cross(a2, a7, b2, b7)), cross(a3, a6, b3, b6)),
      cross(a4, a5, b4, b5),
    ),
    t,
    next,
  );
  const h9 = remaining(t, mask, half);
  t = carried(
    sum(sum(sum(i64x2.sub(s8, s1), cross(a2, a8, b2, b8)), cross(a3, a7, b3, b7)), cross(a4, a6, b4, b6)),
    t,
    next,
  );
  const h10 = remaining(t, mask, half);
  t = carried(
    sum(sum(sum(i64x2.sub(s8, s2), cross(a3, a8, b3, b8)), cross(a4, a7, b4, b7)), cross(a5, a6, b5, b6)),
    t,
    next,
  );
  const h11 = remaining(t, mask, half);
  t = carried(sum(sum(i64x2.sub(s8, s3), cross(a4, a8, b4, b8)), cross(a5, a7, b5, b7)), t, next);
  const h12 = remaining(t, mask, half);
  t = carried(sum(sum(i64x2.sub(s8, s4), cross(a5, a8, b5, b8)), cross(a6, a7, b6, b7)), t, next);
  const h13 = remaining(t, mask, half);
  t = carried(sum(i64x2.sub(s8, s5), cross(a6, a8, b6, b8)), t, next);
  const h14 = remaining(t, mask, half);
  t = carried(sum(i64x2.sub(s8, s6), cross(a7, a8, b7, b8)), t, next);
  const h15 = remaining(t, mask, half);
  t = carried(p8, t, next);
  const h16 = remaining(t, mask, half);
  const h17 = i64x2.sub(i64x2.shr_u(t, 29), v128.load(CARRY_BIAS));
  const fold = v128.load(FOLD);
  const f17 = folded(h17, fold);
  t = sum(sum(s0, folded(h9, fold)), v128.load(BIAS));
  const l0 = remaining(t, mask, half);
  t = carried(sum(sum(sum(s1, cross(a0, a1, b0, b1)), folded(h10, fold)), foldedAbove(h9)), t, next);
  const l1 = remaining(t, mask, half);
  t = carried(sum(sum(sum(s2, cross(a0, a2, b0, b2)), folded(h11, fold)), foldedAbove(h10)), t, next);
  let l2 = remaining(t, mask, half);
  t = carried(
    sum(sum(sum(sum(s3, cross(a0, a3, b0, b3)), cross(a1, a2, b1, b2)), folded(h12, fold)), foldedAbove(h11)),
    t,
    next,
  );
  const l3 = remaining(t, mask, half);
  t = carried(
    sum(sum(sum(sum(s4, cross(a0, a4, b0, b4)), cross(a1, a3, b1, b3)), folded(h13, fold)), foldedAbove(h12)),
    t,
    next,
  );
  const l4 = remaining(t, mask, half);
  t = carried(
    sum(
      sum(
        sum(sum(sum(s5, cross(a0, a5, b0, b5)), cross(a1, a4, b1, b4)), cross(a2, a3, b2, b3)),
        folded(h14, fold),
      ),
      foldedAbove(h13),
    ),
    t,
    next,
  );
  const l5 = remaining(t, mask, half);
  t = carried(
    sum(
      sum(
        sum(sum(sum(s6, cross(a0, a6, b0, b6)), cross(a1, a5, b1, b5)), cross(a2, a4, b2, b4)),
        folded(h15, fold),
      ),
      foldedAbove(h14),
    ),
    t,
    next,
  );
  const l6 = remaining(t, mask, half);
  t = carried(
    sum(
      sum(
        sum(
          sum(sum(sum(s7, cross(a0, a7, b0, b7)), cross(a1, a6, b1, b6)), cross(a2, a5, b2, b5)),
          cross(a3, a4, b3, b4),
        ),
        folded(h16, fold),
      ),
      foldedAbove(h15),
    ),
    t,
    next,
  );
  const l7 = remaining(t, mask, half);
  t = carried(sum(sum(h8, f17), foldedAbove(h16)), t, v128.load(TOP_BIAS));
  const l8 = remaining(t, v128.load(TOP_MASK), v128.load(TOP_HALF));
  const top = i64x2.sub(i64x2.shr_u(t, 24), v128.load(TOP_CARRY_BIAS));
  // Limb 17 reaches limb 9 again, which is folded a second time; here, where nothing waits for it.
  t = sum(sum(sum(l0, times977(top)), foldedAbove(f17)), v128.load(BIAS));
  const m0 = remaining(t, mask, half);
  t = carried(sum(sum(l1, i64x2.shl(top, 3)), i64x2.shl(h17, 16)), t, next);
  const m1 = remaining(t, mask, half);
  l2 = i64x2.sub(sum(l2, i64x2.shr_u(t, 29)), v128.load(CARRY_BIAS));
  storeLimbs(r, m0, m1);
  storeLimbs(r + 16, l2, l3);
  storeLimbs(r + 32, l4, l5);
  storeLimbs(r + 48, l6, l7);
  storeLimbs(r + 64, l8, l8);
}
