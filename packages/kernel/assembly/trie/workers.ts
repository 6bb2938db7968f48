// What the trie keeps for each worker, in shared memory so that another worker can go on where one died:
// memory for nodes, and the lists of nodes made, replaced, dropped and missed in the running block.

import { panic } from "../host";
import { allocateChunks, arenaAllocate, workerId } from "../memory/arena";
import {
  CHUNK_SIZE,
  CHUNK_TABLE,
  Chunk,
  Control,
  control,
  MAX_CHUNKS,
  TRIE_CONSTANTS,
  TRIE_WORKERS,
} from "../memory/layout";
import { readAhead } from "../memory/read-ahead";
import { crashPoint } from "./crash";
import { Kind, MAX_NODE_SIZE, nodeAt, SIZE_UNIT, TriePanic } from "./node";

const MAX_TRIE_WORKERS: u32 = 127;
/** Row of the free lists that all workers share: what eviction has freed. */
export const POOL: u32 = 127;
const WORKER_SIZE: usize = 512;
const FREE_LISTS: usize = 96;

/** A list of u32 in segments taken from the block arena. */
@unmanaged
export class List {
  first: u32;
  last: u32;
  count: u32;
  /** How many entries a commit or discard has dealt with. */
  done: u32;
}

export const SEGMENT_ENTRIES: u32 = 1023;

@unmanaged
export class TrieWorker {
  /** Bytes in nodes that came from this worker's memory and are not free. */
  used: i64;
  /** Memory for nodes that was never used. */
  bump: u32;
  bumpEnd: u32;
  /** A chunk for what this worker computes with (scratch.ts); kept when its instance is replaced. */
  scratch: u32;
  unused: u32;
  // Four lists (made, replaced, missing, dropped) and the heads of the free lists follow.
}

/** Shared by all workers: what TRIE_CONSTANTS holds. */
@unmanaged
export class TrieShared {
  /** Nodes with this number were made in the running block. Never 0. */
  generation: u32;
  /** 1 = a commit has begun: it can only be finished. */
  committing: u32;
  /** The running StateRoot (state-root.ts), 0 if none. */
  stateRoot: u32;
  /** Workers with a number below this one have used the trie. */
  workers: u32;
  /** Sum of all workers' `used` when cacheBytes was last brought up to date. */
  accounted: i64;
  /** keccak256(0x80). */
  emptyRoot0: u64;
  emptyRoot1: u64;
  emptyRoot2: u64;
  emptyRoot3: u64;
}

const MADE: usize = 24;
const REPLACED: usize = 40;
const MISSING: usize = 56;
const DROPPED: usize = 72;

export function trieShared(): TrieShared {
  return changetype<TrieShared>(TRIE_CONSTANTS);
}

export function trieWorker(id: u32): TrieWorker {
  return changetype<TrieWorker>(TRIE_WORKERS + <usize>id * WORKER_SIZE);
}

export function madeList(id: u32): List {
  return changetype<List>(TRIE_WORKERS + <usize>id * WORKER_SIZE + MADE);
}

export function replacedList(id: u32): List {
  return changetype<List>(TRIE_WORKERS + <usize>id * WORKER_SIZE + REPLACED);
}

/** Of the nodes made in this block those that it has dropped again, by whom they were dropped. */
export function droppedList(id: u32): List {
  return changetype<List>(TRIE_WORKERS + <usize>id * WORKER_SIZE + DROPPED);
}

export function missingList(id: u32): List {
  return changetype<List>(TRIE_WORKERS + <usize>id * WORKER_SIZE + MISSING);
}

export function listAppend(list: List, entry: u32): void {
  const index = list.count % SEGMENT_ENTRIES;
  if (index == 0) {
    const segment = <u32>arenaAllocate(4 + ((<usize>SEGMENT_ENTRIES) << 2));
    store<u32>(segment, 0);
    if (list.last == 0) list.first = segment;
    else store<u32>(list.last, segment);
    crashPoint();
    list.last = segment;
  }
  crashPoint();
  store<u32>(<usize>list.last + 4 + ((<usize>index) << 2), entry);
  list.count++;
}

/** The segment that holds entry `index`; the entry stands at `listOffset(index)` in it. */
export function listSegment(list: List, index: u32): usize {
  let segment: usize = list.first;
  for (let skip = index / SEGMENT_ENTRIES; skip > 0; skip--) segment = load<u32>(segment);
  return segment;
}

export function listEntry(list: List, index: u32): u32 {
  return load<u32>(listSegment(list, index) + 4 + ((<usize>(index % SEGMENT_ENTRIES)) << 2));
}

export function listReset(list: List): void {
  list.count = 0;
  crashPoint();
  list.first = 0;
  list.last = 0;
  list.done = 0;
}

export function freeHead(id: u32, sizeClass: u32): usize {
  return TRIE_WORKERS + <usize>id * WORKER_SIZE + FREE_LISTS + ((<usize>sizeClass) << 2);
}

/** Drops all nodes of all tries and all memory for them; the workers' scratch memory stays theirs. */
export function trieWorkersReset(): void {
  for (let i: u32 = 0; i < MAX_CHUNKS; i++) {
    const entry = CHUNK_TABLE + ((<usize>i) << 2);
    if (load<u32>(entry) == Chunk.Trie) store<u32>(entry, Chunk.Free);
  }
  for (let id: u32 = 0; id <= POOL; id++) {
    const worker = trieWorker(id);
    const scratch = worker.scratch;
    memory.fill(changetype<usize>(worker), 0, WORKER_SIZE);
    worker.scratch = scratch;
  }
  accountTrieBytes();
}

/** Numbers of workers up to this one take part in commits. */
export function registerTrieWorker(): void {
  if (workerId >= MAX_TRIE_WORKERS) panic(TriePanic.WorkerNumber, workerId);
  const address = changetype<usize>(trieShared()) + offsetof<TrieShared>("workers");
  let seen = atomic.load<u32>(address);
  while (seen <= workerId) {
    const before = atomic.cmpxchg<u32>(address, seen, workerId + 1);
    if (before == seen) return;
    seen = before;
  }
}

/** Memory for a node, of this worker; only kind, size class and generation are set. Not listed as made. */
export function allocateUnlisted(kind: Kind, size: u32, generation: u32): u32 {
  const sizeClass = (size + SIZE_UNIT - 1) / SIZE_UNIT;
  const head = freeHead(workerId, sizeClass);
  const worker = trieWorker(workerId);
  let node = load<u32>(head);
  if (node == 0) {
    node = takeFromPool(sizeClass);
  } else {
    if (nodeAt(node).kind != Kind.Free) panic(TriePanic.FreeNode, node);
    const next = nodeAt(node).generation;
    store<u32>(head, next);
    // It lies anywhere, and who asks for it would wait for the memory.
    if (next != 0) readAhead(next);
  }
  if (node == 0) {
    const bytes = sizeClass * SIZE_UNIT;
    if (worker.bumpEnd - worker.bump < bytes) refill(worker);
    node = worker.bump;
    worker.bump = node + bytes;
  }
  worker.used += <i64>(sizeClass * SIZE_UNIT);
  crashPoint();
  const header = nodeAt(node);
  header.sizeClass = <u8>sizeClass;
  header.generation = generation;
  header.refLength = 0;
  header.nibbles = 0;
  header.kind = <u8>kind;
  return node;
}

/**
 * A free node of the pool, or 0. Nothing is put into the pool while workers take from it, so a node that is
 * the head again was never gone in between (no ABA).
 */
function takeFromPool(sizeClass: u32): u32 {
  const head = freeHead(POOL, sizeClass);
  while (true) {
    const node = atomic.load<u32>(head);
    if (node == 0 || atomic.cmpxchg<u32>(head, node, nodeAt(node).generation) == node) return node;
  }
}

function refill(worker: TrieWorker): void {
  registerTrieWorker();
  const chunk = <u32>allocateChunks(1, Chunk.Trie);
  // The end moves first: between the two stores the old pointer is beyond no chunk of another owner.
  worker.bumpEnd = 0;
  worker.bump = chunk;
  worker.bumpEnd = chunk + CHUNK_SIZE;
}

/** A new node of the running generation. */
export function allocateNode(kind: Kind, size: u32): u32 {
  if (size > MAX_NODE_SIZE) panic(TriePanic.ValueTooLong, size);
  const node = allocateUnlisted(kind, size, trieShared().generation);
  listAppend(madeList(workerId), node);
  return node;
}

/** The running block does not need `node` any more: freed by the commit. */
export function dropNode(node: u32): void {
  const header = nodeAt(node);
  if (header.generation == trieShared().generation) {
    header.kind = <u8>Kind.Dead;
    listAppend(droppedList(workerId), node);
  } else {
    listAppend(replacedList(workerId), node);
  }
}

/**
 * Puts a node into worker `id`'s free list. May be repeated for the same node as long as nothing else was
 * released or allocated there in between: the head tells that it has happened.
 */
export function releaseNode(id: u32, node: u32): void {
  const header = nodeAt(node);
  const head = freeHead(id, header.sizeClass);
  const first = load<u32>(head);
  if (first != node) {
    header.generation = first;
    crashPoint();
    atomic.store<u32>(head, node);
    crashPoint();
    trieWorker(id).used -= <i64>(<u32>header.sizeClass * SIZE_UNIT);
  }
  crashPoint();
  header.kind = <u8>Kind.Free;
  crashPoint();
}

/** Brings control().cacheBytes up to what the workers' nodes take now. No worker may be in the trie. */
export function accountTrieBytes(): void {
  const shared = trieShared();
  let sum: i64 = trieWorker(POOL).used;
  for (let id: u32 = 0; id < shared.workers; id++) sum += trieWorker(id).used;
  const difference = sum - shared.accounted;
  shared.accounted = sum;
  atomic.add<u64>(changetype<usize>(control()) + offsetof<Control>("cacheBytes"), <u64>difference);
}
