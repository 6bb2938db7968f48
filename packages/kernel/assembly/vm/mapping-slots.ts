// Hashes of 64 bytes are mostly the slots of mappings, and the same few are asked for again and again: Solidity
// hashes a key anew each time it reads or writes the entry, a transaction that is run again asks for all of them, and
// the same senders come back in every block. Two memos of this worker answer those: a small one that stays in
// the first-level cache and holds what the running transaction asks for, and a large one for what comes back later. Of the
// large one an array of tags is looked at first, so that what is not in it (many more accounts than entries) costs
// little more than its hash. The whole preimage is compared.

import { keccak256Word } from "../hash/keccak";
import { allocateWorkerChunks } from "../memory/arena";
import { CHUNK_SIZE } from "../memory/layout";

/** 64 bytes of preimage, the hash as a word. */
const ENTRY: usize = 96;
const NEAR_BITS: u32 = 6;
const FAR_BITS: u32 = 14;
const NEAR: usize = ENTRY << NEAR_BITS;
const TAGS: usize = (<usize>4) << FAR_BITS;
const FAR: usize = ENTRY << FAR_BITS;

let near: usize = 0;
let tags: usize = 0;
let far: usize = 0;

function makeMemo(): void {
  near = allocateWorkerChunks(<u32>((NEAR + TAGS + FAR + CHUNK_SIZE - 1) / CHUNK_SIZE));
  tags = near + NEAR;
  far = tags + TAGS;
  // Every entry of the small memo is right from the start: zeros, and their hash.
  memory.fill(near, 0, ENTRY);
  keccak256Word(near + 64, near, 64);
  for (let at = near + ENTRY; at < tags; at += ENTRY) memory.copy(at, near, ENTRY);
  memory.fill(tags, 0, TAGS);
}

/** Whether the preimage of the entry is the four parts. */
function isOf(entry: usize, a: v128, b: v128, c: v128, d: v128): bool {
  const differs = v128.or(
    v128.or(v128.xor(a, v128.load(entry)), v128.xor(b, v128.load(entry, 16))),
    v128.or(v128.xor(c, v128.load(entry, 32)), v128.xor(d, v128.load(entry, 48))),
  );
  return !v128.any_true(differs);
}

/** keccak256 of the 64 bytes at `input`, as a word. */
export function keccak256OfPair(result: usize, input: usize): void {
  if (near == 0) makeMemo();
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
  const spread = <u64>mixed * 0x2545f4914f6cdd1d;
  const entry = near + <usize>(spread >> (64 - NEAR_BITS)) * ENTRY;
  if (!isOf(entry, a, b, c, d)) {
    fetch(entry, input, a, b, c, d, spread);
    v128.store(entry, a);
    v128.store(entry, b, 16);
    v128.store(entry, c, 32);
    v128.store(entry, d, 48);
  }
  v128.store(result, v128.load(entry, 64));
  v128.store(result, v128.load(entry, 80), 16);
}

/** Puts the hash of the four parts at `input` into the entry of the small memo. */
function fetch(entry: usize, input: usize, a: v128, b: v128, c: v128, d: v128, spread: u64): void {
  const place = <usize>(spread >> (58 - FAR_BITS)) & ((1 << FAR_BITS) - 1);
  // Never the tag of an entry that was not filled.
  const tag = <u32>spread | 1;
  const tagAt = tags + (place << 2);
  const other = far + place * ENTRY;
  if (load<u32>(tagAt) == tag && isOf(other, a, b, c, d)) {
    v128.store(entry, v128.load(other, 64), 64);
    v128.store(entry, v128.load(other, 80), 80);
    return;
  }
  keccak256Word(entry + 64, input, 64);
  store<u32>(tagAt, tag);
  v128.store(other, a);
  v128.store(other, b, 16);
  v128.store(other, c, 32);
  v128.store(other, d, 48);
  v128.store(other, v128.load(entry, 64), 64);
  v128.store(other, v128.load(entry, 80), 80);
}
