// Hashing what changed. The unhashed nodes of one or many tries are collected by depth and hashed from the
// deepest level up, two at a time: nodes of one level never depend on each other.

import { keccak256 } from "../hash/keccak";
import { keccak256Pair } from "../hash/keccak2";
import { TRIE_CONSTANTS } from "../memory/layout";
import { encodedAt, nodeEncode } from "./encode";
import {
  BRANCH_CHILDREN,
  branchAt,
  copy32,
  extensionAt,
  Kind,
  leafAt,
  NODE_REF,
  nodeAt,
  nodeBehind,
} from "./node";
import { hashLevels, rlpBuffer } from "./scratch";
import { TrieShared } from "./workers";

let deepest: i32 = -1;

/** Pointer to the root hash of the empty trie. */
export function emptyRoot(): usize {
  return TRIE_CONSTANTS + offsetof<TrieShared>("emptyRoot0");
}

/** Writes the root hash of `root` to `out32`, after hashing what is not hashed yet. */
export function trieRootHash(root: u32, out32: usize): void {
  hashCollect(root, 0);
  hashCollected();
  rootHashOf(root, out32);
}

/** The root hash of a trie of which every node is hashed. */
export function rootHashOf(root: u32, out32: usize): void {
  const node = nodeBehind(root);
  if (node == 0) {
    copy32(out32, emptyRoot());
  } else if (nodeAt(node).refLength == 32) {
    copy32(out32, <usize>node + NODE_REF);
  } else {
    keccak256(out32, <usize>node + NODE_REF, nodeAt(node).refLength);
  }
}

/** Lists the unhashed nodes of the subtree `node`, which begins at `depth`, for `hashCollected`. */
export function hashCollect(node: u32, depth: u32): void {
  if (node == 0 || nodeAt(node).refLength != 0) return;
  const kind = nodeAt(node).kind;
  if (kind == Kind.Branch) {
    const count = <u32>popcnt<u32>(branchAt(node).mask);
    for (let i: u32 = 0; i < count; i++) {
      const child = load<u32>(<usize>node + BRANCH_CHILDREN + ((<usize>i) << 2));
      if (nodeAt(child).refLength == 0) hashCollect(child, depth + 1);
    }
  } else if (kind == Kind.Leaf) {
    // The leaf in a branch's value slot has no path left; only its value is used.
    const nibbles = <u32>leafAt(node).nibbles;
    leafAt(node).start = <u8>(depth < nibbles ? depth : nibbles);
  } else {
    const extension = extensionAt(node);
    extension.start = depth;
    hashCollect(extension.child, extension.nibbles);
  }
  const head = hashLevels() + ((<usize>depth) << 2);
  store<u32>(<usize>node + NODE_REF, load<u32>(head));
  store<u32>(head, node);
  if (<i32>depth > deepest) deepest = depth;
}

/** Hashes all collected nodes. */
export function hashCollected(): void {
  const levels = hashLevels();
  for (; deepest >= 0; deepest--) {
    const head = levels + ((<usize>deepest) << 2);
    hashLevel(load<u32>(head));
    store<u32>(head, 0);
  }
}

/** Forgets what was collected: for a worker that was stopped between collecting and hashing. */
export function hashForget(): void {
  deepest = -1;
  memory.fill(hashLevels(), 0, 66 * 4);
}

function hashLevel(first: u32): void {
  let waiting: u32 = 0;
  let waitingAt: usize = 0;
  let waitingLength: u32 = 0;
  let buffer: u32 = 0;
  for (let node = first; node != 0; ) {
    const next = load<u32>(<usize>node + NODE_REF);
    const length = nodeEncode(node, rlpBuffer(buffer));
    if (length < 32) {
      memory.copy(<usize>node + NODE_REF, encodedAt, length);
      nodeAt(node).refLength = <u8>length;
    } else if (waiting == 0) {
      waiting = node;
      waitingAt = encodedAt;
      waitingLength = length;
      buffer ^= 1;
    } else {
      keccak256Pair(
        <usize>waiting + NODE_REF,
        waitingAt,
        waitingLength,
        <usize>node + NODE_REF,
        encodedAt,
        length,
      );
      nodeAt(waiting).refLength = 32;
      nodeAt(node).refLength = 32;
      waiting = 0;
    }
    node = next;
  }
  if (waiting != 0) {
    keccak256(<usize>waiting + NODE_REF, waitingAt, waitingLength);
    nodeAt(waiting).refLength = 32;
  }
}
