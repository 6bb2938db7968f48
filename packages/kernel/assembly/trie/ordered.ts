// Root of a list: the trie whose keys are the RLP of the index (transactions, receipts, withdrawals). The keys'
// order is known, so the trie is hashed from left to right without ever being built.

import { keccak256 } from "../hash/keccak";
import { keccak256Pair } from "../hash/keccak2";
import { arenaAllocate, arenaMark, arenaRewind } from "../memory/arena";
import { rlpWriteBytes } from "../rlp/write";
import { closeList, ENCODE_HEADER, encodedAt, writePath } from "./encode";
import { emptyRoot } from "./hash";
import { copy32 } from "./node";
import { keyBuffer } from "./scratch";

/** An item's bytes: the RLP of a transaction or receipt, or its type byte and payload (EIP-2718). */
@unmanaged
export class OrderedItem {
  pointer: u32;
  length: u32;
}

/**
 * A part of a long list: the reference to the node over its 256 items, made ahead so that several workers share the
 * work. Part p holds the items of index 256 (p + 1) and on, whose keys share their first two bytes.
 */
@unmanaged
class OrderedPart {
  /** Bytes of the reference; 0 = the part was not made. */
  length: u32;
  // The reference follows: a hash with its header, or a node of less than 32 bytes itself.
}

const PART_REFERENCE: usize = offsetof<OrderedPart>();
const PART_SIZE: usize = 40;
const PART_ITEMS: u32 = 256;
/** Nibbles of the path to a part's node. */
const PART_DEPTH: u32 = 4;
/** Keys of three bytes end there. */
const LAST_INDEX: u32 = 0xffff;

let items: usize = 0;
let itemCount: u32 = 0;
let parts: usize = 0;

/** How many parts a list of `count` items has. */
export function orderedPartCount(count: u32): u32 {
  const split = min<u32>(count, LAST_INDEX + 1);
  return split <= PART_ITEMS ? 0 : (split - 1) / PART_ITEMS;
}

/** Memory for the parts of a list of `count` items, none of them made. In the block arena. */
export function orderedPartsAllocate(count: u32): usize {
  const size = <usize>orderedPartCount(count) * PART_SIZE + 8;
  const place = arenaAllocate(size);
  memory.fill(place, 0, size);
  return place;
}

/** Makes part `index` of the list, on any worker. */
export function orderedPart(list: usize, count: u32, place: usize, index: u32): void {
  items = list;
  itemCount = count;
  parts = 0;
  const from = (index + 1) * PART_ITEMS;
  const mark = arenaMark();
  const length = encodeRange(from, min<u32>(count, from + PART_ITEMS), PART_DEPTH);
  const part = place + <usize>index * PART_SIZE;
  const reference = part + PART_REFERENCE;
  changetype<OrderedPart>(part).length = <u32>(writeReference(reference, length) - reference);
  arenaRewind(mark);
}

/**
 * Writes the root of `count` OrderedItems at `list` to `out32`. Uses the block arena and gives it back. `madeParts`:
 * the list's parts where they were made (`orderedPart`), else 0.
 */
export function orderedRoot(list: usize, count: u32, out32: usize, madeParts: usize): void {
  if (count == 0) {
    copy32(out32, emptyRoot());
    return;
  }
  items = list;
  itemCount = count;
  parts = madeParts;
  const mark = arenaMark();
  const length = encodeRange(0, count, 0);
  keccak256(out32, encodedAt, length);
  arenaRewind(mark);
}

/** Index of the item at `position` in the order of keys: 1 ... 127, 0 (its key is 0x80), 128 and on. */
function indexAt(position: u32): u32 {
  const singles = min<u32>(itemCount - 1, 127);
  if (position < singles) return position + 1;
  return position == singles ? 0 : position;
}

/** RLP of `index`, its first byte in the most significant one. */
function keyOf(index: u32): u64 {
  if (index == 0) return (<u64>0x80) << 56;
  if (index < 0x80) return (<u64>index) << 56;
  if (index < 0x100) return ((<u64>0x81) << 56) | ((<u64>index) << 48);
  if (index < 0x10000) return ((<u64>0x82) << 56) | ((<u64>index) << 40);
  if (index < 0x1000000) return ((<u64>0x83) << 56) | ((<u64>index) << 32);
  return ((<u64>0x84) << 56) | ((<u64>index) << 24);
}

function keyNibbles(index: u32): u32 {
  if (index < 0x80) return 2;
  return index < 0x100 ? 4 : index < 0x10000 ? 6 : index < 0x1000000 ? 8 : 10;
}

function nibbleAt(key: u64, depth: u32): u32 {
  return <u32>(key >> (60 - ((<u64>depth) << 2))) & 15;
}

/** Writes the RLP of the node over positions [from, to) at `depth`; it begins at `encodedAt`. */
function encodeRange(from: u32, to: u32, depth: u32): u32 {
  if (to - from == 1) return encodeLeaf(from, depth);
  const first = keyOf(indexAt(from));
  const split = <u32>(clz<u64>(first ^ keyOf(indexAt(to - 1))) >> 2);
  if (split == depth) return encodeBranch(from, to, depth);
  const body = arenaAllocate(64) + ENCODE_HEADER;
  const key = keyBuffer(2);
  store<u64>(key, bswap<u64>(first));
  const child = writePath(body, key, depth, split, 0);
  const length = encodeBranch(from, to, split);
  return closeList(body, writeReference(child, length));
}

function writeReference(to: usize, length: u32): usize {
  if (length < 32) {
    memory.copy(to, encodedAt, length);
    return to + length;
  }
  store<u8>(to, 0xa0);
  keccak256(to + 1, encodedAt, length);
  return to + 33;
}

function encodeLeaf(position: u32, depth: u32): u32 {
  const index = indexAt(position);
  const item = changetype<OrderedItem>(items + ((<usize>index) << 3));
  const body = arenaAllocate(<usize>item.length + 32) + ENCODE_HEADER;
  const key = keyBuffer(2);
  store<u64>(key, bswap<u64>(keyOf(index)));
  const value = writePath(body, key, depth, keyNibbles(index), 2);
  return closeList(body, rlpWriteBytes(value, item.pointer, item.length));
}

/** The part whose node hangs at `depth` and begins at `position`, or 0 where that is no part that was made. */
function madePart(position: u32, depth: u32): usize {
  // From 128 on positions are indexes.
  if (parts == 0 || depth != PART_DEPTH || position < PART_ITEMS || position > LAST_INDEX) return 0;
  const part = parts + <usize>(position / PART_ITEMS - 1) * PART_SIZE;
  return changetype<OrderedPart>(part).length == 0 ? 0 : part;
}

/** The branch over positions [from, to); what its children took from the arena is given back. */
function encodeBranch(from: u32, to: u32, depth: u32): u32 {
  const body = arenaAllocate(17 * 33 + 8) + ENCODE_HEADER;
  const mark = arenaMark();
  let at = body;
  let waitingOut: usize = 0;
  let waitingAt: usize = 0;
  let waitingLength: u32 = 0;
  let position = from;
  for (let slot: u32 = 0; slot < 16; slot++) {
    let end = position;
    while (end < to && nibbleAt(keyOf(indexAt(end)), depth) == slot) end++;
    if (end == position) {
      store<u8>(at++, 0x80);
      continue;
    }
    const made = madePart(position, depth + 1);
    if (made != 0) {
      const length = changetype<OrderedPart>(made).length;
      memory.copy(at, made + PART_REFERENCE, length);
      at += length;
      position = end;
      continue;
    }
    const length = encodeRange(position, end, depth + 1);
    position = end;
    if (length < 32) {
      memory.copy(at, encodedAt, length);
      at += length;
      continue;
    }
    // Siblings do not depend on each other: hash them by twos.
    store<u8>(at, 0xa0);
    if (waitingOut == 0) {
      waitingOut = at + 1;
      waitingAt = encodedAt;
      waitingLength = length;
    } else {
      keccak256Pair(waitingOut, waitingAt, waitingLength, at + 1, encodedAt, length);
      waitingOut = 0;
    }
    at += 33;
  }
  if (waitingOut != 0) keccak256(waitingOut, waitingAt, waitingLength);
  store<u8>(at, 0x80);
  arenaRewind(mark);
  return closeList(body, at + 1);
}
