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
export { crashAfter, crashStepsLeft } from "./crash";
export { trieEvict, trieGeneration } from "./evict";
export { hashForget, trieRootHash } from "./hash";
export { trieMissing, trieMissingCount, trieMissingHash } from "./missing";
export { trieLeafKey, trieNeighbourMissed, trieNext, triePrevious } from "./neighbour";
export { trieNewNodes, trieNewNodesLength } from "./new-nodes";
export { orderedPart, orderedPartCount, orderedPartsAllocate, orderedRoot } from "./ordered";
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
  trieReset,
} from "./state-root";
export { trieStub } from "./state-values";
export { trieJoin, trieSplits, trieUpdate, trieUpdateChild } from "./update";

import { CHUNK_SIZE, CHUNK_TABLE, Chunk, control, HEAP_START, MAX_CHUNKS } from "../memory/layout";
import { AccountChange, SlotChange } from "../state/changes-layout";
import { AccountRecord, SlotRecord } from "../state/records";
import { nodeAt } from "./node";
import { freeHead } from "./workers";

export const ACCOUNT_RECORD: u32 = <u32>offsetof<AccountRecord>();
export const ACCOUNT_STORAGE_TRIE: u32 = <u32>offsetof<AccountRecord>("storageTrie");
export const SLOT_RECORD: u32 = <u32>offsetof<SlotRecord>();
export const ACCOUNT_CHANGE: u32 = <u32>offsetof<AccountChange>();
export const SLOT_CHANGE: u32 = <u32>offsetof<SlotChange>();

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

/** For benchmarks: `count` slots of `account` from number 1 on. */
export function placeSlots(at: usize, account: u32, count: u32): void {
  for (let i: u32 = 0; i < count; i++) placeSlot(at + <usize>i * offsetof<SlotRecord>(), account, i + 1);
}

/** For benchmarks: changes of `count` of the `total` slots at `records`, spread evenly. */
export function placeSlotChanges(at: usize, records: u32, total: u32, count: u32, value: u64): void {
  for (let i: u32 = 0; i < count; i++) {
    const index = <u32>((<u64>i * <u64>total) / <u64>count);
    const record = records + index * <u32>offsetof<SlotRecord>();
    placeSlotChange(at + <usize>i * offsetof<SlotChange>(), record, value * 1000000007 + i + 1, 0);
  }
}

/** From now on every new chunk that lies behind the highest used one is refused. */
export function limitMemoryToUsed(): void {
  let used = HEAP_START;
  for (let i: u32 = 0; i < MAX_CHUNKS; i++) {
    if (load<u32>(CHUNK_TABLE + ((<usize>i) << 2)) != 0) used = HEAP_START + <usize>(i + 1) * CHUNK_SIZE;
  }
  control().memoryLimit = used;
}

export function stateTrie(): u32 {
  return control().stateTrie;
}

export function setStateTrie(root: u32): void {
  control().stateTrie = root;
}

/** An account record at `at` (cleared memory) whose address is `number` times an odd constant. */
export function placeAccount(at: usize, number: u64): void {
  memory.fill(at, 0, offsetof<AccountRecord>());
  const account = changetype<AccountRecord>(at);
  account.address0 = number * 0x9e3779b97f4a7c15;
  account.address1 = number;
  account.address2 = 0xabcdef01;
}

export function placeSlot(at: usize, account: u32, number: u64): void {
  memory.fill(at, 0, offsetof<SlotRecord>());
  const slot = changetype<SlotRecord>(at);
  slot.account = account;
  slot.key0 = number;
  slot.key1 = number * 3;
  slot.key2 = 2;
  slot.key3 = number << 40;
}

/** An account change whose balance is `balance` and code hash 32 bytes of the same value. */
export function placeAccountChange(
  at: usize,
  record: u32,
  flags: u32,
  nonce: u64,
  balance: u64,
  code: u32,
  slots: u32,
  slotCount: u32,
): void {
  memory.fill(at, 0, offsetof<AccountChange>());
  const change = changetype<AccountChange>(at);
  change.record = record;
  change.flags = flags;
  change.nonce = nonce;
  change.balance0 = balance;
  change.balance3 = balance >> 32;
  memory.fill(at + offsetof<AccountChange>("codeHash0"), <u8>code, 32);
  change.slots = slots;
  change.slotCount = slotCount;
}

export function placeSlotChange(at: usize, record: u32, value: u64, high: u64): void {
  memory.fill(at, 0, offsetof<SlotChange>());
  const change = changetype<SlotChange>(at);
  change.record = record;
  change.value0 = value;
  change.value3 = high;
}

/** For benchmarks: `count` accounts from number `first` on. */
export function placeAccounts(at: usize, first: u64, count: u32): void {
  for (let i: u32 = 0; i < count; i++) placeAccount(at + <usize>i * offsetof<AccountRecord>(), first + i);
}

/** For benchmarks: changes of `count` of the `total` accounts at `records`, spread evenly. */
export function placeAccountChanges(at: usize, records: u32, total: u32, count: u32, nonce: u64): void {
  for (let i: u32 = 0; i < count; i++) {
    const index = <u32>((<u64>i * <u64>total) / <u64>count);
    placeAccountChange(
      at + <usize>i * offsetof<AccountChange>(),
      records + index * <u32>offsetof<AccountRecord>(),
      0,
      nonce,
      1000000000000000000 + nonce * 21000 + i,
      0xc5,
      0,
      0,
    );
  }
}

/** Number of chunks that hold nodes. */
export function trieChunks(): u32 {
  let count: u32 = 0;
  for (let i: u32 = 0; i < MAX_CHUNKS; i++) {
    if (load<u32>(CHUNK_TABLE + ((<usize>i) << 2)) == Chunk.Trie) count++;
  }
  return count;
}

/** First free node of a size class, and the one after a free node. */
export function firstFree(worker: u32, sizeClass: u32): u32 {
  return load<u32>(freeHead(worker, sizeClass));
}

export function nextFree(node: u32): u32 {
  return nodeAt(node).generation;
}
