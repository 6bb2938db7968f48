// The end of a block for the trie: either the replaced nodes are freed, or the new ones.
//
// Both run on one worker while no other is in the trie, and may be run again from the start by another one if
// that worker dies: every list counts what is dealt with (`done`), and freeing the one node after that twice
// does no harm (`releaseNode`). A list keeps its entries until all lists are through; the resets and the new
// generation at the end may be repeated as well.

import { keccak256 } from "../hash/keccak";
import { readAhead } from "../memory/read-ahead";
import { crashPoint } from "./crash";
import { emptyRoot } from "./hash";
import { nodeAt, SIZE_UNIT, STUB_SIZE } from "./node";
import { keyBuffer } from "./scratch";
import {
  accountTrieBytes,
  droppedList,
  List,
  listEntry,
  listReset,
  listSegment,
  madeList,
  missingList,
  POOL,
  registerTrieWorker,
  releaseNode,
  replacedList,
  SEGMENT_ENTRIES,
  trieShared,
} from "./workers";

/** Once for a memory, before any other function of the trie. Needs `initialiseKeccak` and a worker number. */
export function initialiseTrie(): void {
  const shared = trieShared();
  if (shared.generation == 0) shared.generation = 1;
  registerTrieWorker();
  const rlp = keyBuffer(0);
  store<u8>(rlp, 0x80);
  keccak256(emptyRoot(), rlp, 1);
}

/**
 * Whose free list a node goes to: its worker's, but stubs to all. Stubs are made where nodes are brought, which is not
 * where they are replaced: in the workers' lists they would pile up. Told by the size, which a release does not change.
 */
function listOf(id: u32, node: u32): u32 {
  return <u32>nodeAt(node).sizeClass * SIZE_UNIT == STUB_SIZE ? POOL : id;
}

/** Nodes whose headers are read at once before they are freed one by one; 33 times this is a segment. */
const READ_AHEAD: u32 = 31;

/**
 * Reads the headers of the nodes from `place` in the segment on. They lie far apart: these misses of the cache overlap,
 * where freeing, which stores atomically, waits for each.
 */
function readNodes(segment: usize, place: u32, count: u32): void {
  const end = min<u32>(place + count, SEGMENT_ENTRIES);
  for (let i = place; i < end; i++) readAhead(<usize>load<u32>(segment + 4 + ((<usize>i) << 2)));
}

/** Frees every node of `list`, from its progress mark on. */
function releaseList(id: u32, list: List): void {
  const count = list.count;
  let segment: usize = 0;
  for (let index = list.done; index < count; index++) {
    const place = index % SEGMENT_ENTRIES;
    if (segment == 0 || place == 0) segment = listSegment(list, index);
    if (place % READ_AHEAD == 0) readNodes(segment, place, min<u32>(count - index, READ_AHEAD));
    const node = load<u32>(segment + 4 + ((<usize>place) << 2));
    releaseNode(listOf(id, node), node);
    crashPoint();
    list.done = index + 1;
  }
}

/** The new tries stay: frees the nodes they replaced. Call it before the block's arenas are reset. */
export function trieCommit(): void {
  const shared = trieShared();
  shared.committing = 1;
  for (let id: u32 = 0; id < shared.workers; id++) {
    // Nodes made and dropped in this block first: the replaced list begins only when all of them are done.
    releaseList(id, droppedList(id));
    releaseList(id, replacedList(id));
  }
  endBlock();
  crashPoint();
  shared.committing = 0;
}

/**
 * The old tries stay: frees the nodes made since the last commit or discard. Also what is to be called after
 * a worker died in the middle of an update. Call it before the block's arenas are reset. A commit that has
 * begun is finished instead; then it returns true.
 */
export function trieDiscard(): bool {
  const shared = trieShared();
  if (shared.committing != 0) {
    trieCommit();
    return true;
  }
  for (let id: u32 = 0; id < shared.workers; id++) releaseList(id, madeList(id));
  endBlock();
  return false;
}

function endBlock(): void {
  const shared = trieShared();
  // Before the lists go: who finds them empty may rely on the new generation. Once for each block that made nodes.
  if (trieMadeCount() != 0) shared.generation++;
  accountTrieBytes();
  for (let id: u32 = 0; id < shared.workers; id++) {
    listReset(madeList(id));
    listReset(replacedList(id));
    listReset(droppedList(id));
    listReset(missingList(id));
  }
}

/** Number of nodes made since the last commit or discard, embedded and dropped ones included. */
export function trieMadeCount(): u32 {
  let sum: u32 = 0;
  for (let id: u32 = 0; id < trieShared().workers; id++) sum += madeList(id).count;
  return sum;
}

/** Node `index` of those made since the last commit or discard. */
export function trieMadeNode(index: u32): u32 {
  let left = index;
  for (let id: u32 = 0; id < trieShared().workers; id++) {
    const list = madeList(id);
    if (left < list.count) return listEntry(list, left);
    left -= list.count;
  }
  return 0;
}
