// Chunks of the heap, and a worker's block arena: memory that lives until the block ends.

import { outOfMemory, panic } from "../host";
import { CHUNK_SIZE, CHUNK_TABLE, Chunk, Control, control, HEAP_START, MAX_CHUNKS } from "./layout";

/** Index of the worker that runs this instance; the host's own instance has a number of its own. */
export let workerId: u32 = 0;

export function setWorkerId(id: u32): void {
  workerId = id;
}

/** False where the memory cannot be made so long. */
function ensureMemory(end: usize): bool {
  const have = (<usize>memory.size()) << 16;
  if (end <= have) return true;
  const pages = <i32>((end - have + 65535) >> 16);
  // Another worker may have grown it in between: then more is there than asked for, which is fine.
  return memory.grow(pages) >= 0 || (<usize>memory.size()) << 16 >= end;
}

/** Number of chunks that lie below the limit of memory. */
function chunkLimit(): u32 {
  const limit = control().memoryLimit;
  if (limit <= <u64>HEAP_START) return 0;
  const count = (limit - <u64>HEAP_START) / <u64>CHUNK_SIZE;
  return count < <u64>MAX_CHUNKS ? <u32>count : MAX_CHUNKS;
}

function chunkAddress(index: u32): usize {
  return HEAP_START + <usize>index * CHUNK_SIZE;
}

/** Takes `count` neighbouring chunks for `kind`; returns the address. Zero-filled only where never used. */
export function allocateChunks(count: u32, kind: Chunk): usize {
  const address = takeChunks(count, kind);
  if (address == 0) outOfMemory(count * CHUNK_SIZE);
  return address;
}

/** From the end: what follows a free entry must never look as if it belonged to whoever takes that. */
function giveBack(start: u32, count: u32): void {
  for (let i = count; i-- > 0; ) atomic.store<u32>(CHUNK_TABLE + ((<usize>(start + i)) << 2), Chunk.Free);
}

/** Takes `count` neighbouring entries of the table from `start` on; returns how many were free: all, or none is taken. */
function takeRun(start: u32, count: u32, kind: Chunk): u32 {
  let taken: u32 = 0;
  while (taken < count) {
    const entry = CHUNK_TABLE + ((<usize>(start + taken)) << 2);
    const mark = taken == 0 ? <u32>kind : <u32>Chunk.Continued;
    if (atomic.cmpxchg<u32>(entry, Chunk.Free, mark) != Chunk.Free) {
      giveBack(start, taken);
      break;
    }
    taken++;
  }
  return taken;
}

/** As `allocateChunks`, but where there is no room it returns 0, and nothing is taken. */
export function takeChunks(count: u32, kind: Chunk): usize {
  const shared = control();
  const limit = chunkLimit();
  let start = atomic.load<u32>(changetype<usize>(shared) + offsetof<Control>("chunkHint"));
  let wrapped = false;
  while (true) {
    if (start + count > limit) {
      if (wrapped) return 0;
      wrapped = true;
      start = 0;
      continue;
    }
    const taken = takeRun(start, count, kind);
    if (taken == count) break;
    // On behind the obstacle.
    start += taken + 1;
  }
  const address = chunkAddress(start);
  if (!ensureMemory(address + <usize>count * CHUNK_SIZE)) {
    giveBack(start, count);
    return 0;
  }
  if (count == 1) {
    atomic.store<u32>(changetype<usize>(shared) + offsetof<Control>("chunkHint"), start + 1);
  }
  return address;
}

/**
 * As `takeChunks`, but from the end of the memory: what comes and goes beside a running block then lies in nobody's way who
 * needs a long run or stays.
 */
export function takeLastChunks(count: u32, kind: Chunk): usize {
  const limit = chunkLimit();
  if (count > limit) return 0;
  let start = limit - count;
  while (true) {
    const taken = takeRun(start, count, kind);
    if (taken == count) break;
    // The run has to end before the obstacle.
    if (start + taken < count) return 0;
    start = start + taken - count;
  }
  const address = chunkAddress(start);
  if (ensureMemory(address + <usize>count * CHUNK_SIZE)) return address;
  giveBack(start, count);
  return 0;
}

/** Whether `count` chunks are free, wherever they lie. No worker may run. */
export function chunksAreFree(count: u32): bool {
  const limit = chunkLimit();
  let free: u32 = 0;
  for (let i: u32 = 0; i < limit && free < count; i++) {
    if (load<u32>(CHUNK_TABLE + ((<usize>i) << 2)) == Chunk.Free) free++;
  }
  return free >= count;
}

/** Marks chunks of this worker alone: what a dead worker leaves is known by its number. */
function workerMark(): u32 {
  return <u32>Chunk.Worker | ((workerId + 1) << 8);
}

let predecessorIsGone: bool = false;

/** Takes `count` neighbouring chunks for this worker alone. They outlive blocks. */
export function allocateWorkerChunks(count: u32): usize {
  if (!predecessorIsGone) {
    predecessorIsGone = true;
    freePredecessorChunks();
  }
  return allocateChunks(count, <Chunk>workerMark());
}

/**
 * Frees what the worker with this number held before: the one that this worker replaces. Before this one's first chunk,
 * whatever it is for: they cannot be told apart.
 */
function freePredecessorChunks(): void {
  const mark = workerMark();
  for (let i: u32 = 0; i < MAX_CHUNKS; i++) {
    if (atomic.load<u32>(CHUNK_TABLE + ((<usize>i) << 2)) == mark) freeChunks(chunkAddress(i));
  }
}

/** Gives back the run of chunks that starts at `address`. */
export function freeChunks(address: usize): void {
  const first = <u32>((address - HEAP_START) / CHUNK_SIZE);
  // Counted while all are still taken: of what is free already another worker may make a run that goes on behind this one.
  let end = first + 1;
  while (end < MAX_CHUNKS && atomic.load<u32>(CHUNK_TABLE + ((<usize>end) << 2)) == Chunk.Continued) end++;
  giveBack(first, end - first);
  const hint = changetype<usize>(control()) + offsetof<Control>("chunkHint");
  if (first < atomic.load<u32>(hint)) atomic.store<u32>(hint, first);
}

/** Frees every run of chunks of one kind; returns the bytes. No worker may be inside a block. */
export function freeChunksOf(kind: Chunk): u64 {
  let bytes: u64 = 0;
  for (let i: u32 = 0; i < MAX_CHUNKS; i++) {
    if (load<u32>(CHUNK_TABLE + ((<usize>i) << 2)) != <u32>kind) continue;
    bytes += CHUNK_SIZE;
    let next = i + 1;
    while (next < MAX_CHUNKS && load<u32>(CHUNK_TABLE + ((<usize>next) << 2)) == <u32>Chunk.Continued) {
      bytes += CHUNK_SIZE;
      next++;
    }
    freeChunks(chunkAddress(i));
    i = next - 1;
  }
  return bytes;
}

/** Frees all chunks of the block's arenas. No worker may be inside a block. */
export function resetBlockChunks(): void {
  let i: u32 = 0;
  while (i < MAX_CHUNKS) {
    // A call opens a block as well, and the table is long: most of it is nobody's.
    if (i % GROUP == 0 && !hasBlockChunk(i)) {
      i += GROUP;
      continue;
    }
    if (load<u32>(CHUNK_TABLE + ((<usize>i) << 2)) == Chunk.Block) i = freeRun(i);
    else i++;
  }
  control().chunkHint = 0;
}

/** Entries of the table that are looked at together. */
const GROUP: u32 = 16;

/** Whether a run of a block begins in the group at `index`. */
function hasBlockChunk(index: u32): bool {
  const group = CHUNK_TABLE + ((<usize>index) << 2);
  const block = i32x4.splat(Chunk.Block);
  const first = v128.or(i32x4.eq(v128.load(group), block), i32x4.eq(v128.load(group, 16), block));
  const last = v128.or(i32x4.eq(v128.load(group, 32), block), i32x4.eq(v128.load(group, 48), block));
  return v128.any_true(v128.or(first, last));
}

/** Frees the run that begins at an entry; returns the index of the one behind it. */
function freeRun(index: u32): u32 {
  let i = index;
  do {
    store<u32>(CHUNK_TABLE + ((<usize>i) << 2), Chunk.Free);
    i++;
  } while (i < MAX_CHUNKS && load<u32>(CHUNK_TABLE + ((<usize>i) << 2)) == Chunk.Continued);
  return i;
}

// The block arena of this worker: a bump pointer over a list of chunks. The first 8 bytes of a chunk link
// to the next one, so that a rewound arena uses its chunks again.

const ARENA_HEADER: usize = 8;
let arenaChunk: usize = 0;
let arenaTop: usize = 0;
let arenaEnd: usize = 0;

/** Forgets the arena of the block before; the chunks themselves were freed by `resetBlockChunks`. */
export function beginArena(): void {
  arenaChunk = 0;
  arenaTop = 0;
  arenaEnd = 0;
}

function nextArenaChunk(size: usize): void {
  if (size > CHUNK_SIZE - ARENA_HEADER) {
    panic(1, <u32>size);
  }
  let next: usize = arenaChunk != 0 ? load<u32>(arenaChunk) : 0;
  if (next == 0) {
    next = allocateChunks(1, Chunk.Block);
    store<u32>(next, 0);
    if (arenaChunk != 0) store<u32>(arenaChunk, <u32>next);
  }
  arenaChunk = next;
  arenaTop = next + ARENA_HEADER;
  arenaEnd = next + CHUNK_SIZE;
}

/** `size` bytes, 8-byte aligned, not cleared, alive until the block ends. Large ones get chunks of their own. */
export function arenaAllocate(size: usize): usize {
  const rounded = (size + 7) & ~7;
  if (rounded > CHUNK_SIZE / 4) {
    return allocateChunks(<u32>((rounded + CHUNK_SIZE - 1) / CHUNK_SIZE), Chunk.Block);
  }
  if (arenaTop + rounded > arenaEnd || arenaChunk == 0) nextArenaChunk(rounded);
  const address = arenaTop;
  arenaTop += rounded;
  return address;
}

/** Where the arena stands, for `arenaRewind`. */
export function arenaMark(): u64 {
  if (arenaChunk == 0) nextArenaChunk(0);
  return ((<u64>arenaChunk) << 32) | <u64>arenaTop;
}

/** Gives back all that was taken since the mark (large runs stay until the block ends). */
export function arenaRewind(mark: u64): void {
  arenaChunk = <usize>(mark >> 32);
  arenaTop = <usize>(mark & 0xffffffff);
  arenaEnd = arenaChunk + CHUNK_SIZE;
}
