// Contract code, found by its hash in a table that all workers share.

import { keccak256 } from "../hash/keccak";
import { abortTransaction, panic } from "../host";
import { allocateChunks, freeChunks, freeChunksOf } from "../memory/arena";
import { CHUNK_SIZE, Chunk, Control, control, VM_CONSTANTS } from "../memory/layout";
import { Abort } from "../status";
import { wordFromAddress } from "../word/word";

/** Code that was interned: never changed once published, freed between blocks only, all at once (`codesForget`). */
@unmanaged
export class Code {
  bytes: u32;
  length: u32;
  /** List of Decoded (vm/decode.ts), one for each fork and way of stepping it has run under; atomic. */
  decoded: u32;
  flags: u32;
  /** keccak256 of the bytes, raw. */
  hash0: u64;
  hash1: u64;
  hash2: u64;
  hash3: u64;
  /** EIP-7702: the address that a delegation points to, as a word. */
  target0: u64;
  target1: u64;
  target2: u64;
  target3: u64;
}

const CODE_DELEGATION: u32 = 1;

/** The code of an account without code. */
export const EMPTY_CODE: usize = VM_CONSTANTS;

/** `detail` of Abort.IndexFull for the table of codes; accounts and slots are 0 and 1 (state/intern.ts). */
const INDEX_CODES: u32 = 2;

const INDEX_MINIMUM: u32 = CHUNK_SIZE >> 2;

export function codeHash(code: usize): usize {
  return code + offsetof<Code>("hash0");
}

export function codeTarget(code: usize): usize {
  return code + offsetof<Code>("target0");
}

export function codeIsDelegation(code: usize): bool {
  return (changetype<Code>(code).flags & CODE_DELEGATION) != 0;
}

/** Writes EMPTY_CODE; called once by the host before any worker runs. */
export function initialiseCode(): void {
  const code = changetype<Code>(EMPTY_CODE);
  memory.fill(EMPTY_CODE, 0, offsetof<Code>());
  code.bytes = <u32>EMPTY_CODE;
  code.hash0 = 0x3c23f7860146d2c5;
  code.hash1 = 0xc003c7dcb27d7e92;
  code.hash2 = 0x3b2782ca53b600e5;
  code.hash3 = 0x70a4855d04d8fa7b;
}

// Memory for codes: each worker fills chunks of its own.
let arenaGeneration: u32 = 0;
let arenaTop: usize = 0;
let arenaEnd: usize = 0;

function allocateCodeChunks(count: u32): usize {
  const address = allocateChunks(count, Chunk.Code);
  const bytes = <u64>count * CHUNK_SIZE;
  atomic.add<u64>(changetype<usize>(control()) + offsetof<Control>("cacheBytes"), bytes);
  atomic.add<u64>(changetype<usize>(control()) + offsetof<Control>("codeBytes"), bytes);
  return address;
}

/** `size` bytes that live as long as the code they belong to, 8-byte aligned. */
export function codeAllocate(size: usize): usize {
  const generation = control().codeGeneration;
  if (arenaGeneration != generation) {
    // The open chunk was freed with all others, and may be another worker's by now.
    arenaGeneration = generation;
    arenaTop = 0;
    arenaEnd = 0;
  }
  const rounded = (size + 7) & ~7;
  if (rounded > CHUNK_SIZE / 4) {
    return allocateCodeChunks(<u32>((rounded + CHUNK_SIZE - 1) / CHUNK_SIZE));
  }
  if (arenaTop + rounded > arenaEnd) {
    arenaTop = allocateCodeChunks(1);
    arenaEnd = arenaTop + CHUNK_SIZE;
  }
  const address = arenaTop;
  arenaTop += rounded;
  return address;
}

/**
 * Forgets all codes and their decoded forms; returns the bytes given back. No worker may be inside a block, and nobody
 * may hold a pointer to a code any more (records: `codesEvict`, `internReset`).
 */
export function codesForget(): u64 {
  const shared = control();
  shared.codeGeneration += 1;
  freeChunksOf(Chunk.Code);
  const bytes = shared.codeBytes;
  atomic.sub<u64>(changetype<usize>(shared) + offsetof<Control>("cacheBytes"), bytes);
  shared.codeBytes = 0;
  shared.codeCount = 0;
  if (shared.codeIndexMask >= INDEX_MINIMUM) {
    // One that has grown: whoever needs a table next makes a small one.
    freeChunks(<usize>shared.codeIndex);
    shared.codeIndex = 0;
  } else if (shared.codeIndex != 0) {
    memory.fill(<usize>shared.codeIndex, 0, CHUNK_SIZE);
  }
  return bytes;
}

function firstPlace(hash: usize, mask: u32): u32 {
  const mixed = (load<u64>(hash) ^ control().seed) * 0x9e3779b97f4a7c15;
  return <u32>((mixed ^ load<u64>(hash, 8)) >> 24) & mask;
}

function hashEquals(a: usize, b: usize): bool {
  return (
    load<u64>(a) == load<u64>(b) &&
    load<u64>(a, 8) == load<u64>(b, 8) &&
    load<u64>(a, 16) == load<u64>(b, 16) &&
    load<u64>(a, 24) == load<u64>(b, 24)
  );
}

/** The table, made by whoever needs it first where the host has not given one. */
function ensureIndex(): usize {
  const at = changetype<usize>(control()) + offsetof<Control>("codeIndex");
  const index: usize = atomic.load<u32>(at);
  if (index != 0) return index;
  const table = allocateChunks(1, Chunk.Index);
  memory.fill(table, 0, CHUNK_SIZE);
  // The same for all who try, so that it may be written twice.
  atomic.store<u32>(changetype<usize>(control()) + offsetof<Control>("codeIndexMask"), INDEX_MINIMUM - 1);
  const met: usize = atomic.cmpxchg<u32>(at, 0, <u32>table);
  if (met == 0) return table;
  freeChunks(table);
  return met;
}

/** The code whose keccak256 stands at `hash`, or 0 where it is not in the cache. */
export function codeFind(hash: usize): usize {
  if (hashEquals(hash, codeHash(EMPTY_CODE))) return EMPTY_CODE;
  const index = ensureIndex();
  const mask = control().codeIndexMask;
  let place = firstPlace(hash, mask);
  while (true) {
    const code: usize = atomic.load<u32>(index + ((<usize>place) << 2));
    if (code == 0) return 0;
    if (hashEquals(hash, codeHash(code))) return code;
    place = (place + 1) & mask;
  }
}

/**
 * The Code of `length` bytes at `bytes` (copied), one for equal bytes whoever asks. `hash` points to their
 * keccak256, or is 0 where it has to be computed. Aborts with IndexFull where the table has no room.
 */
export function codeIntern(bytes: usize, length: u32, hash: usize): usize {
  if (length == 0) return EMPTY_CODE;
  if (hash != 0) {
    const known = codeFind(hash);
    if (known != 0) return known;
  }
  const made = codeAllocate(offsetof<Code>() + length);
  const code = changetype<Code>(made);
  memory.fill(made, 0, offsetof<Code>());
  code.bytes = <u32>(made + offsetof<Code>());
  code.length = length;
  memory.copy(code.bytes, bytes, length);
  if (hash == 0) keccak256(codeHash(made), bytes, length);
  else memory.copy(codeHash(made), hash, 32);
  // EIP-7702: 0xef0100 and an address.
  if (length == 23 && load<u16>(bytes) == 0x01ef && load<u8>(bytes, 2) == 0) {
    code.flags = CODE_DELEGATION;
    wordFromAddress(codeTarget(made), bytes + 3);
  }
  const index = ensureIndex();
  const mask = control().codeIndexMask;
  const count = changetype<usize>(control()) + offsetof<Control>("codeCount");
  // A quarter stays empty: probes stay short, and workers that add at once cannot fill the rest.
  if (atomic.load<u32>(count) >= mask - (mask >> 2)) {
    abortTransaction(Abort.IndexFull, INDEX_CODES);
  }
  let place = firstPlace(codeHash(made), mask);
  while (true) {
    const at = index + ((<usize>place) << 2);
    let there: usize = atomic.load<u32>(at);
    if (there == 0) {
      there = atomic.cmpxchg<u32>(at, 0, <u32>made);
      if (there == 0) {
        atomic.add<u32>(count, 1);
        return made;
      }
    }
    if (hashEquals(codeHash(there), codeHash(made))) return there;
    place = (place + 1) & mask;
  }
}

/** Moves the table of codes to one of `capacity` (a power of two) entries. No worker may run. */
export function codeIndexGrow(capacity: u32): void {
  if ((capacity & (capacity - 1)) != 0) panic(20, capacity);
  const old = ensureIndex();
  const oldMask = control().codeIndexMask;
  const table = allocateChunks((capacity + INDEX_MINIMUM - 1) / INDEX_MINIMUM, Chunk.Index);
  memory.fill(table, 0, (<usize>capacity) << 2);
  for (let i: u32 = 0; i <= oldMask; i++) {
    const code: usize = load<u32>(old + ((<usize>i) << 2));
    if (code == 0) continue;
    let place = firstPlace(codeHash(code), capacity - 1);
    while (load<u32>(table + ((<usize>place) << 2)) != 0) place = (place + 1) & (capacity - 1);
    store<u32>(table + ((<usize>place) << 2), <u32>code);
  }
  control().codeIndex = <u32>table;
  control().codeIndexMask = capacity - 1;
  freeChunks(old);
}
