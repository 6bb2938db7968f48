// Logs bloom filters: 2048 bits, of which each address and topic sets three (yellow paper, section 4.3.1).

import { keccak256 } from "../hash/keccak";
import { keccak256Pair } from "../hash/keccak2";

/** Three pairs of bytes of the hash, modulo 2048, are bit numbers counted from the filter's end. */
function setBits(bloom: usize, hash: usize): void {
  for (let i: usize = 0; i < 6; i += 2) {
    const bit = <u32>(bswap(load<u16>(hash + i)) & 2047);
    const at = bloom + 255 - (bit >> 3);
    store<u8>(at, load<u8>(at) | ((<u8>1) << (<u8>(bit & 7))));
  }
}

/** Adds one value. `scratch`: 32 bytes. */
export function bloomAdd(bloom: usize, value: usize, length: u32, scratch: usize): void {
  keccak256(scratch, value, length);
  setBits(bloom, scratch);
}

/** Adds two values at once. `scratch`: 64 bytes. */
export function bloomAddPair(
  bloom: usize,
  a: usize,
  lengthA: u32,
  b: usize,
  lengthB: u32,
  scratch: usize,
): void {
  keccak256Pair(scratch, a, lengthA, scratch + 32, b, lengthB);
  setBits(bloom, scratch);
  setBits(bloom, scratch + 32);
}

/** result |= other. */
export function bloomOr(result: usize, other: usize): void {
  for (let i: usize = 0; i < 256; i += 16) {
    v128.store(result + i, v128.or(v128.load(result + i), v128.load(other + i)));
  }
}
