// Square roots in the field of secp256k1, four at once (two pairs, as in point.ts), by an addition chain for the runs of ones in the
// exponent (p + 1) / 4 = 2^254 - 2^30 - 244: 223 ones, a zero, 22 ones, four zeros, two ones, two zeros.

import { fieldMultiply, PAIR } from "./field";
import { fieldSquare } from "./field-square";

let apart: usize = 0;

/** r = a^(2^count) * b, of both pairs. r may be a, but not b. */
function squareTimes(r: usize, a: usize, count: u32, b: usize): void {
  let from = a;
  for (let i: u32 = 0; i < count; i++) {
    fieldSquare(r, from);
    fieldSquare(r + apart, from + apart);
    from = r;
  }
  fieldMultiply(r, r, b);
  fieldMultiply(r + apart, r + apart, b + apart);
}

/**
 * r = a^((p + 1) / 4): a square root of a or, where it has none, of -a. r is not a; a has magnitude 3 at most. `scratch` is
 * five numbers, of each pair.
 */
export function fieldRoot(r: usize, a: usize, scratch: usize, pairsApart: usize): void {
  apart = pairsApart;
  // ones<n> = a^(2^n - 1).
  const ones2 = scratch;
  const ones3 = scratch + PAIR;
  const ones22 = scratch + 2 * PAIR;
  const ones44 = scratch + 3 * PAIR;
  const ones = scratch + 4 * PAIR;
  squareTimes(ones2, a, 1, a);
  squareTimes(ones3, ones2, 1, a);
  squareTimes(ones, ones3, 3, ones3); // 6
  squareTimes(ones, ones, 3, ones3); // 9
  squareTimes(ones, ones, 2, ones2); // 11
  squareTimes(ones22, ones, 11, ones);
  squareTimes(ones44, ones22, 22, ones22);
  squareTimes(ones, ones44, 44, ones44); // 88
  squareTimes(r, ones, 88, ones); // 176
  squareTimes(r, r, 44, ones44); // 220
  squareTimes(r, r, 3, ones3); // 223
  squareTimes(r, r, 23, ones22);
  squareTimes(r, r, 6, ones2);
  for (let i = 0; i < 2; i++) {
    fieldSquare(r, r);
    fieldSquare(r + apart, r + apart);
  }
}
