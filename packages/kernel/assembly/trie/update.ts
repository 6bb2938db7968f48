// Changing a trie by a sorted batch, top-down in one pass: every branch on the way is rebuilt once. Hashing follows
// (hash.ts), but what is large is hashed subtree by subtree while its nodes are still in the processor's cache.
//
// Nodes of earlier blocks are copied and the old one is dropped; nodes of this generation are changed in
// place. A subtree that is unchanged comes back as the same pointer.

import { readAhead } from "../memory/read-ahead";
import { batchSort, TrieUpdate, updateAt, updateSlot } from "./batch";
import { crashPoint } from "./crash";
import { hashCollect, hashCollected } from "./hash";
import { commonNibbles, keyPrefix, keySlot } from "./key";
import { listMissing } from "./missing";
import {
  BRANCH_CHILDREN,
  BRANCH_SLOTS,
  branchAt,
  branchChild,
  branchExpand,
  copy32,
  EXTENSION_SIZE,
  extensionAt,
  Kind,
  LEAF_VALUE,
  leafAt,
  NODE_KEY,
  nodeAt,
  nodeBehind,
  SIZE_UNIT,
  VALUE_SLOT,
} from "./node";
import { frameAt, keyBuffer } from "./scratch";
import { allocateNode, dropNode, trieShared } from "./workers";

let batch: usize = 0;
let generation: u32 = 0;

/**
 * The trie `root` changed by `count` TrieUpdates (batch.ts), which are sorted here. Returns the new root; if
 * `trieMissingCount` has grown, a stub was in the way and the result is only good for a discard.
 */
export function trieUpdate(root: u32, updates: usize, count: u32): u32 {
  const left = batchSort(updates, count);
  return trieUpdateSorted(root, 0, updates, 0, left);
}

/** The node `node` at `depth` changed by the sorted updates [from, to), which all lie below it. */
function trieUpdateSorted(node: u32, depth: u32, updates: usize, from: u32, to: u32): u32 {
  batch = updates;
  generation = trieShared().generation;
  return from < to ? updateNode(node, depth, from, to) : node;
}

/**
 * Whether the 16 children of the root can be changed independently: an empty trie or a branch. Otherwise one
 * task does all with `trieUpdate`.
 */
export function trieSplits(root: u32): bool {
  const node = nodeBehind(root);
  return node == 0 || nodeAt(node).kind == Kind.Branch;
}

/** Child `nibble` of a root that splits, changed by the sorted updates [from, to), whose keys begin with it. */
export function trieUpdateChild(root: u32, nibble: u32, updates: usize, from: u32, to: u32): u32 {
  const node = nodeBehind(root);
  const child = node == 0 ? 0 : branchChild(node, nibble);
  return trieUpdateSorted(child, 1, updates, from, to);
}

/** The root over the 16 results of `trieUpdateChild` at `children`. */
export function trieJoin(root: u32, children: usize): u32 {
  generation = trieShared().generation;
  const node = nodeBehind(root);
  const frame = frameAt(0);
  if (node != 0) branchExpand(node, frame);
  else clearFrame(frame);
  let changed = false;
  for (let slot: u32 = 0; slot < 16; slot++) {
    const child = load<u32>(children + ((<usize>slot) << 2));
    if (child != load<u32>(frame + ((<usize>slot) << 2)) || isDirty(child)) changed = true;
    store<u32>(frame + ((<usize>slot) << 2), child);
  }
  if (!changed) return root;
  const key = keyBuffer(1);
  memory.fill(key, 0, 32);
  const joined = finishBranch(node, 0, key);
  if (node != root && joined != node) dropNode(root);
  return joined;
}

function clearFrame(frame: usize): void {
  memory.fill(frame, 0, (<usize>BRANCH_SLOTS) << 2);
}

function keyOf(index: u32): usize {
  return updateAt(batch, index).key;
}

function isRemoval(index: u32): bool {
  return updateAt(batch, index).valueLength == 0;
}

/** End of the group of updates that begins at `from` and shares its slot at `depth`. */
function groupEnd(from: u32, to: u32, depth: u32, slot: u32): u32 {
  let end = from + 1;
  while (end < to && updateSlot(batch, end, depth) == slot) end++;
  return end;
}

/** Made in this block and not hashed yet. */
function isDirty(node: u32): bool {
  return node != 0 && nodeAt(node).generation == generation && nodeAt(node).refLength == 0;
}

function updateNode(node: u32, depth: u32, from: u32, to: u32): u32 {
  if (node == 0) return build(depth, from, to);
  const kind = nodeAt(node).kind;
  if (kind == Kind.Branch) return updateBranch(node, depth, from, to);
  if (kind == Kind.Leaf) return updateLeaf(node, depth, from, to);
  if (kind == Kind.Extension) return updateExtension(node, depth, from, to);
  const behind = nodeBehind(node);
  if (nodeAt(behind).kind == Kind.Stub) {
    listMissing(behind, keyOf(from), depth, VALUE_SLOT);
    return node;
  }
  const result = updateNode(behind, depth, from, to);
  if (result == behind) return node;
  dropNode(node);
  return result;
}

/**
 * Reads the header of every child at once. Their hashes are needed as soon as one of them changes, and they lie
 * far apart: these misses of the cache overlap, later ones would follow one another.
 */
function readChildren(node: u32): void {
  const count = <u32>popcnt<u32>(branchAt(node).mask);
  for (let i: u32 = 0; i < count; i++) {
    readAhead(<usize>load<u32>(<usize>node + BRANCH_CHILDREN + ((<usize>i) << 2)));
  }
}

/** Where subtrees are small enough for the cache and large enough to fill pairs of hashes. */
const SUBTREE_DEPTH: u32 = 2;
const SUBTREE_UPDATES: u32 = 32;

function updateBranch(node: u32, depth: u32, from: u32, to: u32): u32 {
  const frame = frameAt(depth);
  branchExpand(node, frame);
  readChildren(node);
  let changed = false;
  for (let i = from; i < to; ) {
    const slot = updateSlot(batch, i, depth);
    const end = groupEnd(i, to, depth, slot);
    const at = frame + ((<usize>slot) << 2);
    const old = load<u32>(at);
    const child = updateNode(old, depth + 1, i, end);
    if (child != old) {
      store<u32>(at, child);
      changed = true;
      // One that was changed in place waits: its being unhashed tells the nodes above that it has changed.
      if (depth + 1 == SUBTREE_DEPTH && end - i >= SUBTREE_UPDATES) {
        hashCollect(child, SUBTREE_DEPTH);
        hashCollected();
      }
    } else if (isDirty(child)) {
      changed = true;
    }
    i = end;
  }
  return changed ? finishBranch(node, depth, keyOf(from)) : node;
}

/** The node for the children in the frame of `depth`; takes the place of branch `old` (0 if there was none). */
function finishBranch(old: u32, depth: u32, key: usize): u32 {
  const frame = frameAt(depth);
  let mask: u32 = 0;
  let last: u32 = 0;
  for (let slot: u32 = 0; slot < BRANCH_SLOTS; slot++) {
    if (load<u32>(frame + ((<usize>slot) << 2)) == 0) continue;
    mask |= 1 << slot;
    last = slot;
  }
  if (popcnt<u32>(mask) < 2) {
    if (old != 0) dropNode(old);
    if (mask == 0) return 0;
    const prefix = keyBuffer(0);
    keyPrefix(prefix, key, depth, last);
    return under(depth, depth + 1, prefix, load<u32>(frame + ((<usize>last) << 2)));
  }
  const size = <u32>BRANCH_CHILDREN + ((<u32>popcnt<u32>(mask)) << 2);
  let node = old;
  if (old == 0 || nodeAt(old).generation != generation || <u32>nodeAt(old).sizeClass * SIZE_UNIT < size) {
    node = allocateNode(Kind.Branch, size);
    if (old != 0) dropNode(old);
  }
  branchAt(node).mask = mask;
  crashPoint();
  branchAt(node).refLength = 0;
  let to = <usize>node + BRANCH_CHILDREN;
  for (let slot: u32 = 0; slot < BRANCH_SLOTS; slot++) {
    const child = load<u32>(frame + ((<usize>slot) << 2));
    if (child == 0) continue;
    store<u32>(to, child);
    to += 4;
  }
  return node;
}

/** `child`, which begins at depth `end`, below the nibbles start ... end of `key`. */
function under(start: u32, end: u32, key: usize, child: u32): u32 {
  if (child == 0 || start == end) return child;
  const behind = nodeBehind(child);
  const kind = nodeAt(behind).kind;
  if (kind == Kind.Branch) return newExtension(key, end, child);
  if (kind == Kind.Stub) {
    listMissing(behind, key, end, VALUE_SLOT);
    return child;
  }
  if (behind != child) dropNode(child);
  return beginElsewhere(behind, start);
}

/** A leaf or extension whose path now begins at depth `start`. */
function beginElsewhere(node: u32, start: u32): u32 {
  const header = nodeAt(node);
  if (header.kind == Kind.Extension && <u32>header.nibbles == start) {
    const child = extensionAt(node).child;
    dropNode(node);
    return child;
  }
  if (header.generation == generation) {
    header.refLength = 0;
    return node;
  }
  const size = <u32>header.sizeClass * SIZE_UNIT;
  const copy = allocateNode(<Kind>header.kind, size);
  nodeAt(copy).nibbles = header.nibbles;
  memory.copy(<usize>copy + NODE_KEY, <usize>node + NODE_KEY, size - <u32>NODE_KEY);
  dropNode(node);
  return copy;
}

function newExtension(key: usize, end: u32, child: u32): u32 {
  const node = allocateNode(Kind.Extension, EXTENSION_SIZE);
  extensionAt(node).nibbles = <u8>end;
  extensionAt(node).child = child;
  copy32(<usize>node + NODE_KEY, key);
  return node;
}

function newLeaf(update: TrieUpdate): u32 {
  const node = allocateNode(Kind.Leaf, <u32>LEAF_VALUE + update.valueLength);
  const leaf = leafAt(node);
  leaf.nibbles = <u8>update.nibbles;
  leaf.valueLength = <u16>update.valueLength;
  copy32(<usize>node + NODE_KEY, update.key);
  memory.copy(<usize>node + LEAF_VALUE, update.value, update.valueLength);
  return node;
}

/** A new subtree at `depth` of the updates [from, to); removals find nothing to remove. */
function build(depth: u32, from: u32, to: u32): u32 {
  while (from < to && isRemoval(from)) from++;
  while (from < to && isRemoval(to - 1)) to--;
  if (from == to) return 0;
  if (to - from == 1) return newLeaf(updateAt(batch, from));
  const first = updateAt(batch, from);
  const split = commonNibbles(
    first.key,
    keyOf(to - 1),
    min<u32>(first.nibbles, updateAt(batch, to - 1).nibbles),
  );
  const frame = frameAt(split);
  clearFrame(frame);
  for (let i = from; i < to; ) {
    const slot = updateSlot(batch, i, split);
    const end = groupEnd(i, to, split, slot);
    store<u32>(frame + ((<usize>slot) << 2), build(split + 1, i, end));
    i = end;
  }
  return under(depth, split, first.key, finishBranch(0, split, first.key));
}

function updateLeaf(node: u32, depth: u32, from: u32, to: u32): u32 {
  const leaf = leafAt(node);
  const key = <usize>node + NODE_KEY;
  const nibbles = <u32>leaf.nibbles;
  // Removals of other keys find nothing.
  while (from < to && isRemoval(from) && !isKey(from, key, nibbles)) from++;
  while (from < to && isRemoval(to - 1) && !isKey(to - 1, key, nibbles)) to--;
  if (from == to) return node;
  if (to - from > 1 || !isKey(from, key, nibbles)) return spread(node, nibbles, depth, from, to);
  const update = updateAt(batch, from);
  if (update.valueLength == 0) {
    dropNode(node);
    return 0;
  }
  if (
    update.valueLength == <u32>leaf.valueLength &&
    memory.compare(<usize>node + LEAF_VALUE, update.value, update.valueLength) == 0
  ) {
    return node;
  }
  if (
    leaf.generation == generation &&
    <u32>leaf.sizeClass * SIZE_UNIT >= <u32>LEAF_VALUE + update.valueLength
  ) {
    leaf.refLength = 0;
    leaf.valueLength = <u16>update.valueLength;
    memory.copy(<usize>node + LEAF_VALUE, update.value, update.valueLength);
    return node;
  }
  dropNode(node);
  return newLeaf(update);
}

function isKey(index: u32, key: usize, nibbles: u32): bool {
  const update = updateAt(batch, index);
  return update.nibbles == nibbles && commonNibbles(update.key, key, 64) == 64;
}

function updateExtension(node: u32, depth: u32, from: u32, to: u32): u32 {
  const extension = extensionAt(node);
  const key = <usize>node + NODE_KEY;
  const end = <u32>extension.nibbles;
  while (from < to && isRemoval(from) && commonWith(from, key, end) < end) from++;
  while (from < to && isRemoval(to - 1) && commonWith(to - 1, key, end) < end) to--;
  if (from == to) return node;
  if (commonWith(from, key, end) < end || commonWith(to - 1, key, end) < end) {
    return spread(node, end, depth, from, to);
  }
  const old = extension.child;
  const child = updateNode(old, end, from, to);
  if (child == old) {
    if (isDirty(child)) extension.refLength = 0;
    return node;
  }
  if (child != 0 && nodeAt(child).kind == Kind.Branch && extension.generation == generation) {
    extension.child = child;
    extension.refLength = 0;
    return node;
  }
  const result = under(depth, end, key, child);
  dropNode(node);
  return result;
}

/** Nibbles that update `index` has in common with the first `limit` ones of `key`. */
function commonWith(index: u32, key: usize, limit: u32): u32 {
  const update = updateAt(batch, index);
  return commonNibbles(update.key, key, min<u32>(limit, update.nibbles));
}

/**
 * A leaf or extension `node`, whose path reaches to depth `end`, and updates that leave that path: a branch
 * takes its place where the first of them leaves it.
 */
function spread(node: u32, end: u32, depth: u32, from: u32, to: u32): u32 {
  const key = <usize>node + NODE_KEY;
  const split = min<u32>(commonWith(from, key, end), commonWith(to - 1, key, end));
  const own = keySlot(key, end, split);
  const frame = frameAt(split);
  clearFrame(frame);
  let placed = false;
  for (let i = from; i < to; ) {
    const slot = updateSlot(batch, i, split);
    const groupTo = groupEnd(i, to, split, slot);
    let child: u32;
    if (slot == own) {
      child = updateNode(node, split + 1, i, groupTo);
      if (child == node) child = beginElsewhere(node, split + 1);
      placed = true;
    } else {
      child = build(split + 1, i, groupTo);
    }
    store<u32>(frame + ((<usize>slot) << 2), child);
    i = groupTo;
  }
  if (!placed) store<u32>(frame + ((<usize>own) << 2), beginElsewhere(node, split + 1));
  // The node's memory still holds its key: dropped nodes are freed by the commit only.
  return under(depth, split, key, finishBranch(0, split, key));
}
