// Inverses modulo an odd number, of words (four u64 limbs): the binary extended Euclidean algorithm (Knuth, The Art of
// Computer Programming, volume 2, section 4.5.2, exercise 39), whose numbers a, b, x, y keep a = x v and b = y v modulo m.

import { highProduct } from "../word/multiply";
import { wordAdd, wordCopy, wordEquals, wordLess, wordSet, wordSubtract } from "../word/word";

/** x = x / 2^shift, what `top` has of lower bits coming in above; 0 < shift < 64. */
function shiftRight(x: usize, shift: u64, x0: u64, x1: u64, x2: u64, x3: u64, top: u64): void {
  const left = 64 - shift;
  store<u64>(x, (x0 >> shift) | (x1 << left));
  store<u64>(x, (x1 >> shift) | (x2 << left), 8);
  store<u64>(x, (x2 >> shift) | (x3 << left), 16);
  store<u64>(x, (x3 >> shift) | (top << left), 24);
}

/**
 * Halves `a` until it is odd, and x modulo m as often: a multiple of m is added that makes x divisible. `inverse` is
 * -1 / m modulo 2^64.
 */
function makeOdd(a: usize, x: usize, m: usize, inverse: u64): void {
  while (true) {
    const a0 = load<u64>(a);
    if ((a0 & 1) != 0) return;
    const shift = min<u64>(ctz(a0), 31);
    shiftRight(a, shift, a0, load<u64>(a, 8), load<u64>(a, 16), load<u64>(a, 24), 0);
    const x0 = load<u64>(x);
    const factor = (x0 * inverse) & ((1 << shift) - 1);
    // x + factor * m, limb by limb.
    let low = factor * load<u64>(m);
    const s0 = x0 + low;
    let carry = highProduct(factor, load<u64>(m)) + u64(s0 < low);
    low = factor * load<u64>(m, 8) + carry;
    carry = highProduct(factor, load<u64>(m, 8)) + u64(low < carry);
    const s1 = load<u64>(x, 8) + low;
    carry += u64(s1 < low);
    low = factor * load<u64>(m, 16) + carry;
    carry = highProduct(factor, load<u64>(m, 16)) + u64(low < carry);
    const s2 = load<u64>(x, 16) + low;
    carry += u64(s2 < low);
    low = factor * load<u64>(m, 24) + carry;
    carry = highProduct(factor, load<u64>(m, 24)) + u64(low < carry);
    const s3 = load<u64>(x, 24) + low;
    carry += u64(s3 < low);
    shiftRight(x, shift, s0, s1, s2, s3, carry);
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
  // Newton's iteration doubles the bits that are right: 3 at first.
  const low = load<u64>(m);
  let inverse = low;
  for (let i = 0; i < 5; i++) inverse *= 2 - low * inverse;
  inverse = 0 - inverse;
  makeOdd(a, result, m, inverse);
  // Both are odd, their greatest common divisor is 1.
  while (!wordEquals(a, b)) {
    if (wordLess(b, a)) {
      subtractBoth(a, b, result, y, m);
      makeOdd(a, result, m, inverse);
    } else {
      subtractBoth(b, a, y, result, m);
      makeOdd(b, y, m, inverse);
    }
  }
}
