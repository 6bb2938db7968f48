// The key before or after a key, which need not be in the trie: for walking through a range of keys.

import { commonNibbles, keyPrefix, keySlot } from "./key";
import { listMissing } from "./missing";
import { branchChild, copy32, extensionAt, Kind, NODE_KEY, nodeAt, nodeBehind, VALUE_SLOT } from "./node";
import { keyBuffer } from "./scratch";

/** The scratch key in which the path of a descent is kept. */
const PATH: u32 = 6;

let missed: bool = false;

/** True if the last call met a stub (`trieMissing`): its answer is void. */
export function trieNeighbourMissed(): bool {
  return missed;
}

/** The leaf with the smallest key greater than `key` (32 readable bytes, zero behind its end), 0 = there is none. */
export function trieNext(root: u32, key: usize, nibbles: u32): u32 {
  missed = false;
  return neighbour(root, 0, key, nibbles, true);
}

/** The leaf with the greatest key smaller than `key`, 0 = there is none. */
export function triePrevious(root: u32, key: usize, nibbles: u32): u32 {
  missed = false;
  return neighbour(root, 0, key, nibbles, false);
}

/** Writes the key of a leaf (32 bytes) at `out`; returns its length in nibbles. */
export function trieLeafKey(leaf: u32, out: usize): u32 {
  copy32(out, <usize>leaf + NODE_KEY);
  return nodeAt(leaf).nibbles;
}

function neighbour(node: u32, depth: u32, key: usize, nibbles: u32, after: bool): u32 {
  const behind = nodeBehind(node);
  if (behind == 0) return 0;
  const kind = nodeAt(behind).kind;
  if (kind == Kind.Stub) return miss(behind, key, depth);
  if (kind == Kind.Branch) return besideBranch(behind, depth, key, nibbles, after);
  const own = <usize>behind + NODE_KEY;
  const end = <u32>nodeAt(behind).nibbles;
  const common = commonNibbles(own, key, min<u32>(end, nibbles));
  if (kind == Kind.Extension && common == end) {
    return neighbour(extensionAt(behind).child, end, key, nibbles, after);
  }
  if (common == end && common == nibbles) return 0;
  // One that is a prefix of the other comes first.
  const isAfter =
    common == nibbles || (common < end && keySlot(own, end, common) > keySlot(key, nibbles, common));
  return isAfter == after ? outermost(behind, depth, after) : 0;
}

function besideBranch(node: u32, depth: u32, key: usize, nibbles: u32, after: bool): u32 {
  const ends = depth >= nibbles;
  if (ends && !after) return 0;
  if (!ends) {
    const slot = keySlot(key, nibbles, depth);
    const inside = neighbour(branchChild(node, slot), depth + 1, key, nibbles, after);
    if (inside != 0 || missed) return inside;
    for (let i: i32 = <i32>slot + (after ? 1 : -1); i >= 0 && i < 16; i += after ? 1 : -1) {
      if (branchChild(node, i) != 0) return outermostOf(node, i, key, depth, after);
    }
    return after ? 0 : branchChild(node, VALUE_SLOT);
  }
  for (let i: u32 = 0; i < 16; i++) {
    if (branchChild(node, i) != 0) return outermostOf(node, i, key, depth, true);
  }
  return 0;
}

/** The first leaf of a subtree, or the last one; the nibbles above it stand in the path buffer. */
function outermost(node: u32, depth: u32, first: bool): u32 {
  const path = keyBuffer(PATH);
  let at = nodeBehind(node);
  let level = depth;
  while (nodeAt(at).kind != Kind.Leaf) {
    if (nodeAt(at).kind == Kind.Stub) return miss(at, path, level);
    if (nodeAt(at).kind == Kind.Extension) {
      copy32(path, <usize>at + NODE_KEY);
      level = nodeAt(at).nibbles;
      at = nodeBehind(extensionAt(at).child);
      continue;
    }
    let slot = first ? VALUE_SLOT : 15;
    if (first && branchChild(at, slot) == 0) slot = 0;
    while (branchChild(at, slot) == 0) slot = first ? slot + 1 : slot == 0 ? VALUE_SLOT : slot - 1;
    const child = branchChild(at, slot);
    const byte = path + (level >> 1);
    if (slot < VALUE_SLOT) store<u8>(byte, level & 1 ? (load<u8>(byte) & 0xf0) | slot : slot << 4);
    level++;
    at = nodeBehind(child);
  }
  return at;
}

/** `outermost` of the child in `slot` of a branch on the way to `key`. */
function outermostOf(node: u32, slot: u32, key: usize, depth: u32, first: bool): u32 {
  keyPrefix(keyBuffer(PATH), key, depth, slot);
  return outermost(branchChild(node, slot), depth + 1, first);
}

function miss(stub: u32, key: usize, depth: u32): u32 {
  listMissing(stub, key, depth, VALUE_SLOT);
  missed = true;
  return 0;
}
