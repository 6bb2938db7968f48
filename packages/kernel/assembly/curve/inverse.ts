// Inverses modulo an odd number, of words (four u64 limbs): the binary extended Euclidean algorithm (Knuth, The Art of
// Computer Programming, volume 2, section 4.5.2, exercise 39), whose numbers a, b, x, y keep a = x v and b = y v modulo m.

import { wordAdd, wordCopy, wordEquals, wordLess, wordSet, wordSubtract } from "../word/word";

/** Shifts right by one, `top` comes in above. */
function halve(x: usize, top: u64): void {
  const x1 = load<u64>(x, 8);
  const x2 = load<u64>(x, 16);
  const x3 = load<u64>(x, 24);
  store<u64>(x, (load<u64>(x) >> 1) | (x1 << 63));
  store<u64>(x, (x1 >> 1) | (x2 << 63), 8);
  store<u64>(x, (x2 >> 1) | (x3 << 63), 16);
  store<u64>(x, (x3 >> 1) | (top << 63), 24);
}

/** Halves `a` until it is odd, and x modulo m as often. */
function makeOdd(a: usize, x: usize, m: usize): void {
  while ((load<u64>(a) & 1) == 0) {
    halve(a, 0);
    let carry: u64 = 0;
    if ((load<u64>(x) & 1) != 0) carry = u64(wordAdd(x, x, m));
    halve(x, carry);
  }
}

/** a -= b, and x -= y modulo m. */
function subtractBoth(a: usize, b: usize, x: usize, y: usize, m: usize): void {
  wordSubtract(a, a, b);
  if (wordSubtract(x, x, y)) wordAdd(x, x, m);
}

/** Bytes of scratch memory that `wordInvertModulo` needs. */
export const INVERSE_SCRATCH: usize = 96;

/** result = 1 / v modulo m, for an odd m and v in [1, m) without a common divisor. */
export function wordInvertModulo(result: usize, v: usize, m: usize, scratch: usize): void {
  const a = scratch;
  const b = scratch + 32;
  const y = scratch + 64;
  wordCopy(a, v);
  wordCopy(b, m);
  wordSet(result, 1);
  wordSet(y, 0);
  makeOdd(a, result, m);
  // Both are odd, their greatest common divisor is 1.
  while (!wordEquals(a, b)) {
    if (wordLess(b, a)) {
      subtractBoth(a, b, result, y, m);
      makeOdd(a, result, m);
    } else {
      subtractBoth(b, a, y, result, m);
      makeOdd(b, y, m);
    }
  }
}
