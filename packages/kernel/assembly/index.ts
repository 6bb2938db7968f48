// The production module: what @heddle/engine calls.

import { initialiseCurve } from "./curve/initialise";
import { initialiseBlake2 } from "./hash/blake2";
import { initialiseKeccak } from "./hash/keccak";
import { initialiseSha256 } from "./hash/sha256";
import { internReset } from "./state/host";
import { initialiseTrie } from "./trie/commit";
import { initialiseCode } from "./vm/code";

export { receiptsOrigins, receiptsPack } from "./block/packed-receipts";
export { runBlockSequential } from "./block/run";
export { blockTransactions } from "./block/transactions";
export * from "./door/block";
export * from "./door/call";
export * from "./door/edit";
export { predictBlock } from "./door/predict";
export * from "./door/state";
export * from "./door/trace";
export * from "./door/work";
export { keccak256 } from "./hash/keccak";
export * from "./layouts";
export { arenaAllocate, setWorkerId } from "./memory/arena";
export { wakeHost } from "./memory/layout";
export { claimsCheck } from "./parallel/claims";
export { claimsUse } from "./parallel/claims-hold";
export { claimsIntern } from "./parallel/claims-publish";
export { claimsLoaded, claimsRootMissing, claimsRootRestart } from "./parallel/claims-root";
export { restartRoots } from "./parallel/roots";
export { signersInput, signersStart } from "./parallel/signers";
export { aborted, resume, work } from "./parallel/work";
export { recordHasStorage } from "./state/account";
export { changesBegin, changesWrite } from "./state/change-record";
export { codesEvict, internEvict } from "./state/evict";
export {
  internGrow,
  internReserve,
  stateAccountRecord,
  stateLoadAccount,
  stateLoadSlot,
  stateSlotRecord,
} from "./state/host";
export { undoBegin, undoNextWiped, undoSave, undoWrite } from "./state/undo-record";
export { trieDiscard } from "./trie/commit";
export { trieEvict, trieEvictAll, trieGeneration } from "./trie/evict";
export { trieRootHash } from "./trie/hash";
export { trieMissing, trieMissingCount, trieMissingHash } from "./trie/missing";
export { trieLeafKey, trieNeighbourMissed, trieNext, triePrevious } from "./trie/neighbour";
export { trieNewNodes, trieNewNodesLength } from "./trie/new-nodes";
export { orderedRoot } from "./trie/ordered";
export { proofCount, proofLength, proofNode, trieProof } from "./trie/proof";
export { trieResolve } from "./trie/resolve";
export { stateRootOfStorage } from "./trie/state-root";
export { recordStorageTrie, trieStub } from "./trie/state-values";
export { trieUpdate } from "./trie/update";
export { codeFind, codeIndexGrow, codeIntern } from "./vm/code";

/** Writes the constants and empty tables that all instances share; once for a memory. Control comes first. */
export function initialise(): void {
  initialiseKeccak();
  initialiseBlake2();
  initialiseSha256();
  initialiseCurve();
  initialiseCode();
  internReset();
  initialiseTrie();
}
