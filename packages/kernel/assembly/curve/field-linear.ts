// Pairs of field elements (field.ts): sums, halves, choices by lane, to and from words. No products.

import { wordLess, wordSubtract } from "../word/word";
import { PRIME } from "./field";

const LIMB_MASK: i64 = 0x1fffffff;
const LIMB_HALF: i64 = 0x10000000;

/** r = a + b. */
export function fieldAdd(r: usize, a: usize, b: usize): void {
  v128.store(r, i32x4.add(v128.load(a), v128.load(b)));
  v128.store(r, i32x4.add(v128.load(a, 16), v128.load(b, 16)), 16);
  v128.store(r, i32x4.add(v128.load(a, 32), v128.load(b, 32)), 32);
  v128.store(r, i32x4.add(v128.load(a, 48), v128.load(b, 48)), 48);
  v128.store(r, i32x4.add(v128.load(a, 64), v128.load(b, 64)), 64);
}

/** r = a - b. */
export function fieldSubtract(r: usize, a: usize, b: usize): void {
  v128.store(r, i32x4.sub(v128.load(a), v128.load(b)));
  v128.store(r, i32x4.sub(v128.load(a, 16), v128.load(b, 16)), 16);
  v128.store(r, i32x4.sub(v128.load(a, 32), v128.load(b, 32)), 32);
  v128.store(r, i32x4.sub(v128.load(a, 48), v128.load(b, 48)), 48);
  v128.store(r, i32x4.sub(v128.load(a, 64), v128.load(b, 64)), 64);
}

/** r = -a - b. */
export function fieldNegateSum(r: usize, a: usize, b: usize): void {
  v128.store(r, i32x4.neg(i32x4.add(v128.load(a), v128.load(b))));
  v128.store(r, i32x4.neg(i32x4.add(v128.load(a, 16), v128.load(b, 16))), 16);
  v128.store(r, i32x4.neg(i32x4.add(v128.load(a, 32), v128.load(b, 32))), 32);
  v128.store(r, i32x4.neg(i32x4.add(v128.load(a, 48), v128.load(b, 48))), 48);
  v128.store(r, i32x4.neg(i32x4.add(v128.load(a, 64), v128.load(b, 64))), 64);
}

/** r = -2 a. */
export function fieldNegateTwice(r: usize, a: usize): void {
  v128.store(r, i32x4.neg(i32x4.shl(v128.load(a), 1)));
  v128.store(r, i32x4.neg(i32x4.shl(v128.load(a, 16), 1)), 16);
  v128.store(r, i32x4.neg(i32x4.shl(v128.load(a, 32), 1)), 32);
  v128.store(r, i32x4.neg(i32x4.shl(v128.load(a, 48), 1)), 48);
  v128.store(r, i32x4.neg(i32x4.shl(v128.load(a, 64), 1)), 64);
}

/** r = -a - 2 b. */
export function fieldNegateSumDouble(r: usize, a: usize, b: usize): void {
  v128.store(r, i32x4.neg(i32x4.add(v128.load(a), i32x4.shl(v128.load(b), 1))));
  v128.store(r, i32x4.neg(i32x4.add(v128.load(a, 16), i32x4.shl(v128.load(b, 16), 1))), 16);
  v128.store(r, i32x4.neg(i32x4.add(v128.load(a, 32), i32x4.shl(v128.load(b, 32), 1))), 32);
  v128.store(r, i32x4.neg(i32x4.add(v128.load(a, 48), i32x4.shl(v128.load(b, 48), 1))), 48);
  v128.store(r, i32x4.neg(i32x4.add(v128.load(a, 64), i32x4.shl(v128.load(b, 64), 1))), 64);
}

/** r = 3 a. */
export function fieldTriple(r: usize, a: usize): void {
  v128.store(r, i32x4.add(v128.load(a), i32x4.shl(v128.load(a), 1)));
  v128.store(r, i32x4.add(v128.load(a, 16), i32x4.shl(v128.load(a, 16), 1)), 16);
  v128.store(r, i32x4.add(v128.load(a, 32), i32x4.shl(v128.load(a, 32), 1)), 32);
  v128.store(r, i32x4.add(v128.load(a, 48), i32x4.shl(v128.load(a, 48), 1)), 48);
  v128.store(r, i32x4.add(v128.load(a, 64), i32x4.shl(v128.load(a, 64), 1)), 64);
}

export function fieldCopy(r: usize, a: usize): void {
  v128.store(r, v128.load(a));
  v128.store(r, v128.load(a, 16), 16);
  v128.store(r, v128.load(a, 32), 32);
  v128.store(r, v128.load(a, 48), 48);
  v128.store(r, v128.load(a, 64), 64);
}

/** All bits of lane A, or of lane B, or of both. */
export function laneMask(a: bool, b: bool): v128 {
  return i64x2.splat(<i64>(a ? 0xffffffff : 0) | ((<i64>(b ? 0xffffffff : 0)) << 32));
}

/** r = a in the lanes of the mask, b in the others. */
export function fieldSelect(r: usize, a: usize, b: usize, mask: v128): void {
  v128.store(r, v128.bitselect(v128.load(a), v128.load(b), mask));
  v128.store(r, v128.bitselect(v128.load(a, 16), v128.load(b, 16), mask), 16);
  v128.store(r, v128.bitselect(v128.load(a, 32), v128.load(b, 32), mask), 32);
  v128.store(r, v128.bitselect(v128.load(a, 48), v128.load(b, 48), mask), 48);
  v128.store(r, v128.bitselect(v128.load(a, 64), v128.load(b, 64), mask), 64);
}

/** r = -a in the lanes of the mask, a in the others. */
export function fieldNegateLanes(r: usize, a: usize, mask: v128): void {
  v128.store(r, i32x4.sub(v128.xor(v128.load(a), mask), mask));
  v128.store(r, i32x4.sub(v128.xor(v128.load(a, 16), mask), mask), 16);
  v128.store(r, i32x4.sub(v128.xor(v128.load(a, 32), mask), mask), 32);
  v128.store(r, i32x4.sub(v128.xor(v128.load(a, 48), mask), mask), 48);
  v128.store(r, i32x4.sub(v128.xor(v128.load(a, 64), mask), mask), 64);
}

/** Limb vector `low` halved, what the limbs of `next` (one place up) leave over added. */
function halfLimbs(low: v128, next: v128): v128 {
  const odd = v128.and(next, i32x4.splat(1));
  return i32x4.add(i32x4.shr_s(low, 1), i32x4.shl(odd, 28));
}

/** r = a / 2, of magnitude m / 2 + 1: an odd element is halved with p added to it. */
export function fieldHalf(r: usize, a: usize): void {
  const first = v128.load(a);
  const odd = i32x4.neg(v128.and(i32x4.shuffle(first, first, 0, 1, 0, 1), i32x4.splat(1)));
  // p = 2^24 * 2^232 - 8 * 2^29 - 977.
  const a0 = i32x4.sub(
    first,
    v128.and(odd, i64x2.replace_lane(i64x2.splat(0x8_00000008), 0, 0x3d1_000003d1)),
  );
  const a1 = v128.load(a, 16);
  const a2 = v128.load(a, 32);
  const a3 = v128.load(a, 48);
  const a4 = i32x4.add(v128.load(a, 64), v128.and(odd, i32x4.splat(0x1000000)));
  v128.store(r, halfLimbs(a0, i32x4.shuffle(a0, a1, 2, 3, 4, 5)));
  v128.store(r, halfLimbs(a1, i32x4.shuffle(a1, a2, 2, 3, 4, 5)), 16);
  v128.store(r, halfLimbs(a2, i32x4.shuffle(a2, a3, 2, 3, 4, 5)), 32);
  v128.store(r, halfLimbs(a3, i32x4.shuffle(a3, a4, 2, 3, 4, 5)), 48);
  v128.store(r, i32x4.shr_s(a4, 1), 64);
}

/** r = a with its limbs carried: magnitude 1, for an a of 6 at most. */
export function fieldCarry(r: usize, a: usize): void {
  const half = i32x4.splat(0x10000000);
  let a0 = v128.load(a);
  let a1 = v128.load(a, 16);
  let a2 = v128.load(a, 32);
  let a3 = v128.load(a, 48);
  let a4 = v128.load(a, 64);
  const c0 = i32x4.shr_s(i32x4.add(a0, half), 29);
  const c1 = i32x4.shr_s(i32x4.add(a1, half), 29);
  const c2 = i32x4.shr_s(i32x4.add(a2, half), 29);
  const c3 = i32x4.shr_s(i32x4.add(a3, half), 29);
  const c4 = i32x4.shr_s(i32x4.add(a4, i32x4.splat(0x800000)), 24);
  // What is above bit 256 comes in at limbs 0 and 1: 2^256 = 8 * 2^29 + 977 modulo p.
  const top = i32x4.shuffle(c4, c4, 0, 1, 0, 1);
  const low = i64x2.replace_lane(i64x2.splat(0x8_00000008), 0, 0x3d1_000003d1);
  a0 = i32x4.add(i32x4.sub(a0, i32x4.shl(c0, 29)), i32x4.mul(top, low));
  a1 = i32x4.sub(a1, i32x4.shl(c1, 29));
  a2 = i32x4.sub(a2, i32x4.shl(c2, 29));
  a3 = i32x4.sub(a3, i32x4.shl(c3, 29));
  a4 = i32x4.sub(a4, i32x4.shl(c4, 24));
  const none = i32x4.splat(0);
  v128.store(r, i32x4.add(a0, i32x4.shuffle(none, c0, 0, 1, 4, 5)));
  v128.store(r, i32x4.add(a1, i32x4.shuffle(c0, c1, 2, 3, 4, 5)), 16);
  v128.store(r, i32x4.add(a2, i32x4.shuffle(c1, c2, 2, 3, 4, 5)), 32);
  v128.store(r, i32x4.add(a3, i32x4.shuffle(c2, c3, 2, 3, 4, 5)), 48);
  v128.store(r, i32x4.add(a4, i32x4.shuffle(c3, none, 2, 3, 4, 5)), 64);
}

/** Sets one lane (0 = A, 1 = B) of a pair to the number in a word, which is below 2^256. Magnitude 1. */
export function fieldSetWord(r: usize, lane: u32, word: usize): void {
  const limbs = r + ((<usize>lane) << 2);
  let carry: i64 = 0;
  for (let i: u32 = 0; i < 9; i++) {
    const bit = i * 29;
    const at = word + ((<usize>(bit >> 6)) << 3);
    const shift = <u64>(bit & 63);
    let bits = load<u64>(at) >> shift;
    if (shift > 35 && i < 8) bits |= load<u64>(at, 8) << (64 - shift);
    let limb = <i64>(bits & LIMB_MASK) + carry;
    carry = 0;
    if (i < 8 && limb >= LIMB_HALF) {
      limb -= LIMB_MASK + 1;
      carry = 1;
    }
    store<i32>(limbs + ((<usize>i) << 3), <i32>limb);
  }
}

/** The number below p in one lane of a pair, as a word. */
export function fieldToWord(word: usize, a: usize, lane: u32): void {
  const limbs = a + ((<usize>lane) << 2);
  let l0: i64 = load<i32>(limbs);
  let l1: i64 = load<i32>(limbs, 8);
  let l2: i64 = load<i32>(limbs, 16);
  let l3: i64 = load<i32>(limbs, 24);
  let l4: i64 = load<i32>(limbs, 32);
  let l5: i64 = load<i32>(limbs, 40);
  let l6: i64 = load<i32>(limbs, 48);
  let l7: i64 = load<i32>(limbs, 56);
  let l8: i64 = load<i32>(limbs, 64);
  let top: i64 = 0;
  do {
    l0 += top * 977;
    l1 += (top << 3) + (l0 >> 29);
    l0 &= LIMB_MASK;
    l2 += l1 >> 29;
    l1 &= LIMB_MASK;
    l3 += l2 >> 29;
    l2 &= LIMB_MASK;
    l4 += l3 >> 29;
    l3 &= LIMB_MASK;
    l5 += l4 >> 29;
    l4 &= LIMB_MASK;
    l6 += l5 >> 29;
    l5 &= LIMB_MASK;
    l7 += l6 >> 29;
    l6 &= LIMB_MASK;
    l8 += l7 >> 29;
    l7 &= LIMB_MASK;
    top = l8 >> 24;
    l8 &= 0xffffff;
  } while (top != 0);
  store<u64>(word, l0 | (l1 << 29) | (l2 << 58));
  store<u64>(word, (l2 >> 6) | (l3 << 23) | (l4 << 52), 8);
  store<u64>(word, (l4 >> 12) | (l5 << 17) | (l6 << 46), 16);
  store<u64>(word, (l6 >> 18) | (l7 << 11) | (l8 << 40), 24);
  if (!wordLess(word, PRIME)) wordSubtract(word, word, PRIME);
}
