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
  let v0 = load<u64>(state);
  let v1 = load<u64>(state, 8);
  let v2 = load<u64>(state, 16);
  let v3 = load<u64>(state, 24);
  let v4 = load<u64>(state, 32);
  let v5 = load<u64>(state, 40);
  let v6 = load<u64>(state, 48);
  let v7 = load<u64>(state, 56);
  let v8: u64 = 0x6a09e667f3bcc908;
  let v9: u64 = 0xbb67ae8584caa73b;
  let v10: u64 = 0x3c6ef372fe94f82b;
  let v11: u64 = 0xa54ff53a5f1d36f1;
  let v12: u64 = 0x510e527fade682d1 ^ t0;
  let v13: u64 = 0x9b05688c2b3e6c1f ^ t1;
  let v14: u64 = 0x1f83d9abfb41bd6b;
  let v15: u64 = 0x5be0cd19137e2179;
  if (final) v14 = ~v14;
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
  store<u64>(state, load<u64>(state) ^ v0 ^ v8);
  store<u64>(state, load<u64>(state, 8) ^ v1 ^ v9, 8);
  store<u64>(state, load<u64>(state, 16) ^ v2 ^ v10, 16);
  store<u64>(state, load<u64>(state, 24) ^ v3 ^ v11, 24);
  store<u64>(state, load<u64>(state, 32) ^ v4 ^ v12, 32);
  store<u64>(state, load<u64>(state, 40) ^ v5 ^ v13, 40);
  store<u64>(state, load<u64>(state, 48) ^ v6 ^ v14, 48);
  store<u64>(state, load<u64>(state, 56) ^ v7 ^ v15, 56);
}
