// Hashes of 64 bytes are mostly the slots of mappings, and the same few are asked for again and again: Solidity
// hashes a key anew each time it reads or writes the entry, and a transaction that is run again asks for all
// of them. A small direct-mapped memo of this worker answers those. The whole preimage is compared.

import { keccak256Word } from "../hash/keccak";
import { allocateWorkerChunks } from "../memory/arena";
import { CHUNK_SIZE } from "../memory/layout";

/** 64 bytes of preimage, the hash as a word. */
const ENTRY: usize = 96;
const ENTRIES: u32 = 2048;

let memo: usize = 0;

function makeMemo(): void {
  memo = allocateWorkerChunks(<u32>((ENTRY * <usize>ENTRIES + CHUNK_SIZE - 1) / CHUNK_SIZE));
  // Every entry is right from the start: zeros, and their hash.
  memory.fill(memo, 0, ENTRY);
  keccak256Word(memo + 64, memo, 64);
  for (let i: u32 = 1; i < ENTRIES; i++) memory.copy(memo + <usize>i * ENTRY, memo, ENTRY);
}

/** keccak256 of the 64 bytes at `input`, as a word. */
export function keccak256OfPair(result: usize, input: usize): void {
  if (memo == 0) makeMemo();
  const a = v128.load(input);
  const b = v128.load(input, 16);
  const c = v128.load(input, 32);
  const d = v128.load(input, 48);
  // A mixture that spreads addresses and small numbers; equal places for different keys cost a hash, nothing more.
  const low = v128.xor(a, c);
  const high = v128.xor(b, d);
  const mixed =
    (i64x2.extract_lane(low, 0) + i64x2.extract_lane(low, 1)) * 0x632be59bd9b4e019 +
    i64x2.extract_lane(high, 0) * 0x1b873593cc9e2d51 +
    i64x2.extract_lane(high, 1) * 0x5851f42d4c957f2d;
  const entry = memo + <usize>((<u64>mixed * 0x2545f4914f6cdd1d) >> 53) * ENTRY;
  const differs = v128.or(
    v128.or(v128.xor(a, v128.load(entry)), v128.xor(b, v128.load(entry, 16))),
    v128.or(v128.xor(c, v128.load(entry, 32)), v128.xor(d, v128.load(entry, 48))),
  );
  if (v128.any_true(differs)) {
    keccak256Word(entry + 64, input, 64);
    v128.store(entry, a);
    v128.store(entry, b, 16);
    v128.store(entry, c, 32);
    v128.store(entry, d, 48);
  }
  v128.store(result, v128.load(entry, 64));
  v128.store(result, v128.load(entry, 80), 16);
}
