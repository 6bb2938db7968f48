// SHA-256 (FIPS 180-4).

import { SHA256_CONSTANTS } from "../memory/layout";

const BLOCK: u32 = 64;
/** Bytes of scratch memory that `sha256` needs: the message schedule, then the last one or two blocks, padded. */
export const SHA256_SCRATCH: u32 = 384;
const SCHEDULE_BYTES: usize = 256;

function storePair(index: usize, constants: u64): void {
  store<u64>(SHA256_CONSTANTS + index * 8, constants);
}

/** Writes the 64 round constants to SHA256_CONSTANTS, two at a time, the first one lowest. The host calls it once. */
export function initialiseSha256(): void {
  storePair(0, 0x71374491428a2f98);
  storePair(1, 0xe9b5dba5b5c0fbcf);
  storePair(2, 0x59f111f13956c25b);
  storePair(3, 0xab1c5ed5923f82a4);
  storePair(4, 0x12835b01d807aa98);
  storePair(5, 0x550c7dc3243185be);
  storePair(6, 0x80deb1fe72be5d74);
  storePair(7, 0xc19bf1749bdc06a7);
  storePair(8, 0xefbe4786e49b69c1);
  storePair(9, 0x240ca1cc0fc19dc6);
  storePair(10, 0x4a7484aa2de92c6f);
  storePair(11, 0x76f988da5cb0a9dc);
  storePair(12, 0xa831c66d983e5152);
  storePair(13, 0xbf597fc7b00327c8);
  storePair(14, 0xd5a79147c6e00bf3);
  storePair(15, 0x1429296706ca6351);
  storePair(16, 0x2e1b213827b70a85);
  storePair(17, 0x53380d134d2c6dfc);
  storePair(18, 0x766a0abb650a7354);
  storePair(19, 0x92722c8581c2c92e);
  storePair(20, 0xa81a664ba2bfe8a1);
  storePair(21, 0xc76c51a3c24b8b70);
  storePair(22, 0xd6990624d192e819);
  storePair(23, 0x106aa070f40e3585);
  storePair(24, 0x1e376c0819a4c116);
  storePair(25, 0x34b0bcb52748774c);
  storePair(26, 0x4ed8aa4a391c0cb3);
  storePair(27, 0x682e6ff35b9cca4f);
  storePair(28, 0x78a5636f748f82ee);
  storePair(29, 0x8cc7020884c87814);
  storePair(30, 0xa4506ceb90befffa);
  storePair(31, 0xc67178f2bef9a3f7);
}

let h0: u32 = 0;
let h1: u32 = 0;
let h2: u32 = 0;
let h3: u32 = 0;
let h4: u32 = 0;
let h5: u32 = 0;
let h6: u32 = 0;
let h7: u32 = 0;

/** The schedule of one block: 16 words of the message, big-endian, and 48 that follow from them. */
function expand(schedule: usize, block: usize): void {
  for (let i: usize = 0; i < 64; i += 4) store<u32>(schedule + i, bswap<u32>(load<u32>(block + i)));
  for (let at: usize = schedule + 64; at < schedule + SCHEDULE_BYTES; at += 4) {
    const w15 = load<u32>(at - 60);
    const w2 = load<u32>(at - 8);
    const s0 = rotr<u32>(w15, 7) ^ rotr<u32>(w15, 18) ^ (w15 >> 3);
    const s1 = rotr<u32>(w2, 17) ^ rotr<u32>(w2, 19) ^ (w2 >> 10);
    store<u32>(at, load<u32>(at - 64) + s0 + load<u32>(at - 28) + s1);
  }
}

function compress(schedule: usize, block: usize): void {
  expand(schedule, block);
  let a = h0;
  let b = h1;
  let c = h2;
  let d = h3;
  let e = h4;
  let f = h5;
  let g = h6;
  let h = h7;
  for (let i: usize = 0; i < SCHEDULE_BYTES; i += 4) {
    const s1 = rotr<u32>(e, 6) ^ rotr<u32>(e, 11) ^ rotr<u32>(e, 25);
    const t1 = h + s1 + (g ^ (e & (f ^ g))) + load<u32>(SHA256_CONSTANTS + i) + load<u32>(schedule + i);
    const s0 = rotr<u32>(a, 2) ^ rotr<u32>(a, 13) ^ rotr<u32>(a, 22);
    const t2 = s0 + ((a & b) | (c & (a | b)));
    h = g;
    g = f;
    f = e;
    e = d + t1;
    d = c;
    c = b;
    b = a;
    a = t1 + t2;
  }
  h0 += a;
  h1 += b;
  h2 += c;
  h3 += d;
  h4 += e;
  h5 += f;
  h6 += g;
  h7 += h;
}

/** Writes the 32 bytes of SHA-256 of the input to `out`; `scratch` has SHA256_SCRATCH bytes. */
export function sha256(out: usize, input: usize, length: u32, scratch: usize): void {
  h0 = 0x6a09e667;
  h1 = 0xbb67ae85;
  h2 = 0x3c6ef372;
  h3 = 0xa54ff53a;
  h4 = 0x510e527f;
  h5 = 0x9b05688c;
  h6 = 0x1f83d9ab;
  h7 = 0x5be0cd19;
  const whole = length & ~(BLOCK - 1);
  for (let at: u32 = 0; at < whole; at += BLOCK) compress(scratch, input + at);
  const rest = length - whole;
  // A one bit, zeros, and the length in bits: 9 bytes at least.
  const tail = scratch + SCHEDULE_BYTES;
  const tailLength: u32 = rest + 9 <= BLOCK ? BLOCK : 2 * BLOCK;
  memory.fill(tail, 0, tailLength);
  memory.copy(tail, input + whole, rest);
  store<u8>(tail + rest, 0x80);
  store<u64>(tail + tailLength - 8, bswap<u64>((<u64>length) << 3));
  for (let at: u32 = 0; at < tailLength; at += BLOCK) compress(scratch, tail + at);
  store<u32>(out, bswap<u32>(h0));
  store<u32>(out, bswap<u32>(h1), 4);
  store<u32>(out, bswap<u32>(h2), 8);
  store<u32>(out, bswap<u32>(h3), 12);
  store<u32>(out, bswap<u32>(h4), 16);
  store<u32>(out, bswap<u32>(h5), 20);
  store<u32>(out, bswap<u32>(h6), 24);
  store<u32>(out, bswap<u32>(h7), 28);
}
