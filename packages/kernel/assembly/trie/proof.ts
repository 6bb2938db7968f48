// Merkle proofs: the RLP of the nodes from the root towards a key (EIP-1186). Where the key is not in the trie,
// they show that: the last node has no child or another path.

import { arenaAllocate } from "../memory/arena";
import { encodedAt, nodeEncode } from "./encode";
import { commonNibbles, keySlot } from "./key";
import { listMissing } from "./missing";
import { branchChild, extensionAt, Kind, NODE_KEY, nodeAt, nodeBehind, VALUE_SLOT } from "./node";
import { rlpBuffer } from "./scratch";

let count: u32 = 0;
let table: usize = 0;

/**
 * Makes the proof of `key` (32 readable bytes, `nibbles` long) in the hashed trie `root`; the nodes are in the
 * block arena. False: a stub was met (`trieMissing`); to be called again when it is resolved.
 */
export function trieProof(root: u32, key: usize, nibbles: u32): bool {
  count = 0;
  table = arenaAllocate(66 * 8);
  let node = root;
  let depth: u32 = 0;
  while (node != 0) {
    const behind = nodeBehind(node);
    if (nodeAt(behind).kind == Kind.Stub) {
      listMissing(behind, key, depth, VALUE_SLOT);
      return false;
    }
    // A node shorter than 32 bytes is contained in its parent.
    if (nodeAt(behind).refLength == 32 || depth == 0) addNode(behind);
    const kind = nodeAt(behind).kind;
    if (kind == Kind.Leaf) return true;
    if (kind == Kind.Branch) {
      if (depth >= nibbles) return true;
      node = branchChild(behind, keySlot(key, nibbles, depth));
      depth++;
    } else {
      const end = <u32>nodeAt(behind).nibbles;
      if (nibbles < end || commonNibbles(key, <usize>behind + NODE_KEY, end) < end) return true;
      node = extensionAt(behind).child;
      depth = end;
    }
  }
  return true;
}

function addNode(node: u32): void {
  const length = nodeEncode(node, rlpBuffer(0));
  const copy = arenaAllocate(length);
  memory.copy(copy, encodedAt, length);
  store<u32>(table + ((<usize>count) << 3), <u32>copy);
  store<u32>(table + ((<usize>count) << 3), length, 4);
  count++;
}

/** Number of nodes in the last proof; 0 for an empty trie. */
export function proofCount(): u32 {
  return count;
}

/** RLP of node `index` of the last proof. */
export function proofNode(index: u32): usize {
  return load<u32>(table + ((<usize>index) << 3));
}

export function proofLength(index: u32): u32 {
  return load<u32>(table + ((<usize>index) << 3), 4);
}
