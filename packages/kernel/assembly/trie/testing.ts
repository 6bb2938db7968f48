// The exports that the trie's tests need.

export { initialiseKeccak, keccak256 } from "../hash/keccak";
export {
  allocateChunks,
  arenaAllocate,
  arenaMark,
  arenaRewind,
  beginArena,
  resetBlockChunks,
  setWorkerId,
} from "../memory/arena";
export { batchSort } from "./batch";
export { initialiseTrie, trieCommit, trieDiscard, trieMadeCount, trieMadeNode } from "./commit";
export { trieEvict, trieGeneration } from "./evict";
export { hashForget, trieRootHash } from "./hash";
export { trieMissing, trieMissingCount, trieMissingHash } from "./missing";
export { trieNewNodes, trieNewNodesLength } from "./new-nodes";
export { orderedRoot } from "./ordered";
export { proofCount, proofLength, proofNode, trieProof } from "./proof";
export { trieResolve } from "./resolve";
export {
  stateRootBegin,
  stateRootCommit,
  stateRootDiscard,
  stateRootResult,
  stateRootSequential,
  stateRootTask,
  stateRootTasks,
} from "./state-root";
export { trieStub } from "./state-values";
export { trieJoin, trieSplits, trieUpdate, trieUpdateChild } from "./update";

import { control } from "../memory/layout";
import { nodeAt } from "./node";

/** What the host does before it starts the workers. */
export function begin(memoryLimit: u64): void {
  control().memoryLimit = memoryLimit;
  control().epoch = 1;
}

export function cacheBytes(): u64 {
  return control().cacheBytes;
}

export function nodeKind(node: u32): u32 {
  return nodeAt(node).kind;
}
