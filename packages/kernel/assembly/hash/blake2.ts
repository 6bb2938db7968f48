// The compression function F of BLAKE2b (RFC 7693, section 3.2) with a free number of rounds, as EIP-152 has it.

import { BLAKE2_CONSTANTS } from "../memory/layout";

/** Ten permutations of the message words, 16 bytes each: offsets in bytes into the message. */
const SIGMA: usize = BLAKE2_CONSTANTS;
const SIGMA_END: usize = SIGMA + 160;

function storeRow(row: usize, low: u64, high: u64): void {
  store<u64>(SIGMA + row * 16, low);
  store<u64>(SIGMA + row * 16, high, 8);
}

/** Writes the message schedule to BLAKE2_CONSTANTS. The host calls it once. */
export function initialiseBlake2(): void {
  // RFC 7693, section 2.7, each entry times 8 in one byte, first entry lowest.
  storeRow(0, 0x3830282018100800, 0x7870686058504840);
  storeRow(1, 0x3068784840205070, 0x1828385810006008);
  storeRow(2, 0x6878102800604058, 0x2048083830187050);
  storeRow(3, 0x7058606808184838, 0x4078002050283010);
  storeRow(4, 0x7850201038280048, 0x6818403060580870);
  storeRow(5, 0x1840580050306010, 0x4808707828386820);
  storeRow(6, 0x5020687078082860, 0x5840104818303800);
  storeRow(7, 0x4818086070385868, 0x5010304020780028);
  storeRow(8, 0x4000185848707830, 0x2850200838681060);
  storeRow(9, 0x2808303820401050, 0x0068601870485878);
}

// The working vector between two stretches of rounds.
let w0: u64 = 0;
let w1: u64 = 0;
let w2: u64 = 0;
let w3: u64 = 0;
let w4: u64 = 0;
let w5: u64 = 0;
let w6: u64 = 0;
let w7: u64 = 0;
let w8: u64 = 0;
let w9: u64 = 0;
let w10: u64 = 0;
let w11: u64 = 0;
let w12: u64 = 0;
let w13: u64 = 0;
let w14: u64 = 0;
let w15: u64 = 0;

/**
 * Rounds in one call of `mix`. V8 cannot exchange the code of a function that is running: the first, long call would
 * stay on its slow tier for all of 2^32 rounds. A multiple of the ten rows of the schedule.
 */
const STRETCH: u32 = 10000;

/** `rounds` rounds from the schedule's first row on. */
function mix(message: usize, rounds: u32): void {
  let v0 = w0;
  let v1 = w1;
  let v2 = w2;
  let v3 = w3;
  let v4 = w4;
  let v5 = w5;
  let v6 = w6;
  let v7 = w7;
  let v8 = w8;
  let v9 = w9;
  let v10 = w10;
  let v11 = w11;
  let v12 = w12;
  let v13 = w13;
  let v14 = w14;
  let v15 = w15;
  let row = SIGMA;
  while (rounds != 0) {
    rounds--;
    v0 += v4 + load<u64>(message + <usize>load<u8>(row));
    v12 = rotr<u64>(v12 ^ v0, 32);
    v8 += v12;
    v4 = rotr<u64>(v4 ^ v8, 24);
    v0 += v4 + load<u64>(message + <usize>load<u8>(row, 1));
    v12 = rotr<u64>(v12 ^ v0, 16);
    v8 += v12;
    v4 = rotr<u64>(v4 ^ v8, 63);
    v1 += v5 + load<u64>(message + <usize>load<u8>(row, 2));
    v13 = rotr<u64>(v13 ^ v1, 32);
    v9 += v13;
    v5 = rotr<u64>(v5 ^ v9, 24);
    v1 += v5 + load<u64>(message + <usize>load<u8>(row, 3));
    v13 = rotr<u64>(v13 ^ v1, 16);
    v9 += v13;
    v5 = rotr<u64>(v5 ^ v9, 63);
    v2 += v6 + load<u64>(message + <usize>load<u8>(row, 4));
    v14 = rotr<u64>(v14 ^ v2, 32);
    v10 += v14;
    v6 = rotr<u64>(v6 ^ v10, 24);
    v2 += v6 + load<u64>(message + <usize>load<u8>(row, 5));
    v14 = rotr<u64>(v14 ^ v2, 16);
    v10 += v14;
    v6 = rotr<u64>(v6 ^ v10, 63);
    v3 += v7 + load<u64>(message + <usize>load<u8>(row, 6));
    v15 = rotr<u64>(v15 ^ v3, 32);
    v11 += v15;
    v7 = rotr<u64>(v7 ^ v11, 24);
    v3 += v7 + load<u64>(message + <usize>load<u8>(row, 7));
    v15 = rotr<u64>(v15 ^ v3, 16);
    v11 += v15;
    v7 = rotr<u64>(v7 ^ v11, 63);
    v0 += v5 + load<u64>(message + <usize>load<u8>(row, 8));
    v15 = rotr<u64>(v15 ^ v0, 32);
    v10 += v15;
    v5 = rotr<u64>(v5 ^ v10, 24);
    v0 += v5 + load<u64>(message + <usize>load<u8>(row, 9));
    v15 = rotr<u64>(v15 ^ v0, 16);
    v10 += v15;
    v5 = rotr<u64>(v5 ^ v10, 63);
    v1 += v6 + load<u64>(message + <usize>load<u8>(row, 10));
    v12 = rotr<u64>(v12 ^ v1, 32);
    v11 += v12;
    v6 = rotr<u64>(v6 ^ v11, 24);
    v1 += v6 + load<u64>(message + <usize>load<u8>(row, 11));
    v12 = rotr<u64>(v12 ^ v1, 16);
    v11 += v12;
    v6 = rotr<u64>(v6 ^ v11, 63);
    v2 += v7 + load<u64>(message + <usize>load<u8>(row, 12));
    v13 = rotr<u64>(v13 ^ v2, 32);
    v8 += v13;
    v7 = rotr<u64>(v7 ^ v8, 24);
    v2 += v7 + load<u64>(message + <usize>load<u8>(row, 13));
    v13 = rotr<u64>(v13 ^ v2, 16);
    v8 += v13;
    v7 = rotr<u64>(v7 ^ v8, 63);
    v3 += v4 + load<u64>(message + <usize>load<u8>(row, 14));
    v14 = rotr<u64>(v14 ^ v3, 32);
    v9 += v14;
    v4 = rotr<u64>(v4 ^ v9, 24);
    v3 += v4 + load<u64>(message + <usize>load<u8>(row, 15));
    v14 = rotr<u64>(v14 ^ v3, 16);
    v9 += v14;
    v4 = rotr<u64>(v4 ^ v9, 63);
    row += 16;
    if (row == SIGMA_END) row = SIGMA;
  }
  w0 = v0;
  w1 = v1;
  w2 = v2;
  w3 = v3;
  w4 = v4;
  w5 = v5;
  w6 = v6;
  w7 = v7;
  w8 = v8;
  w9 = v9;
  w10 = v10;
  w11 = v11;
  w12 = v12;
  w13 = v13;
  w14 = v14;
  w15 = v15;
}

/**
 * F: mixes `message` (16 u64, little-endian) into `state` (8 u64, in and out) in `rounds` rounds; t0 and t1
 * are the offset counter, `final` marks the last block. Any number of rounds, 0 too.
 */
export function blake2bCompress(
  rounds: u32,
  state: usize,
  message: usize,
  t0: u64,
  t1: u64,
  final: bool,
): void {
  w0 = load<u64>(state);
  w1 = load<u64>(state, 8);
  w2 = load<u64>(state, 16);
  w3 = load<u64>(state, 24);
  w4 = load<u64>(state, 32);
  w5 = load<u64>(state, 40);
  w6 = load<u64>(state, 48);
  w7 = load<u64>(state, 56);
  w8 = 0x6a09e667f3bcc908;
  w9 = 0xbb67ae8584caa73b;
  w10 = 0x3c6ef372fe94f82b;
  w11 = 0xa54ff53a5f1d36f1;
  w12 = 0x510e527fade682d1 ^ t0;
  w13 = 0x9b05688c2b3e6c1f ^ t1;
  w14 = 0x1f83d9abfb41bd6b;
  w15 = 0x5be0cd19137e2179;
  if (final) w14 = ~w14;
  while (rounds > STRETCH) {
    mix(message, STRETCH);
    rounds -= STRETCH;
  }
  mix(message, rounds);
  store<u64>(state, load<u64>(state) ^ w0 ^ w8);
  store<u64>(state, load<u64>(state, 8) ^ w1 ^ w9, 8);
  store<u64>(state, load<u64>(state, 16) ^ w2 ^ w10, 16);
  store<u64>(state, load<u64>(state, 24) ^ w3 ^ w11, 24);
  store<u64>(state, load<u64>(state, 32) ^ w4 ^ w12, 32);
  store<u64>(state, load<u64>(state, 40) ^ w5 ^ w13, 40);
  store<u64>(state, load<u64>(state, 48) ^ w6 ^ w14, 48);
  store<u64>(state, load<u64>(state, 56) ^ w7 ^ w15, 56);
}
