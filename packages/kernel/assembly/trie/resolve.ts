// Reading a node's RLP back into memory, for a stub that an update or proof needed.

import { keccak256 } from "../hash/keccak";
import { rlpIsList, rlpItem, rlpLength, rlpNext, rlpPayload } from "../rlp/read";
import { Missing } from "./missing";
import {
  BRANCH_CHILDREN,
  BRANCH_SLOTS,
  branchAt,
  copy32,
  EXTENSION_SIZE,
  equal32,
  extensionAt,
  Kind,
  LEAF_VALUE,
  leafAt,
  MAX_VALUE,
  NODE_KEY,
  NODE_REF,
  nodeAt,
  STUB_SIZE,
  Stub,
  stubAt,
  VALUE_SLOT,
} from "./node";
import { frameAt, keyBuffer } from "./scratch";
import { accountTrieBytes, allocateUnlisted, trieShared } from "./workers";

/** What `trieResolve` says. */
export enum Resolve {
  Done = 0,
  /** The bytes do not have the stub's hash. */
  WrongHash = 1,
  /** The bytes have the hash but are no trie node. */
  Malformed = 2,
}

/**
 * Hangs the node `rlp` in behind the stub of a Missing entry. The parent is immutable: the stub forwards, which
 * is one store after the node is complete. Not while workers are in the trie.
 */
export function trieResolve(missing: u32, rlp: usize, length: u32): Resolve {
  const entry = changetype<Missing>(<usize>missing);
  const stub = stubAt(entry.stub);
  if (stub.resolved != 0) return Resolve.Done;
  const hash = keyBuffer(6);
  keccak256(hash, rlp, length);
  if (!equal32(hash, <usize>entry.stub + NODE_REF)) return Resolve.WrongHash;
  const prefix = keyBuffer(7);
  copy32(prefix, <usize>missing + offsetof<Missing>("prefix0"));
  const node = decodeNode(rlp, rlp + length, entry.depth, prefix);
  if (node == 0) return Resolve.Malformed;
  copy32(<usize>node + NODE_REF, hash);
  nodeAt(node).refLength = 32;
  atomic.store<u32>(<usize>entry.stub + offsetof<Stub>("resolved"), node);
  accountTrieBytes();
  return Resolve.Done;
}

/** A node of the generation before: part of the committed trie, not of the running block. */
function allocate(kind: Kind, size: u32): u32 {
  return allocateUnlisted(kind, size, trieShared().generation - 1);
}

/** The node at [at, end), which lies at `depth` below the nibbles of `prefix`; 0 if it is none. */
function decodeNode(at: usize, end: usize, depth: u32, prefix: usize): u32 {
  if (!rlpItem(at, end) || !rlpIsList || rlpNext != end) return 0;
  const first = rlpPayload;
  const listEnd = rlpNext;
  let count: u32 = 0;
  for (let item = first; item < listEnd; count++) {
    if (!rlpItem(item, listEnd)) return 0;
    item = rlpNext;
  }
  if (count == 2) return decodePath(first, listEnd, depth, prefix);
  return count == 17 && depth <= 64 ? decodeBranch(first, listEnd, depth, prefix) : 0;
}

function setNibble(key: usize, depth: u32, nibble: u32): void {
  const at = key + (depth >> 1);
  const byte = <u32>load<u8>(at);
  store<u8>(at, depth & 1 ? (byte & 0xf0) | nibble : (byte & 0x0f) | (nibble << 4));
}

function decodeBranch(first: usize, end: usize, depth: u32, prefix: usize): u32 {
  const frame = frameAt(depth);
  let mask: u32 = 0;
  let at = first;
  for (let slot: u32 = 0; slot < BRANCH_SLOTS; slot++) {
    if (!rlpItem(at, end)) return 0;
    const next = rlpNext;
    let child: u32 = 0;
    if (rlpIsList || rlpLength > 0) {
      if (slot == VALUE_SLOT) {
        child = rlpIsList ? 0 : decodedLeaf(prefix, depth, depth, rlpPayload, rlpLength);
      } else {
        if (depth < 64) setNibble(prefix, depth, slot);
        child = depth < 64 ? decodeReference(at, next, depth + 1, prefix) : 0;
      }
      if (child == 0) return 0;
      mask |= 1 << slot;
    }
    store<u32>(frame + ((<usize>slot) << 2), child);
    at = next;
  }
  const node = allocate(Kind.Branch, <u32>BRANCH_CHILDREN + ((<u32>popcnt<u32>(mask)) << 2));
  branchAt(node).mask = mask;
  let to = <usize>node + BRANCH_CHILDREN;
  for (let slot: u32 = 0; slot < BRANCH_SLOTS; slot++) {
    const child = load<u32>(frame + ((<usize>slot) << 2));
    if (child == 0) continue;
    store<u32>(to, child);
    to += 4;
  }
  return node;
}

/** A child as its parent holds it: a hash becomes a stub, a node shorter than 32 bytes is decoded. */
function decodeReference(at: usize, end: usize, depth: u32, prefix: usize): u32 {
  if (!rlpItem(at, end)) return 0;
  if (!rlpIsList) {
    if (rlpLength != 32) return 0;
    const stub = allocate(Kind.Stub, STUB_SIZE);
    stubAt(stub).resolved = 0;
    copy32(<usize>stub + NODE_REF, rlpPayload);
    nodeAt(stub).refLength = 32;
    return stub;
  }
  const length = <u32>(rlpNext - at);
  if (length >= 32) return 0;
  const node = decodeNode(at, rlpNext, depth, prefix);
  if (node == 0) return 0;
  memory.copy(<usize>node + NODE_REF, at, length);
  nodeAt(node).refLength = <u8>length;
  return node;
}

function decodedLeaf(key: usize, start: u32, nibbles: u32, value: usize, length: u32): u32 {
  if (length > MAX_VALUE || length == 0) return 0;
  const node = allocate(Kind.Leaf, <u32>LEAF_VALUE + length);
  const leaf = leafAt(node);
  leaf.nibbles = <u8>nibbles;
  leaf.start = <u8>start;
  leaf.valueLength = <u16>length;
  const own = <usize>node + NODE_KEY;
  copy32(own, key);
  // The buffer may still hold nibbles of a sibling behind this key's end.
  for (let depth = nibbles; depth < 64; depth++) setNibble(own, depth, 0);
  memory.copy(<usize>node + LEAF_VALUE, value, length);
  return node;
}

/** A list of two: hex-prefix path and value, or path and child. */
function decodePath(first: usize, end: usize, depth: u32, prefix: usize): u32 {
  if (!rlpItem(first, end) || rlpIsList || rlpLength == 0) return 0;
  const path = rlpPayload;
  const pathLength = rlpLength;
  const second = rlpNext;
  const flag = <u32>load<u8>(path) >> 4;
  if (flag > 3) return 0;
  const odd = flag & 1;
  if (odd == 0 && (load<u8>(path) & 15) != 0) return 0;
  const count = ((pathLength - 1) << 1) + odd;
  if (depth + count > 64) return 0;
  for (let i: u32 = 0; i < count; i++) {
    const position = i + 2 - odd;
    const byte = <u32>load<u8>(path + (position >> 1));
    setNibble(prefix, depth + i, position & 1 ? byte & 15 : byte >> 4);
  }
  if (!rlpItem(second, end)) return 0;
  if (flag >= 2) return rlpIsList ? 0 : decodedLeaf(prefix, depth, depth + count, rlpPayload, rlpLength);
  if (count == 0) return 0;
  const node = allocate(Kind.Extension, EXTENSION_SIZE);
  const extension = extensionAt(node);
  extension.start = depth;
  extension.nibbles = <u8>(depth + count);
  copy32(<usize>node + NODE_KEY, prefix);
  const child = decodeReference(second, end, depth + count, prefix);
  if (child == 0) return 0;
  extension.child = child;
  return node;
}
