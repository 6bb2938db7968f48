// Scalars of secp256k1: numbers modulo the order n of the group, as words (four u64 limbs, least significant first).

import { highProduct } from "../word/multiply";
import { wordMultiply, wordSubtract, wordZero } from "../word/word";
import { FIELD_CONSTANTS_END } from "./field";

/** n, the order of the group (SEC 2, section 2.4.1). */
export const ORDER: usize = FIELD_CONSTANTS_END;
// (a1, b1) and (a2, b2) are short vectors with a + b l = 0 modulo n, where l is the eigenvalue of the endomorphism
// (x, y) -> (beta x, y). b1 is negative, b2 = a1. (Gallant, Lambert and Vanstone, 2001; Guide to Elliptic Curve
// Cryptography, algorithm 3.74.)
const A1: usize = ORDER + 32;
const A2: usize = ORDER + 64;
const MINUS_B1: usize = ORDER + 96;
/** Where the constants of scalar.ts end. */
export const SCALAR_CONSTANTS_END: usize = ORDER + 128;

export function setLimbs(word: usize, l0: u64, l1: u64, l2: u64, l3: u64): void {
  store<u64>(word, l0);
  store<u64>(word, l1, 8);
  store<u64>(word, l2, 16);
  store<u64>(word, l3, 24);
}

/** Writes the constants; once for a memory. */
export function initialiseScalar(): void {
  setLimbs(ORDER, 0xbfd25e8cd0364141, 0xbaaedce6af48a03b, 0xfffffffffffffffe, 0xffffffffffffffff);
  setLimbs(A1, 0xe86c90e49284eb15, 0x3086d221a7d46bcd, 0, 0);
  setLimbs(A2, 0x57c1108d9d44cfd8, 0x14ca50f7a8e2f3f6, 1, 0);
  setLimbs(MINUS_B1, 0x6f547fa90abfe4c3, 0xe4437ed6010e8828, 0, 0);
}

/** result = a * b / 2^384, rounded; b is given as limbs. */
function productHigh(result: usize, a: usize, b0: u64, b1: u64, b2: u64, b3: u64): void {
  // Rows of the product: `low` holds the limbs that the next row adds to.
  let r0: u64 = 0;
  let r1: u64 = 0;
  let r2: u64 = 0;
  let r3: u64 = 0;
  for (let i: usize = 0; i < 32; i += 8) {
    const x = load<u64>(a + i);
    let low = x * b0;
    let carry = highProduct(x, b0) + u64(r0 + low < low);
    low = x * b1;
    let t = r1 + low;
    let high = highProduct(x, b1) + u64(t < low);
    r0 = t + carry;
    carry = high + u64(r0 < carry);
    low = x * b2;
    t = r2 + low;
    high = highProduct(x, b2) + u64(t < low);
    r1 = t + carry;
    carry = high + u64(r1 < carry);
    low = x * b3;
    t = r3 + low;
    high = highProduct(x, b3) + u64(t < low);
    r2 = t + carry;
    r3 = high + u64(r2 < carry);
  }
  // Limbs 4 to 7 of the product are r0 to r3.
  const rounding = r1 >> 63;
  const low = r2 + rounding;
  setLimbs(result, low, r3 + u64(low < rounding), 0, 0);
}

/** Leaves the absolute value of a signed word; true = it was negative. `zero` is a word of scratch memory. */
function takeSign(word: usize, zero: usize): bool {
  if (<i64>load<u64>(word, 24) >= 0) return false;
  wordZero(zero);
  wordSubtract(word, zero, word);
  return true;
}

/** Whether the parts that `scalarSplit` found last are to be taken negative. */
export let scalarFirstIsNegative: bool = false;
export let scalarSecondIsNegative: bool = false;

/** k = first + second * l modulo n, both parts below 2^128 but for their signs. `scratch` is 96 bytes. */
export function scalarSplit(first: usize, second: usize, k: usize, scratch: usize): void {
  const c1 = scratch;
  const c2 = scratch + 32;
  const product = scratch + 64;
  // 2^384 b2 / n and -2^384 b1 / n, rounded.
  productHigh(c1, k, 0xe893209a45dbb031, 0x3daa8a1471e8ca7f, 0xe86c90e49284eb15, 0x3086d221a7d46bcd);
  productHigh(c2, k, 0x1571b4ae8ac47f71, 0x221208ac9df506c6, 0x6f547fa90abfe4c4, 0xe4437ed6010e8828);
  wordMultiply(product, c1, A1);
  wordSubtract(first, k, product);
  wordMultiply(product, c2, A2);
  wordSubtract(first, first, product);
  wordMultiply(second, c1, MINUS_B1);
  wordMultiply(product, c2, A1);
  wordSubtract(second, second, product);
  scalarFirstIsNegative = takeSign(first, product);
  scalarSecondIsNegative = takeSign(second, product);
}

/** Bits `from` to `from + width` of the 128 at `limbs`; width < 32. */
function bitsAt(limbs: usize, from: u32, width: u32): u32 {
  if (from >= 128) return 0;
  const at = limbs + ((<usize>(from >> 6)) << 3);
  const shift = from & 63;
  let bits = load<u64>(at) >> <u64>shift;
  if (shift + width > 64 && from < 64) bits |= load<u64>(at, 8) << (<u64>(64 - shift));
  return <u32>bits & ((1 << width) - 1);
}

/**
 * Writes `count` signed digits (i32, lowest first) of `width` bits for the 128 bits at `limbs`: each from
 * 1 - 2^(width - 1) to 2^(width - 1), all of the other sign where `negative`. count * width must be above 128.
 */
export function scalarDigits(digits: usize, limbs: usize, width: u32, count: u32, negative: bool): void {
  const half = <i32>(1 << (width - 1));
  let carry: i32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    let digit = <i32>bitsAt(limbs, i * width, width) + carry;
    carry = 0;
    if (digit > half) {
      digit -= half << 1;
      carry = 1;
    }
    store<i32>(digits + ((<usize>i) << 2), negative ? -digit : digit);
  }
}
