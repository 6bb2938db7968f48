// Tables of the multiples 1 to 2^k of points, two points a table, in affine coordinates. Adding affine points costs one
// inversion; all additions of a level, of all tables, share one (Montgomery, 1987): a sum then costs 5 products and a
// square, and what uses the table adds affine points to its running sum, which is cheaper than adding projective ones.

import { fieldMultiply, PAIR } from "./field";
import { fieldInvert } from "./field-inverse";
import { fieldAdd, fieldCarry, fieldCopy, fieldNegateSum, fieldSubtract, fieldTriple } from "./field-linear";
import { fieldSquare, fieldSquareAdd } from "./field-square";

/** An entry: x and y, both of magnitude 1. */
export const ENTRY: usize = 2 * PAIR;

/**
 * Fills `count` tables, `stride` bytes apart, whose first entries are points of the curve, with their multiples up to
 * 2^levels. The order of the group is a prime far above that, so that no two entries of a table have the same x.
 * `scratch` is five pairs, and FIELD_INVERSE_SCRATCH behind them.
 */
export function fillMultiples(tables: usize, stride: usize, count: u32, levels: u32, scratch: usize): void {
  for (let level: u32 = 0; level < levels; level++) {
    const known = <usize>(1 << level) * ENTRY;
    doubleTables(tables, tables + stride * <usize>count, stride, known, scratch);
  }
}

/** Adds the last of the known entries to each of them: twice as many are known. */
function doubleTables(tables: usize, end: usize, stride: usize, known: usize, scratch: usize): void {
  const inverse = scratch;
  const product = scratch + PAIR;
  let isFirst = true;
  // Until a new entry is found its x holds the product of all denominators before its own, its y the denominator.
  for (let table = tables; table < end; table += stride) {
    const last = table + known - ENTRY;
    for (let entry = table; entry <= last; entry += ENTRY) {
      const prefix = entry + known;
      const denominator = prefix + PAIR;
      if (entry == last) fieldAdd(denominator, last + PAIR, last + PAIR);
      else fieldSubtract(denominator, entry, last);
      if (isFirst) {
        fieldCopy(product, denominator);
        isFirst = false;
      } else {
        fieldCopy(prefix, product);
        fieldMultiply(product, product, denominator);
      }
    }
  }
  const slope = scratch + 2 * PAIR;
  const u = scratch + 3 * PAIR;
  const v = scratch + 4 * PAIR;
  fieldInvert(product, product, scratch + 5 * PAIR);
  for (let table = end - stride; table >= tables; table -= stride) {
    const last = table + known - ENTRY;
    const lastY = last + PAIR;
    for (let entry = last; entry >= table; entry -= ENTRY) {
      const x = entry + known;
      const y = x + PAIR;
      if (entry == table && table == tables) {
        fieldCopy(inverse, product);
      } else {
        fieldMultiply(inverse, product, x);
        fieldMultiply(product, product, y);
      }
      if (entry == last) {
        fieldSquare(slope, last);
        fieldTriple(slope, slope);
      } else {
        fieldSubtract(slope, entry + PAIR, lastY);
      }
      fieldMultiply(slope, slope, inverse);
      fieldNegateSum(u, entry, last);
      fieldSquareAdd(x, slope, u);
      fieldSubtract(v, last, x);
      fieldMultiply(v, slope, v);
      fieldSubtract(v, v, lastY);
      fieldCarry(y, v);
    }
  }
}
