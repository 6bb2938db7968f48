// Giving memory back between blocks: subtrees that no recent block has changed become stubs.

import { control } from "../memory/layout";
import { AccountRecord } from "../state/records";
import {
  BRANCH_CHILDREN,
  branchAt,
  copy32,
  Extension,
  extensionAt,
  Kind,
  NODE_REF,
  nodeAt,
  nodeBehind,
  STUB_SIZE,
  Stub,
  stubAt,
} from "./node";
import { accountTrieBytes, allocateUnlisted, POOL, releaseNode, trieShared } from "./workers";

/** Number of the running generation: nodes made now carry it. The end of a block that made nodes begins a new one. */
export function trieGeneration(): u32 {
  return trieShared().generation;
}

/**
 * Replaces the subtrees of `root` that were last changed before generation `before` by stubs; returns the root
 * (a stub, if all of it is that old), which the caller stores. Between blocks only. The host must hold the RLP
 * of every node made before that generation. Where a worker dies in here, memory of the subtree in hand is lost.
 */
export function trieEvict(root: u32, before: u32): u32 {
  const result = evict(root, before);
  if (result != root) release(root);
  accountTrieBytes();
  return result;
}

/** `trieEvict` for the state trie and the storage trie of every account in the cache. */
export function trieEvictAll(before: u32): void {
  const shared = control();
  shared.stateTrie = trieEvict(shared.stateTrie, before);
  const table = <usize>shared.accountIndex;
  if (table == 0) return;
  for (let i: u32 = 0; i <= shared.accountIndexMask; i++) {
    const record = <usize>(load<u64>(table + ((<usize>i) << 3)) & 0xffffffff);
    if (record == 0) continue;
    const account = changetype<AccountRecord>(record);
    if (account.storageTrie != 0) account.storageTrie = trieEvict(account.storageTrie, before);
  }
}

/** Frees a whole trie that nothing refers to any more. Between blocks only. */
export function trieFree(root: u32): void {
  release(root);
  accountTrieBytes();
}

function evict(node: u32, before: u32): u32 {
  const behind = nodeBehind(node);
  if (behind == 0 || nodeAt(behind).kind == Kind.Stub) return node;
  // A change copies the path from the root, so no node is older than what lies below it. Embedded nodes go
  // with their parent. What is brought for a stub counts as changed then.
  if (nodeAt(behind).generation < before && nodeAt(behind).refLength == 32) {
    if (behind != node) {
      // The stub is still there: it only stops forwarding.
      const resolved = stubAt(node).resolved;
      atomic.store<u32>(<usize>node + offsetof<Stub>("resolved"), 0);
      release(resolved);
      return node;
    }
    const stub = allocateUnlisted(Kind.Stub, STUB_SIZE, trieShared().generation - 1);
    stubAt(stub).resolved = 0;
    copy32(<usize>stub + NODE_REF, <usize>node + NODE_REF);
    nodeAt(stub).refLength = 32;
    return stub;
  }
  if (nodeAt(behind).kind == Kind.Branch) {
    // A leaf in the value slot is part of its branch.
    const count = <u32>popcnt<u32>(branchAt(behind).mask & 0xffff);
    for (let i: u32 = 0; i < count; i++) evictAt(<usize>behind + BRANCH_CHILDREN + ((<usize>i) << 2), before);
  } else if (nodeAt(behind).kind == Kind.Extension) {
    evictAt(<usize>behind + offsetof<Extension>("child"), before);
  }
  return node;
}

/** The child whose reference stands at `place`: the stub is published by one store, then the nodes are freed. */
function evictAt(place: usize, before: u32): void {
  const child = load<u32>(place);
  const result = evict(child, before);
  if (result == child) return;
  atomic.store<u32>(place, result);
  release(child);
}

/** Frees a subtree that nothing refers to any more. */
function release(node: u32): void {
  if (node == 0) return;
  const kind = nodeAt(node).kind;
  if (kind == Kind.Branch) {
    const count = <u32>popcnt<u32>(branchAt(node).mask);
    for (let i: u32 = 0; i < count; i++)
      release(load<u32>(<usize>node + BRANCH_CHILDREN + ((<usize>i) << 2)));
  } else if (kind == Kind.Extension) {
    release(extensionAt(node).child);
  } else if (kind == Kind.Stub) {
    release(stubAt(node).resolved);
  }
  releaseNode(POOL, node);
}
