// Squares of pairs of field elements: field.ts explains the steps. A square has half the products of two factors. What adds a
// third number is compiled apart, as a tenth of the time would go into adding nothing.

import {
  BIAS,
  CARRY_BIAS,
  carried,
  FOLD,
  folded,
  foldedAbove,
  HALF,
  MASK,
  NEXT_BIAS,
  remaining,
  storeLimbs,
  sum,
  TOP_BIAS,
  TOP_CARRY_BIAS,
  TOP_HALF,
  TOP_MASK,
  times,
  times977,
} from "./field";

/** Says which of the two squares is compiled: in the one that adds it is a float. */
type Alone = u32;
type Adding = f32;

/** r = a^2, of magnitude 1. r may be a. */
export function fieldSquare(r: usize, a: usize): void {
  square<Alone>(r, a, 0);
}

/** r = a^2 + c, of magnitude 1; c of any magnitude that fits (7). r may be a or c. */
export function fieldSquareAdd(r: usize, a: usize, c: usize): void {
  square<Adding>(r, a, c);
}

/** The column and the limb at `limb` of the number that is added. */
function plus<M>(column: v128, limb: usize): v128 {
  if (isFloat<M>()) return sum(column, v128.load32x2_s(limb));
  return column;
}

function square<M>(r: usize, a: usize, c: usize): void {
  const a0 = v128.load64_zero(a);
  const a1 = v128.load64_zero(a, 8);
  const a2 = v128.load64_zero(a, 16);
  const a3 = v128.load64_zero(a, 24);
  const a4 = v128.load64_zero(a, 32);
  const a5 = v128.load64_zero(a, 40);
  const a6 = v128.load64_zero(a, 48);
  const a7 = v128.load64_zero(a, 56);
  const a8 = v128.load64_zero(a, 64);
  const d0 = i32x4.shl(a0, 1);
  const d1 = i32x4.shl(a1, 1);
  const d2 = i32x4.shl(a2, 1);
  const d3 = i32x4.shl(a3, 1);
  const d4 = i32x4.shl(a4, 1);
  const d5 = i32x4.shl(a5, 1);
  const d6 = i32x4.shl(a6, 1);
  const d7 = i32x4.shl(a7, 1);
  const mask = v128.load(MASK);
  const half = v128.load(HALF);
  const next = v128.load(NEXT_BIAS);
  // The columns from limb 8 up are carried to 29 bits, so that they can be folded.
  let t = sum(
    sum(sum(sum(sum(times(d0, a8), times(d1, a7)), times(d2, a6)), times(d3, a5)), times(a4, a4)),
    v128.load(BIAS),
  );
  const h8 = remaining(t, mask, half);
  t = carried(sum(sum(sum(times(d1, a8), times(d2, a7)), times(d3, a6)), times(d4, a5)), t, next);
  const h9 = remaining(t, mask, half);
  t = carried(sum(sum(sum(times(d2, a8), times(d3, a7)), times(d4, a6)), times(a5, a5)), t, next);
  const h10 = remaining(t, mask, half);
  t = carried(sum(sum(times(d3, a8), times(d4, a7)), times(d5, a6)), t, next);
  const h11 = remaining(t, mask, half);
  t = carried(sum(sum(times(d4, a8), times(d5, a7)), times(a6, a6)), t, next);
  const h12 = remaining(t, mask, half);
  t = carried(sum(times(d5, a8), times(d6, a7)), t, next);
  const h13 = remaining(t, mask, half);
  t = carried(sum(times(d6, a8), times(a7, a7)), t, next);
  const h14 = remaining(t, mask, half);
  t = carried(times(d7, a8), t, next);
  const h15 = remaining(t, mask, half);
  t = carried(times(a8, a8), t, next);
  const h16 = remaining(t, mask, half);
  const h17 = i64x2.sub(i64x2.shr_u(t, 29), v128.load(CARRY_BIAS));
  const fold = v128.load(FOLD);
  const f17 = folded(h17, fold);
  t = sum(plus<M>(sum(times(a0, a0), folded(h9, fold)), c), v128.load(BIAS));
  const l0 = remaining(t, mask, half);
  t = carried(plus<M>(sum(sum(times(d0, a1), folded(h10, fold)), foldedAbove(h9)), c + 8), t, next);
  const l1 = remaining(t, mask, half);
  t = carried(
    plus<M>(sum(sum(sum(times(d0, a2), times(a1, a1)), folded(h11, fold)), foldedAbove(h10)), c + 16),
    t,
    next,
  );
  let l2 = remaining(t, mask, half);
  t = carried(
    plus<M>(sum(sum(sum(times(d0, a3), times(d1, a2)), folded(h12, fold)), foldedAbove(h11)), c + 24),
    t,
    next,
  );
  const l3 = remaining(t, mask, half);
  t = carried(
    plus<M>(
      sum(sum(sum(sum(times(d0, a4), times(d1, a3)), times(a2, a2)), folded(h13, fold)), foldedAbove(h12)),
      c + 32,
    ),
    t,
    next,
  );
  const l4 = remaining(t, mask, half);
  t = carried(
    plus<M>(
      sum(sum(sum(sum(times(d0, a5), times(d1, a4)), times(d2, a3)), folded(h14, fold)), foldedAbove(h13)),
      c + 40,
    ),
    t,
    next,
  );
  const l5 = remaining(t, mask, half);
  t = carried(
    plus<M>(
      sum(
        sum(sum(sum(sum(times(d0, a6), times(d1, a5)), times(d2, a4)), times(a3, a3)), folded(h15, fold)),
        foldedAbove(h14),
      ),
      c + 48,
    ),
    t,
    next,
  );
  const l6 = remaining(t, mask, half);
  t = carried(
    plus<M>(
      sum(
        sum(sum(sum(sum(times(d0, a7), times(d1, a6)), times(d2, a5)), times(d3, a4)), folded(h16, fold)),
        foldedAbove(h15),
      ),
      c + 56,
    ),
    t,
    next,
  );
  const l7 = remaining(t, mask, half);
  t = carried(plus<M>(sum(sum(h8, f17), foldedAbove(h16)), c + 64), t, v128.load(TOP_BIAS));
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
