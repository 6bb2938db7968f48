// Keccak-256 (the submission's padding 0x01, not FIPS 202's 0x06): Keccak-f[1600] with rate 1088 (136 bytes).
// The state's 25 lanes stay in locals from the first block to the digest, so that no scratch memory is needed
// and workers cannot disturb each other. Two rounds are unrolled: with all 24 the compiler spills more than
// the loop costs (measured).

import { KECCAK_CONSTANTS } from "../memory/layout";

/** Bytes of input a block takes. */
export const KECCAK_RATE: u32 = 136;

/** Writes the 24 round constants of iota to KECCAK_CONSTANTS. The host calls it once, before any hashing. */
export function initialiseKeccak(): void {
  store<u64>(KECCAK_CONSTANTS, 0x0000000000000001);
  store<u64>(KECCAK_CONSTANTS, 0x0000000000008082, 8);
  store<u64>(KECCAK_CONSTANTS, 0x800000000000808a, 16);
  store<u64>(KECCAK_CONSTANTS, 0x8000000080008000, 24);
  store<u64>(KECCAK_CONSTANTS, 0x000000000000808b, 32);
  store<u64>(KECCAK_CONSTANTS, 0x0000000080000001, 40);
  store<u64>(KECCAK_CONSTANTS, 0x8000000080008081, 48);
  store<u64>(KECCAK_CONSTANTS, 0x8000000000008009, 56);
  store<u64>(KECCAK_CONSTANTS, 0x000000000000008a, 64);
  store<u64>(KECCAK_CONSTANTS, 0x0000000000000088, 72);
  store<u64>(KECCAK_CONSTANTS, 0x0000000080008009, 80);
  store<u64>(KECCAK_CONSTANTS, 0x000000008000000a, 88);
  store<u64>(KECCAK_CONSTANTS, 0x000000008000808b, 96);
  store<u64>(KECCAK_CONSTANTS, 0x800000000000008b, 104);
  store<u64>(KECCAK_CONSTANTS, 0x8000000000008089, 112);
  store<u64>(KECCAK_CONSTANTS, 0x8000000000008003, 120);
  store<u64>(KECCAK_CONSTANTS, 0x8000000000008002, 128);
  store<u64>(KECCAK_CONSTANTS, 0x8000000000000080, 136);
  store<u64>(KECCAK_CONSTANTS, 0x000000000000800a, 144);
  store<u64>(KECCAK_CONSTANTS, 0x800000008000000a, 152);
  store<u64>(KECCAK_CONSTANTS, 0x8000000080008081, 160);
  store<u64>(KECCAK_CONSTANTS, 0x8000000000008080, 168);
  store<u64>(KECCAK_CONSTANTS, 0x0000000080000001, 176);
  store<u64>(KECCAK_CONSTANTS, 0x8000000080008008, 184);
}

/**
 * Lane `index` < 17 of the next block where `remaining` bytes of input are left; if that is less than a block,
 * it is the last one with its padding: a byte 0x01 after the input, 0x80 in the last byte. Never reads
 * behind the input, but up to seven bytes before it.
 */
export function blockLane(input: usize, remaining: u32, index: i32): u64 {
  const bytes = <i32>remaining - (index << 3);
  if (bytes >= 8) return load<u64>(input + ((<usize>index) << 3));
  let lane: u64 = index == 16 ? 0x8000000000000000 : 0;
  if (bytes == 0) {
    lane |= 1;
  } else if (bytes > 0) {
    const bits = (<u64>bytes) << 3;
    lane |= (load<u64>(input + remaining - 8) >> (64 - bits)) | ((<u64>1) << bits);
  }
  return lane;
}

/** Absorbs what remains of an input, `remaining` bytes at `input`, into the lanes a; writes the digest. */
export function keccakFinish(
  out32: usize,
  input: usize,
  remaining: u32,
  a0: u64,
  a1: u64,
  a2: u64,
  a3: u64,
  a4: u64,
  a5: u64,
  a6: u64,
  a7: u64,
  a8: u64,
  a9: u64,
  a10: u64,
  a11: u64,
  a12: u64,
  a13: u64,
  a14: u64,
  a15: u64,
  a16: u64,
  a17: u64,
  a18: u64,
  a19: u64,
  a20: u64,
  a21: u64,
  a22: u64,
  a23: u64,
  a24: u64,
): void {
  let e0: u64 = 0;
  let e1: u64 = 0;
  let e2: u64 = 0;
  let e3: u64 = 0;
  let e4: u64 = 0;
  let e5: u64 = 0;
  let e6: u64 = 0;
  let e7: u64 = 0;
  let e8: u64 = 0;
  let e9: u64 = 0;
  let e10: u64 = 0;
  let e11: u64 = 0;
  let e12: u64 = 0;
  let e13: u64 = 0;
  let e14: u64 = 0;
  let e15: u64 = 0;
  let e16: u64 = 0;
  let e17: u64 = 0;
  let e18: u64 = 0;
  let e19: u64 = 0;
  let e20: u64 = 0;
  let e21: u64 = 0;
  let e22: u64 = 0;
  let e23: u64 = 0;
  let e24: u64 = 0;
  let b0: u64;
  let b1: u64;
  let b2: u64;
  let b3: u64;
  let b4: u64;
  let c0: u64;
  let c1: u64;
  let c2: u64;
  let c3: u64;
  let c4: u64;
  let d0: u64;
  let d1: u64;
  let d2: u64;
  let d3: u64;
  let d4: u64;
  // Lanes 1, 2, 8, 12, 17 and 20 are kept complemented, which leaves 5 of chi's 25 complements a round (Bertoni
  // et al., Keccak implementation overview 3.2, section 2.2).
  a1 = ~a1;
  a2 = ~a2;
  a8 = ~a8;
  a12 = ~a12;
  a17 = ~a17;
  a20 = ~a20;
  let last = false;
  do {
    if (remaining >= KECCAK_RATE) {
      a0 ^= load<u64>(input);
      a1 ^= load<u64>(input, 8);
      a2 ^= load<u64>(input, 16);
      a3 ^= load<u64>(input, 24);
      a4 ^= load<u64>(input, 32);
      a5 ^= load<u64>(input, 40);
      a6 ^= load<u64>(input, 48);
      a7 ^= load<u64>(input, 56);
      a8 ^= load<u64>(input, 64);
      a9 ^= load<u64>(input, 72);
      a10 ^= load<u64>(input, 80);
      a11 ^= load<u64>(input, 88);
      a12 ^= load<u64>(input, 96);
      a13 ^= load<u64>(input, 104);
      a14 ^= load<u64>(input, 112);
      a15 ^= load<u64>(input, 120);
      a16 ^= load<u64>(input, 128);
      input += KECCAK_RATE;
      remaining -= KECCAK_RATE;
    } else {
      last = true;
      if (remaining == 64) {
        // A mapping's slot, a node's pair of hashes: the most frequent length of all.
        a0 ^= load<u64>(input);
        a1 ^= load<u64>(input, 8);
        a2 ^= load<u64>(input, 16);
        a3 ^= load<u64>(input, 24);
        a4 ^= load<u64>(input, 32);
        a5 ^= load<u64>(input, 40);
        a6 ^= load<u64>(input, 48);
        a7 ^= load<u64>(input, 56);
        a8 ^= 1;
        a16 ^= 0x8000000000000000;
      } else {
        a0 ^= blockLane(input, remaining, 0);
        a1 ^= blockLane(input, remaining, 1);
        a2 ^= blockLane(input, remaining, 2);
        a3 ^= blockLane(input, remaining, 3);
        a4 ^= blockLane(input, remaining, 4);
        a5 ^= blockLane(input, remaining, 5);
        a6 ^= blockLane(input, remaining, 6);
        a7 ^= blockLane(input, remaining, 7);
        a8 ^= blockLane(input, remaining, 8);
        a9 ^= blockLane(input, remaining, 9);
        a10 ^= blockLane(input, remaining, 10);
        a11 ^= blockLane(input, remaining, 11);
        a12 ^= blockLane(input, remaining, 12);
        a13 ^= blockLane(input, remaining, 13);
        a14 ^= blockLane(input, remaining, 14);
        a15 ^= blockLane(input, remaining, 15);
        a16 ^= blockLane(input, remaining, 16);
      }
    }
    for (let constants: usize = KECCAK_CONSTANTS; constants < KECCAK_CONSTANTS + 192; constants += 16) {
      c0 = a0 ^ a5 ^ a10 ^ a15 ^ a20;
      c1 = a1 ^ a6 ^ a11 ^ a16 ^ a21;
      c2 = a2 ^ a7 ^ a12 ^ a17 ^ a22;
      c3 = a3 ^ a8 ^ a13 ^ a18 ^ a23;
      c4 = a4 ^ a9 ^ a14 ^ a19 ^ a24;
      d0 = c4 ^ rotl<u64>(c1, 1);
      d1 = c0 ^ rotl<u64>(c2, 1);
      d2 = c1 ^ rotl<u64>(c3, 1);
      d3 = c2 ^ rotl<u64>(c4, 1);
      d4 = c3 ^ rotl<u64>(c0, 1);
      b0 = a0 ^ d0;
      b1 = rotl<u64>(a6 ^ d1, 44);
      b2 = rotl<u64>(a12 ^ d2, 43);
      b3 = rotl<u64>(a18 ^ d3, 21);
      b4 = rotl<u64>(a24 ^ d4, 14);
      e0 = b0 ^ (b1 | b2) ^ load<u64>(constants);
      e1 = b1 ^ (~b2 | b3);
      e2 = b2 ^ (b3 & b4);
      e3 = b3 ^ (b4 | b0);
      e4 = b4 ^ (b0 & b1);
      b0 = rotl<u64>(a3 ^ d3, 28);
      b1 = rotl<u64>(a9 ^ d4, 20);
      b2 = rotl<u64>(a10 ^ d0, 3);
      b3 = rotl<u64>(a16 ^ d1, 45);
      b4 = rotl<u64>(a22 ^ d2, 61);
      e5 = b0 ^ (b1 | b2);
      e6 = b1 ^ (b2 & b3);
      e7 = b2 ^ (b3 | ~b4);
      e8 = b3 ^ (b4 | b0);
      e9 = b4 ^ (b0 & b1);
      b0 = rotl<u64>(a1 ^ d1, 1);
      b1 = rotl<u64>(a7 ^ d2, 6);
      b2 = rotl<u64>(a13 ^ d3, 25);
      b3 = rotl<u64>(a19 ^ d4, 8);
      b4 = rotl<u64>(a20 ^ d0, 18);
      e10 = b0 ^ (b1 | b2);
      e11 = b1 ^ (b2 & b3);
      e12 = b2 ^ (~b3 & b4);
      e13 = ~b3 ^ (b4 | b0);
      e14 = b4 ^ (b0 & b1);
      b0 = rotl<u64>(a4 ^ d4, 27);
      b1 = rotl<u64>(a5 ^ d0, 36);
      b2 = rotl<u64>(a11 ^ d1, 10);
      b3 = rotl<u64>(a17 ^ d2, 15);
      b4 = rotl<u64>(a23 ^ d3, 56);
      e15 = b0 ^ (b1 & b2);
      e16 = b1 ^ (b2 | b3);
      e17 = b2 ^ (~b3 | b4);
      e18 = ~b3 ^ (b4 & b0);
      e19 = b4 ^ (b0 | b1);
      b0 = rotl<u64>(a2 ^ d2, 62);
      b1 = rotl<u64>(a8 ^ d3, 55);
      b2 = rotl<u64>(a14 ^ d4, 39);
      b3 = rotl<u64>(a15 ^ d0, 41);
      b4 = rotl<u64>(a21 ^ d1, 2);
      e20 = b0 ^ (~b1 & b2);
      e21 = ~b1 ^ (b2 | b3);
      e22 = b2 ^ (b3 & b4);
      e23 = b3 ^ (b4 | b0);
      e24 = b4 ^ (b0 & b1);
      c0 = e0 ^ e5 ^ e10 ^ e15 ^ e20;
      c1 = e1 ^ e6 ^ e11 ^ e16 ^ e21;
      c2 = e2 ^ e7 ^ e12 ^ e17 ^ e22;
      c3 = e3 ^ e8 ^ e13 ^ e18 ^ e23;
      c4 = e4 ^ e9 ^ e14 ^ e19 ^ e24;
      d0 = c4 ^ rotl<u64>(c1, 1);
      d1 = c0 ^ rotl<u64>(c2, 1);
      d2 = c1 ^ rotl<u64>(c3, 1);
      d3 = c2 ^ rotl<u64>(c4, 1);
      d4 = c3 ^ rotl<u64>(c0, 1);
      b0 = e0 ^ d0;
      b1 = rotl<u64>(e6 ^ d1, 44);
      b2 = rotl<u64>(e12 ^ d2, 43);
      b3 = rotl<u64>(e18 ^ d3, 21);
      b4 = rotl<u64>(e24 ^ d4, 14);
      a0 = b0 ^ (b1 | b2) ^ load<u64>(constants, 8);
      a1 = b1 ^ (~b2 | b3);
      a2 = b2 ^ (b3 & b4);
      a3 = b3 ^ (b4 | b0);
      a4 = b4 ^ (b0 & b1);
      b0 = rotl<u64>(e3 ^ d3, 28);
      b1 = rotl<u64>(e9 ^ d4, 20);
      b2 = rotl<u64>(e10 ^ d0, 3);
      b3 = rotl<u64>(e16 ^ d1, 45);
      b4 = rotl<u64>(e22 ^ d2, 61);
      a5 = b0 ^ (b1 | b2);
      a6 = b1 ^ (b2 & b3);
      a7 = b2 ^ (b3 | ~b4);
      a8 = b3 ^ (b4 | b0);
      a9 = b4 ^ (b0 & b1);
      b0 = rotl<u64>(e1 ^ d1, 1);
      b1 = rotl<u64>(e7 ^ d2, 6);
      b2 = rotl<u64>(e13 ^ d3, 25);
      b3 = rotl<u64>(e19 ^ d4, 8);
      b4 = rotl<u64>(e20 ^ d0, 18);
      a10 = b0 ^ (b1 | b2);
      a11 = b1 ^ (b2 & b3);
      a12 = b2 ^ (~b3 & b4);
      a13 = ~b3 ^ (b4 | b0);
      a14 = b4 ^ (b0 & b1);
      b0 = rotl<u64>(e4 ^ d4, 27);
      b1 = rotl<u64>(e5 ^ d0, 36);
      b2 = rotl<u64>(e11 ^ d1, 10);
      b3 = rotl<u64>(e17 ^ d2, 15);
      b4 = rotl<u64>(e23 ^ d3, 56);
      a15 = b0 ^ (b1 & b2);
      a16 = b1 ^ (b2 | b3);
      a17 = b2 ^ (~b3 | b4);
      a18 = ~b3 ^ (b4 & b0);
      a19 = b4 ^ (b0 | b1);
      b0 = rotl<u64>(e2 ^ d2, 62);
      b1 = rotl<u64>(e8 ^ d3, 55);
      b2 = rotl<u64>(e14 ^ d4, 39);
      b3 = rotl<u64>(e15 ^ d0, 41);
      b4 = rotl<u64>(e21 ^ d1, 2);
      a20 = b0 ^ (~b1 & b2);
      a21 = ~b1 ^ (b2 | b3);
      a22 = b2 ^ (b3 & b4);
      a23 = b3 ^ (b4 | b0);
      a24 = b4 ^ (b0 & b1);
    }
  } while (!last);
  store<u64>(out32, a0);
  store<u64>(out32, ~a1, 8);
  store<u64>(out32, ~a2, 16);
  store<u64>(out32, a3, 24);
}

/** out32 = keccak-256 of `length` bytes at `input`; may overlap the input. */
export function keccak256(out32: usize, input: usize, length: u32): void {
  keccakFinish(
    out32,
    input,
    length,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
  );
}

/** result = keccak-256 of `length` bytes at `input`, as a word (the digest is a big-endian number). */
export function keccak256Word(result: usize, input: usize, length: u32): void {
  keccak256(result, input, length);
  const b0 = load<u64>(result);
  const b1 = load<u64>(result, 8);
  const b2 = load<u64>(result, 16);
  const b3 = load<u64>(result, 24);
  store<u64>(result, bswap<u64>(b3));
  store<u64>(result, bswap<u64>(b2), 8);
  store<u64>(result, bswap<u64>(b1), 16);
  store<u64>(result, bswap<u64>(b0), 24);
}
