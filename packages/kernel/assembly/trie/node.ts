// Trie nodes in memory.
//
// A reference to a node is its address, 0 is the empty trie. Leaves and extensions hold their key from the
// root on, not the part below their parent: a node that moves up or down needs no new path, only a new hash.
// Every node caches what its parent's RLP says about it: its hash, or its own RLP where that is shorter than
// 32 bytes.
//
// A node is immutable once its block is committed. One of the running generation (generation.ts) was made in
// this block and may be changed in place.

export enum Kind {
  Free = 0,
  Branch = 1,
  Extension = 2,
  Leaf = 3,
  /** A subtree that is not in memory: only its hash is known. */
  Stub = 4,
  /** Made and dropped again in the same generation; freed by the commit. */
  Dead = 5,
}

/** What all nodes begin with. */
@unmanaged
export class Node {
  kind: u8;
  /** 0 = the reference is not computed yet, 32 = a hash, less = the RLP itself. */
  refLength: u8;
  /** Leaf: length of its key in nibbles. Extension: depth of its child. */
  nibbles: u8;
  /** Size of the block of memory in units of SIZE_UNIT. */
  sizeClass: u8;
  /** Generation that made the node; of a free node, the next one in the list. */
  generation: u32;
  /** The reference; its first four bytes link the nodes of one depth while they wait to be hashed. */
  ref0: u64;
  ref1: u64;
  ref2: u64;
  ref3: u64;
}

/** Children follow, one u32 for each bit of the mask. Bit 16 is the leaf whose key ends at this branch. */
@unmanaged
export class Branch extends Node {
  mask: u32;
}

@unmanaged
export class Extension extends Node {
  key0: u64;
  key1: u64;
  key2: u64;
  key3: u64;
  child: u32;
  /** Depth at which the path begins; known when the node is hashed. */
  start: u32;
}

/** The value's bytes follow at LEAF_VALUE. */
@unmanaged
export class Leaf extends Node {
  key0: u64;
  key1: u64;
  key2: u64;
  key3: u64;
  valueLength: u16;
  /** Depth at which the path begins; known when the node is hashed. */
  start: u8;
}

@unmanaged
export class Stub extends Node {
  /** The node, once the host has brought it: its parent is immutable, so the stub forwards. */
  resolved: u32;
}

export const NODE_REF: usize = 8;
export const NODE_KEY: usize = 40;
export const BRANCH_CHILDREN: usize = 44;
export const LEAF_VALUE: usize = 75;
export const EXTENSION_SIZE: u32 = 80;
export const STUB_SIZE: u32 = 48;

export const SIZE_UNIT: u32 = 16;
export const MAX_NODE_SIZE: u32 = 1024;
/** Longest value a leaf can hold. An account takes at most 110 bytes, a slot 33. */
export const MAX_VALUE: u32 = MAX_NODE_SIZE - <u32>LEAF_VALUE;

/** Slot of a branch for the key that ends there. */
export const VALUE_SLOT: u32 = 16;
export const BRANCH_SLOTS: u32 = 17;

/** Codes of `panic` in this room. */
export enum TriePanic {
  ValueTooLong = 0x7401,
  WorkerNumber = 0x7402,
  Unresolved = 0x7404,
  FreeNode = 0x7405,
  /** Test build only. */
  Crash = 0x7406,
}

export function nodeAt(node: u32): Node {
  return changetype<Node>(<usize>node);
}

export function branchAt(node: u32): Branch {
  return changetype<Branch>(<usize>node);
}

export function extensionAt(node: u32): Extension {
  return changetype<Extension>(<usize>node);
}

export function leafAt(node: u32): Leaf {
  return changetype<Leaf>(<usize>node);
}

export function stubAt(node: u32): Stub {
  return changetype<Stub>(<usize>node);
}

/** Child in `slot` (0 ... 16), 0 if there is none. */
export function branchChild(node: u32, slot: u32): u32 {
  const mask = branchAt(node).mask;
  if ((mask & (1 << slot)) == 0) return 0;
  const rank = popcnt<u32>(mask & ((1 << slot) - 1));
  return load<u32>(<usize>node + BRANCH_CHILDREN + ((<usize>rank) << 2));
}

/** Writes the 17 children, 0 where there is none, at `slots`. */
export function branchExpand(node: u32, slots: usize): void {
  const mask = branchAt(node).mask;
  let from = <usize>node + BRANCH_CHILDREN;
  for (let slot: u32 = 0; slot < BRANCH_SLOTS; slot++) {
    let child: u32 = 0;
    if ((mask >> slot) & 1) {
      child = load<u32>(from);
      from += 4;
    }
    store<u32>(slots + ((<usize>slot) << 2), child);
  }
}

/** The node itself, or what the host brought for a stub; an unresolved stub stays one. */
export function nodeBehind(node: u32): u32 {
  let at = node;
  while (at != 0 && nodeAt(at).kind == Kind.Stub) {
    const resolved = atomic.load<u32>(<usize>at + offsetof<Stub>("resolved"));
    if (resolved == 0) return at;
    at = resolved;
  }
  return at;
}

export function copy32(to: usize, from: usize): void {
  v128.store(to, v128.load(from));
  v128.store(to, v128.load(from, 16), 16);
}

export function equal32(a: usize, b: usize): bool {
  const first = v128.xor(v128.load(a), v128.load(b));
  const second = v128.xor(v128.load(a, 16), v128.load(b, 16));
  return !v128.any_true(v128.or(first, second));
}
