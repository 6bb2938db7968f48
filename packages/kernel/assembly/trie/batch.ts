// A batch of updates, sorted by key.

import { arenaAllocate } from "../memory/arena";
import { VALUE_SLOT } from "./node";
import { keyBuffer } from "./scratch";

/** One change of a trie. */
@unmanaged
export class TrieUpdate {
  /** First 16 nibbles of the key, most significant first; filled in by `batchSort`. */
  prefix: u64;
  /** 32 readable bytes, zero behind the key's end. */
  key: u32;
  /** Length of the key in nibbles: 64 for the state, even. */
  nibbles: u32;
  value: u32;
  /** 0 = the key is removed. */
  valueLength: u32;
}

export const UPDATE_SIZE: usize = 24;

export function updateAt(batch: usize, index: u32): TrieUpdate {
  return changetype<TrieUpdate>(batch + <usize>index * UPDATE_SIZE);
}

/** The branch slot of update `index` at `depth`. */
export function updateSlot(batch: usize, index: u32, depth: u32): u32 {
  const update = updateAt(batch, index);
  if (depth >= update.nibbles) return VALUE_SLOT;
  if (depth < 16) return <u32>(update.prefix >> (60 - ((<u64>depth) << 2))) & 15;
  const byte = <u32>load<u8>(<usize>update.key + (depth >> 1));
  return depth & 1 ? byte & 15 : byte >> 4;
}

/** True if a's key comes before b's, or is equal. */
function inOrder(a: usize, b: usize): bool {
  const first = changetype<TrieUpdate>(a);
  const second = changetype<TrieUpdate>(b);
  if (first.prefix != second.prefix) return first.prefix < second.prefix;
  for (let at: usize = 8; at < 32; at += 8) {
    const x = bswap<u64>(load<u64>(<usize>first.key + at));
    const y = bswap<u64>(load<u64>(<usize>second.key + at));
    if (x != y) return x < y;
  }
  return first.nibbles <= second.nibbles;
}

function sameKey(a: TrieUpdate, b: TrieUpdate): bool {
  return (
    a.nibbles == b.nibbles &&
    inOrder(changetype<usize>(a), changetype<usize>(b)) &&
    inOrder(changetype<usize>(b), changetype<usize>(a))
  );
}

function copyUpdate(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  store<u64>(to, load<u64>(from, 16), 16);
}

/** Insertion sort of [from, to): for runs that are short. */
function sortRun(batch: usize, from: u32, to: u32, spare: usize): void {
  for (let i = from + 1; i < to; i++) {
    let at = batch + <usize>i * UPDATE_SIZE;
    if (inOrder(at - UPDATE_SIZE, at)) continue;
    copyUpdate(spare, at);
    let left = i;
    do {
      copyUpdate(at, at - UPDATE_SIZE);
      at -= UPDATE_SIZE;
      left--;
    } while (left > from && !inOrder(at - UPDATE_SIZE, spare));
    copyUpdate(at, spare);
  }
}

const RUN: u32 = 8;

/**
 * Sorts `count` updates by key (merge sort: no input makes it slow). Of updates of the same key the last one
 * stays. Returns the number that is left; they stand at `batch`.
 */
export function batchSort(batch: usize, count: u32): u32 {
  let sorted = true;
  for (let i: u32 = 0; i < count; i++) {
    const update = updateAt(batch, i);
    update.prefix = bswap<u64>(load<u64>(update.key));
    if (i > 0 && sorted && !inOrder(changetype<usize>(update) - UPDATE_SIZE, changetype<usize>(update)))
      sorted = false;
  }
  if (count < 2) return count;
  if (!sorted) sort(batch, count);
  let kept: u32 = 0;
  for (let i: u32 = 1; i < count; i++) {
    if (!sameKey(updateAt(batch, kept), updateAt(batch, i))) kept++;
    if (kept != i) copyUpdate(batch + <usize>kept * UPDATE_SIZE, batch + <usize>i * UPDATE_SIZE);
  }
  return kept + 1;
}

function sort(batch: usize, count: u32): void {
  if (count <= RUN) {
    sortRun(batch, 0, count, keyBuffer(3));
    return;
  }
  const spare = arenaAllocate(<usize>count * UPDATE_SIZE);
  for (let from: u32 = 0; from < count; from += RUN) sortRun(batch, from, min<u32>(from + RUN, count), spare);
  let source = batch;
  let target = spare;
  for (let width = RUN; width < count; width <<= 1) {
    for (let from: u32 = 0; from < count; from += width << 1) {
      const middle = min<u32>(from + width, count);
      merge(source, target, from, middle, min<u32>(middle + width, count));
    }
    const swap = source;
    source = target;
    target = swap;
  }
  if (source != batch) memory.copy(batch, source, <usize>count * UPDATE_SIZE);
}

function merge(source: usize, target: usize, from: u32, middle: u32, end: u32): void {
  let left = source + <usize>from * UPDATE_SIZE;
  let right = source + <usize>middle * UPDATE_SIZE;
  const leftEnd = right;
  const rightEnd = source + <usize>end * UPDATE_SIZE;
  let to = target + <usize>from * UPDATE_SIZE;
  while (left < leftEnd && right < rightEnd) {
    if (inOrder(left, right)) {
      copyUpdate(to, left);
      left += UPDATE_SIZE;
    } else {
      copyUpdate(to, right);
      right += UPDATE_SIZE;
    }
    to += UPDATE_SIZE;
  }
  memory.copy(to, left, leftEnd - left);
  memory.copy(to + (leftEnd - left), right, rightEnd - right);
}
