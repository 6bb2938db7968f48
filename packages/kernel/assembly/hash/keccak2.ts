// Keccak-256 of two inputs at once, one in each 64-bit half of the v128 lanes. Same structure as keccak.ts,
// which explains it.

import { KECCAK_CONSTANTS } from "../memory/layout";
import { blockLane, KECCAK_RATE, keccakFinish } from "./keccak";

function rotate(x: v128, bits: i32): v128 {
  return v128.or(v128.shl<i64>(x, bits), v128.shr<u64>(x, 64 - bits));
}

function pairOfLanes(a: usize, b: usize): v128 {
  return v128.load_lane<u64>(b, v128.load_zero<u64>(a), 1);
}

function pairOfBlockLanes(inputA: usize, remainingA: u32, inputB: usize, remainingB: u32, index: i32): v128 {
  return i64x2.replace_lane(
    i64x2.splat(blockLane(inputA, remainingA, index)),
    1,
    blockLane(inputB, remainingB, index),
  );
}

/**
 * outA = keccak-256 of lengthA bytes at inputA, outB likewise. While both inputs have blocks left they are
 * absorbed together; what the longer one has more is absorbed alone. Outputs must not overlap inputs.
 */
export function keccak256Pair(
  outA: usize,
  inputA: usize,
  lengthA: u32,
  outB: usize,
  inputB: usize,
  lengthB: u32,
): void {
  let a0 = i64x2.splat(0);
  let a1 = i64x2.splat(0);
  let a2 = i64x2.splat(0);
  let a3 = i64x2.splat(0);
  let a4 = i64x2.splat(0);
  let a5 = i64x2.splat(0);
  let a6 = i64x2.splat(0);
  let a7 = i64x2.splat(0);
  let a8 = i64x2.splat(0);
  let a9 = i64x2.splat(0);
  let a10 = i64x2.splat(0);
  let a11 = i64x2.splat(0);
  let a12 = i64x2.splat(0);
  let a13 = i64x2.splat(0);
  let a14 = i64x2.splat(0);
  let a15 = i64x2.splat(0);
  let a16 = i64x2.splat(0);
  let a17 = i64x2.splat(0);
  let a18 = i64x2.splat(0);
  let a19 = i64x2.splat(0);
  let a20 = i64x2.splat(0);
  let a21 = i64x2.splat(0);
  let a22 = i64x2.splat(0);
  let a23 = i64x2.splat(0);
  let a24 = i64x2.splat(0);
  let e0 = i64x2.splat(0);
  let e1 = i64x2.splat(0);
  let e2 = i64x2.splat(0);
  let e3 = i64x2.splat(0);
  let e4 = i64x2.splat(0);
  let e5 = i64x2.splat(0);
  let e6 = i64x2.splat(0);
  let e7 = i64x2.splat(0);
  let e8 = i64x2.splat(0);
  let e9 = i64x2.splat(0);
  let e10 = i64x2.splat(0);
  let e11 = i64x2.splat(0);
  let e12 = i64x2.splat(0);
  let e13 = i64x2.splat(0);
  let e14 = i64x2.splat(0);
  let e15 = i64x2.splat(0);
  let e16 = i64x2.splat(0);
  let e17 = i64x2.splat(0);
  let e18 = i64x2.splat(0);
  let e19 = i64x2.splat(0);
  let e20 = i64x2.splat(0);
  let e21 = i64x2.splat(0);
  let e22 = i64x2.splat(0);
  let e23 = i64x2.splat(0);
  let e24 = i64x2.splat(0);
  let b0: v128;
  let b1: v128;
  let b2: v128;
  let b3: v128;
  let b4: v128;
  let c0: v128;
  let c1: v128;
  let c2: v128;
  let c3: v128;
  let c4: v128;
  let d0: v128;
  let d1: v128;
  let d2: v128;
  let d3: v128;
  let d4: v128;
  let remainingA = lengthA;
  let remainingB = lengthB;
  while (true) {
    const lastA = remainingA < KECCAK_RATE;
    const lastB = remainingB < KECCAK_RATE;
    if (lastA || lastB) {
      const shorter = min<u32>(remainingA, remainingB);
      const longer = max<u32>(remainingA, remainingB);
      if (shorter >= 8) a0 = v128.xor(a0, pairOfLanes(inputA, inputB));
      else if (longer >= 0) a0 = v128.xor(a0, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 0));
      if (shorter >= 16) a1 = v128.xor(a1, pairOfLanes(inputA + 8, inputB + 8));
      else if (longer >= 8) a1 = v128.xor(a1, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 1));
      if (shorter >= 24) a2 = v128.xor(a2, pairOfLanes(inputA + 16, inputB + 16));
      else if (longer >= 16) a2 = v128.xor(a2, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 2));
      if (shorter >= 32) a3 = v128.xor(a3, pairOfLanes(inputA + 24, inputB + 24));
      else if (longer >= 24) a3 = v128.xor(a3, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 3));
      if (shorter >= 40) a4 = v128.xor(a4, pairOfLanes(inputA + 32, inputB + 32));
      else if (longer >= 32) a4 = v128.xor(a4, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 4));
      if (shorter >= 48) a5 = v128.xor(a5, pairOfLanes(inputA + 40, inputB + 40));
      else if (longer >= 40) a5 = v128.xor(a5, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 5));
      if (shorter >= 56) a6 = v128.xor(a6, pairOfLanes(inputA + 48, inputB + 48));
      else if (longer >= 48) a6 = v128.xor(a6, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 6));
      if (shorter >= 64) a7 = v128.xor(a7, pairOfLanes(inputA + 56, inputB + 56));
      else if (longer >= 56) a7 = v128.xor(a7, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 7));
      if (shorter >= 72) a8 = v128.xor(a8, pairOfLanes(inputA + 64, inputB + 64));
      else if (longer >= 64) a8 = v128.xor(a8, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 8));
      if (shorter >= 80) a9 = v128.xor(a9, pairOfLanes(inputA + 72, inputB + 72));
      else if (longer >= 72) a9 = v128.xor(a9, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 9));
      if (shorter >= 88) a10 = v128.xor(a10, pairOfLanes(inputA + 80, inputB + 80));
      else if (longer >= 80)
        a10 = v128.xor(a10, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 10));
      if (shorter >= 96) a11 = v128.xor(a11, pairOfLanes(inputA + 88, inputB + 88));
      else if (longer >= 88)
        a11 = v128.xor(a11, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 11));
      if (shorter >= 104) a12 = v128.xor(a12, pairOfLanes(inputA + 96, inputB + 96));
      else if (longer >= 96)
        a12 = v128.xor(a12, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 12));
      if (shorter >= 112) a13 = v128.xor(a13, pairOfLanes(inputA + 104, inputB + 104));
      else if (longer >= 104)
        a13 = v128.xor(a13, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 13));
      if (shorter >= 120) a14 = v128.xor(a14, pairOfLanes(inputA + 112, inputB + 112));
      else if (longer >= 112)
        a14 = v128.xor(a14, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 14));
      if (shorter >= 128) a15 = v128.xor(a15, pairOfLanes(inputA + 120, inputB + 120));
      else if (longer >= 120)
        a15 = v128.xor(a15, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 15));
      a16 = v128.xor(a16, pairOfBlockLanes(inputA, remainingA, inputB, remainingB, 16));
    } else {
      a0 = v128.xor(a0, pairOfLanes(inputA, inputB));
      a1 = v128.xor(a1, pairOfLanes(inputA + 8, inputB + 8));
      a2 = v128.xor(a2, pairOfLanes(inputA + 16, inputB + 16));
      a3 = v128.xor(a3, pairOfLanes(inputA + 24, inputB + 24));
      a4 = v128.xor(a4, pairOfLanes(inputA + 32, inputB + 32));
      a5 = v128.xor(a5, pairOfLanes(inputA + 40, inputB + 40));
      a6 = v128.xor(a6, pairOfLanes(inputA + 48, inputB + 48));
      a7 = v128.xor(a7, pairOfLanes(inputA + 56, inputB + 56));
      a8 = v128.xor(a8, pairOfLanes(inputA + 64, inputB + 64));
      a9 = v128.xor(a9, pairOfLanes(inputA + 72, inputB + 72));
      a10 = v128.xor(a10, pairOfLanes(inputA + 80, inputB + 80));
      a11 = v128.xor(a11, pairOfLanes(inputA + 88, inputB + 88));
      a12 = v128.xor(a12, pairOfLanes(inputA + 96, inputB + 96));
      a13 = v128.xor(a13, pairOfLanes(inputA + 104, inputB + 104));
      a14 = v128.xor(a14, pairOfLanes(inputA + 112, inputB + 112));
      a15 = v128.xor(a15, pairOfLanes(inputA + 120, inputB + 120));
      a16 = v128.xor(a16, pairOfLanes(inputA + 128, inputB + 128));
    }
    for (let constants: usize = KECCAK_CONSTANTS; constants < KECCAK_CONSTANTS + 192; constants += 16) {
      c0 = v128.xor(v128.xor(v128.xor(v128.xor(a0, a5), a10), a15), a20);
      c1 = v128.xor(v128.xor(v128.xor(v128.xor(a1, a6), a11), a16), a21);
      c2 = v128.xor(v128.xor(v128.xor(v128.xor(a2, a7), a12), a17), a22);
      c3 = v128.xor(v128.xor(v128.xor(v128.xor(a3, a8), a13), a18), a23);
      c4 = v128.xor(v128.xor(v128.xor(v128.xor(a4, a9), a14), a19), a24);
      d0 = v128.xor(c4, rotate(c1, 1));
      d1 = v128.xor(c0, rotate(c2, 1));
      d2 = v128.xor(c1, rotate(c3, 1));
      d3 = v128.xor(c2, rotate(c4, 1));
      d4 = v128.xor(c3, rotate(c0, 1));
      b0 = v128.xor(a0, d0);
      b1 = rotate(v128.xor(a6, d1), 44);
      b2 = rotate(v128.xor(a12, d2), 43);
      b3 = rotate(v128.xor(a18, d3), 21);
      b4 = rotate(v128.xor(a24, d4), 14);
      e0 = v128.xor(v128.xor(b0, v128.andnot(b2, b1)), v128.load_splat<u64>(constants));
      e1 = v128.xor(b1, v128.andnot(b3, b2));
      e2 = v128.xor(b2, v128.andnot(b4, b3));
      e3 = v128.xor(b3, v128.andnot(b0, b4));
      e4 = v128.xor(b4, v128.andnot(b1, b0));
      b0 = rotate(v128.xor(a3, d3), 28);
      b1 = rotate(v128.xor(a9, d4), 20);
      b2 = rotate(v128.xor(a10, d0), 3);
      b3 = rotate(v128.xor(a16, d1), 45);
      b4 = rotate(v128.xor(a22, d2), 61);
      e5 = v128.xor(b0, v128.andnot(b2, b1));
      e6 = v128.xor(b1, v128.andnot(b3, b2));
      e7 = v128.xor(b2, v128.andnot(b4, b3));
      e8 = v128.xor(b3, v128.andnot(b0, b4));
      e9 = v128.xor(b4, v128.andnot(b1, b0));
      b0 = rotate(v128.xor(a1, d1), 1);
      b1 = rotate(v128.xor(a7, d2), 6);
      b2 = rotate(v128.xor(a13, d3), 25);
      b3 = rotate(v128.xor(a19, d4), 8);
      b4 = rotate(v128.xor(a20, d0), 18);
      e10 = v128.xor(b0, v128.andnot(b2, b1));
      e11 = v128.xor(b1, v128.andnot(b3, b2));
      e12 = v128.xor(b2, v128.andnot(b4, b3));
      e13 = v128.xor(b3, v128.andnot(b0, b4));
      e14 = v128.xor(b4, v128.andnot(b1, b0));
      b0 = rotate(v128.xor(a4, d4), 27);
      b1 = rotate(v128.xor(a5, d0), 36);
      b2 = rotate(v128.xor(a11, d1), 10);
      b3 = rotate(v128.xor(a17, d2), 15);
      b4 = rotate(v128.xor(a23, d3), 56);
      e15 = v128.xor(b0, v128.andnot(b2, b1));
      e16 = v128.xor(b1, v128.andnot(b3, b2));
      e17 = v128.xor(b2, v128.andnot(b4, b3));
      e18 = v128.xor(b3, v128.andnot(b0, b4));
      e19 = v128.xor(b4, v128.andnot(b1, b0));
      b0 = rotate(v128.xor(a2, d2), 62);
      b1 = rotate(v128.xor(a8, d3), 55);
      b2 = rotate(v128.xor(a14, d4), 39);
      b3 = rotate(v128.xor(a15, d0), 41);
      b4 = rotate(v128.xor(a21, d1), 2);
      e20 = v128.xor(b0, v128.andnot(b2, b1));
      e21 = v128.xor(b1, v128.andnot(b3, b2));
      e22 = v128.xor(b2, v128.andnot(b4, b3));
      e23 = v128.xor(b3, v128.andnot(b0, b4));
      e24 = v128.xor(b4, v128.andnot(b1, b0));
      c0 = v128.xor(v128.xor(v128.xor(v128.xor(e0, e5), e10), e15), e20);
      c1 = v128.xor(v128.xor(v128.xor(v128.xor(e1, e6), e11), e16), e21);
      c2 = v128.xor(v128.xor(v128.xor(v128.xor(e2, e7), e12), e17), e22);
      c3 = v128.xor(v128.xor(v128.xor(v128.xor(e3, e8), e13), e18), e23);
      c4 = v128.xor(v128.xor(v128.xor(v128.xor(e4, e9), e14), e19), e24);
      d0 = v128.xor(c4, rotate(c1, 1));
      d1 = v128.xor(c0, rotate(c2, 1));
      d2 = v128.xor(c1, rotate(c3, 1));
      d3 = v128.xor(c2, rotate(c4, 1));
      d4 = v128.xor(c3, rotate(c0, 1));
      b0 = v128.xor(e0, d0);
      b1 = rotate(v128.xor(e6, d1), 44);
      b2 = rotate(v128.xor(e12, d2), 43);
      b3 = rotate(v128.xor(e18, d3), 21);
      b4 = rotate(v128.xor(e24, d4), 14);
      a0 = v128.xor(v128.xor(b0, v128.andnot(b2, b1)), v128.load_splat<u64>(constants, 8));
      a1 = v128.xor(b1, v128.andnot(b3, b2));
      a2 = v128.xor(b2, v128.andnot(b4, b3));
      a3 = v128.xor(b3, v128.andnot(b0, b4));
      a4 = v128.xor(b4, v128.andnot(b1, b0));
      b0 = rotate(v128.xor(e3, d3), 28);
      b1 = rotate(v128.xor(e9, d4), 20);
      b2 = rotate(v128.xor(e10, d0), 3);
      b3 = rotate(v128.xor(e16, d1), 45);
      b4 = rotate(v128.xor(e22, d2), 61);
      a5 = v128.xor(b0, v128.andnot(b2, b1));
      a6 = v128.xor(b1, v128.andnot(b3, b2));
      a7 = v128.xor(b2, v128.andnot(b4, b3));
      a8 = v128.xor(b3, v128.andnot(b0, b4));
      a9 = v128.xor(b4, v128.andnot(b1, b0));
      b0 = rotate(v128.xor(e1, d1), 1);
      b1 = rotate(v128.xor(e7, d2), 6);
      b2 = rotate(v128.xor(e13, d3), 25);
      b3 = rotate(v128.xor(e19, d4), 8);
      b4 = rotate(v128.xor(e20, d0), 18);
      a10 = v128.xor(b0, v128.andnot(b2, b1));
      a11 = v128.xor(b1, v128.andnot(b3, b2));
      a12 = v128.xor(b2, v128.andnot(b4, b3));
      a13 = v128.xor(b3, v128.andnot(b0, b4));
      a14 = v128.xor(b4, v128.andnot(b1, b0));
      b0 = rotate(v128.xor(e4, d4), 27);
      b1 = rotate(v128.xor(e5, d0), 36);
      b2 = rotate(v128.xor(e11, d1), 10);
      b3 = rotate(v128.xor(e17, d2), 15);
      b4 = rotate(v128.xor(e23, d3), 56);
      a15 = v128.xor(b0, v128.andnot(b2, b1));
      a16 = v128.xor(b1, v128.andnot(b3, b2));
      a17 = v128.xor(b2, v128.andnot(b4, b3));
      a18 = v128.xor(b3, v128.andnot(b0, b4));
      a19 = v128.xor(b4, v128.andnot(b1, b0));
      b0 = rotate(v128.xor(e2, d2), 62);
      b1 = rotate(v128.xor(e8, d3), 55);
      b2 = rotate(v128.xor(e14, d4), 39);
      b3 = rotate(v128.xor(e15, d0), 41);
      b4 = rotate(v128.xor(e21, d1), 2);
      a20 = v128.xor(b0, v128.andnot(b2, b1));
      a21 = v128.xor(b1, v128.andnot(b3, b2));
      a22 = v128.xor(b2, v128.andnot(b4, b3));
      a23 = v128.xor(b3, v128.andnot(b0, b4));
      a24 = v128.xor(b4, v128.andnot(b1, b0));
    }
    inputA += KECCAK_RATE;
    remainingA -= KECCAK_RATE;
    inputB += KECCAK_RATE;
    remainingB -= KECCAK_RATE;
    if (lastA) {
      store<u64>(outA, i64x2.extract_lane(a0, 0));
      store<u64>(outA, i64x2.extract_lane(a1, 0), 8);
      store<u64>(outA, i64x2.extract_lane(a2, 0), 16);
      store<u64>(outA, i64x2.extract_lane(a3, 0), 24);
    }
    if (lastB) {
      store<u64>(outB, i64x2.extract_lane(a0, 1));
      store<u64>(outB, i64x2.extract_lane(a1, 1), 8);
      store<u64>(outB, i64x2.extract_lane(a2, 1), 16);
      store<u64>(outB, i64x2.extract_lane(a3, 1), 24);
    }
    if (lastA) {
      if (lastB) return;
      keccakFinish(
        outB,
        inputB,
        remainingB,
        i64x2.extract_lane(a0, 1),
        i64x2.extract_lane(a1, 1),
        i64x2.extract_lane(a2, 1),
        i64x2.extract_lane(a3, 1),
        i64x2.extract_lane(a4, 1),
        i64x2.extract_lane(a5, 1),
        i64x2.extract_lane(a6, 1),
        i64x2.extract_lane(a7, 1),
        i64x2.extract_lane(a8, 1),
        i64x2.extract_lane(a9, 1),
        i64x2.extract_lane(a10, 1),
        i64x2.extract_lane(a11, 1),
        i64x2.extract_lane(a12, 1),
        i64x2.extract_lane(a13, 1),
        i64x2.extract_lane(a14, 1),
        i64x2.extract_lane(a15, 1),
        i64x2.extract_lane(a16, 1),
        i64x2.extract_lane(a17, 1),
        i64x2.extract_lane(a18, 1),
        i64x2.extract_lane(a19, 1),
        i64x2.extract_lane(a20, 1),
        i64x2.extract_lane(a21, 1),
        i64x2.extract_lane(a22, 1),
        i64x2.extract_lane(a23, 1),
        i64x2.extract_lane(a24, 1),
      );
      return;
    }
    if (lastB) {
      keccakFinish(
        outA,
        inputA,
        remainingA,
        i64x2.extract_lane(a0, 0),
        i64x2.extract_lane(a1, 0),
        i64x2.extract_lane(a2, 0),
        i64x2.extract_lane(a3, 0),
        i64x2.extract_lane(a4, 0),
        i64x2.extract_lane(a5, 0),
        i64x2.extract_lane(a6, 0),
        i64x2.extract_lane(a7, 0),
        i64x2.extract_lane(a8, 0),
        i64x2.extract_lane(a9, 0),
        i64x2.extract_lane(a10, 0),
        i64x2.extract_lane(a11, 0),
        i64x2.extract_lane(a12, 0),
        i64x2.extract_lane(a13, 0),
        i64x2.extract_lane(a14, 0),
        i64x2.extract_lane(a15, 0),
        i64x2.extract_lane(a16, 0),
        i64x2.extract_lane(a17, 0),
        i64x2.extract_lane(a18, 0),
        i64x2.extract_lane(a19, 0),
        i64x2.extract_lane(a20, 0),
        i64x2.extract_lane(a21, 0),
        i64x2.extract_lane(a22, 0),
        i64x2.extract_lane(a23, 0),
        i64x2.extract_lane(a24, 0),
      );
      return;
    }
  }
}
