// The state root of a block from its change list, as tasks for all workers.
//
//   stateRootBegin      one worker
//   Phase.Storage       keys are hashed; storage tries of few changed slots are updated
//   Phase.LargeStorage  storage tries of many changed slots, one task for each child of their root
//   Phase.Accounts      account leaves, one task for each child of the state trie's root
//   Phase.Root          one task: the root
//   stateRootCommit or stateRootDiscard, one worker
//
// All tasks of a phase may run at once; a phase begins when the one before has ended. Nothing that other
// rooms read is written before the commit. If a worker dies in a task, stateRootBegin starts over. Where
// stubs were met (`trieMissingCount`), the root is void: the host brings the nodes and begins again. All
// phases are run even so, which finds as many missing nodes as there are at once.

import { arenaAllocate } from "../memory/arena";
import { Control, control } from "../memory/layout";
import { rlpWriteWord } from "../rlp/write";
import {
  ACCOUNT_CHANGE_SIZE,
  AccountChange,
  CHANGE_DELETED,
  CHANGE_STORAGE_WIPED,
  SLOT_CHANGE_SIZE,
  SlotChange,
} from "../state/changes-layout";
import { AccountRecord, SlotRecord } from "../state/records";
import { batchSort, UPDATE_SIZE, updateAt } from "./batch";
import { trieCommit, trieDiscard } from "./commit";
import { crashPoint } from "./crash";
import { hashCollect, hashCollected, hashForget, rootHashOf, trieRootHash } from "./hash";
import { hashAccountKey, hashKeysBegin, hashKeysEnd, hashSlotKey } from "./hashed-keys";
import { trieMissingCount } from "./missing";
import { copy32 } from "./node";
import { scratchRest } from "./scratch";
import {
  ACCOUNT_RLP_SIZE,
  accountRlp,
  dropTrie,
  recordStorageRoot,
  recordStorageTrie,
  SLOT_RLP_SIZE,
} from "./state-values";
import {
  AccountWork,
  GROUP_SIZE,
  GROUP_WEIGHT,
  Group,
  groupAdd,
  groupAt,
  groupClear,
  groupCount,
  groupFirst,
  groupNext,
  LARGE_CHILDREN,
  LARGE_SIZE,
  LARGE_SLOTS,
  LargeStorage,
  largeAt,
  Phase,
  running,
  STATE_CHILDREN,
  StateRoot,
  WORK_SIZE,
  workAt,
} from "./state-work";
import { trieJoin, trieSplits, trieUpdate, trieUpdateChild } from "./update";
import { trieShared, trieWorkersReset } from "./workers";

function isLarge(change: AccountChange): bool {
  return change.slotCount >= LARGE_SLOTS && (change.flags & CHANGE_DELETED) == 0;
}

/** What an account counts in its group. */
function weightOf(change: AccountChange): u32 {
  return isLarge(change) ? 1 : 1 + change.slotCount;
}

/** Prepares the phases for `count` AccountChanges; drops what an attempt before has left. */
export function stateRootBegin(changes: usize, count: u32): void {
  stateRootDiscard();
  let largeCount: u32 = 0;
  let largeGroups: u32 = 0;
  let all: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const change = changetype<AccountChange>(changes + <usize>i * ACCOUNT_CHANGE_SIZE);
    all += weightOf(change);
    if (!isLarge(change)) continue;
    largeCount++;
    largeGroups += (change.slotCount + GROUP_WEIGHT - 1) / GROUP_WEIGHT;
  }
  const address = arenaAllocate(STATE_CHILDREN + 64);
  memory.fill(address, 0, STATE_CHILDREN + 64);
  const state = changetype<StateRoot>(address);
  state.works = <u32>arenaAllocate(<usize>count * WORK_SIZE + 8);
  state.count = count;
  state.groups = <u32>arenaAllocate(<usize>(largeGroups + all / GROUP_WEIGHT + 1) * GROUP_SIZE);
  state.larges = <u32>arenaAllocate(<usize>largeCount * LARGE_SIZE + 8);
  state.batch = <u32>arenaAllocate(<usize>count * UPDATE_SIZE + 8);
  state.oldTrie = control().stateTrie;
  state.newTrie = state.oldTrie;
  trieShared().stateRoot = <u32>address;

  const links = <u32>arenaAllocate(((<usize>count) << 2) + 8);
  let from: u32 = 0;
  let weight: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const change = changetype<AccountChange>(changes + <usize>i * ACCOUNT_CHANGE_SIZE);
    const work = workAt(i);
    work.change = <u32>changetype<usize>(change);
    work.large = isLarge(change) ? beginLarge(i, change) : 0;
    weight += weightOf(change);
    if (weight < GROUP_WEIGHT) continue;
    addGroup(0, links, from, i + 1);
    from = i + 1;
    weight = 0;
  }
  if (from < count) addGroup(0, links, from, count);
}

function addGroup(large: u32, links: u32, from: u32, to: u32): void {
  const state = running();
  const group = groupAt(state.groupCount);
  state.groupCount++;
  groupClear(group);
  group.large = large;
  group.from = from;
  group.to = to;
  group.links = links;
}

function beginLarge(work: u32, change: AccountChange): u32 {
  const count = change.slotCount;
  const large = largeAt(running().largeCount);
  running().largeCount++;
  const address = <u32>changetype<usize>(large);
  memory.fill(address, 0, LARGE_SIZE);
  large.work = work;
  large.count = count;
  large.batch = <u32>arenaAllocate(<usize>count * UPDATE_SIZE);
  large.values = <u32>arenaAllocate(<usize>count * SLOT_RLP_SIZE);
  large.firstGroup = running().groupCount;
  const links = <u32>arenaAllocate((<usize>count) << 2);
  for (let from: u32 = 0; from < count; from += GROUP_WEIGHT) {
    addGroup(address, links, from, min<u32>(from + GROUP_WEIGHT, count));
  }
  return address;
}

/** Number of tasks of `phase` after the phases before it have ended. */
export function stateRootTasks(phase: u32): u32 {
  const state = running();
  if (phase == Phase.Storage) return state.groupCount;
  if (phase == Phase.LargeStorage) return state.largeCount << 4;
  return phase == Phase.Accounts ? 16 : 1;
}

/** Runs task `index` of `phase` on this worker. */
export function stateRootTask(phase: u32, index: u32): void {
  hashForget();
  hashKeysBegin();
  if (phase == Phase.Storage) {
    const group = groupAt(index);
    if (group.large != 0) prepareSlots(group);
    else updateStorages(group);
  } else if (phase == Phase.LargeStorage) {
    updateLargeChild(largeAt(index >> 4), index & 15);
  } else if (phase == Phase.Accounts) {
    updateAccounts(index);
  } else {
    finish();
  }
}

/** Phase.Storage: keys, and the storage tries that one task can do. */
function updateStorages(group: Group): void {
  const from = group.from;
  const to = group.to;
  for (let i = from; i < to; i++) {
    const work = workAt(i);
    const change = changetype<AccountChange>(<usize>work.change);
    hashAccountKey(change.record);
    if (work.large != 0) continue;
    for (let slot: u32 = 0; slot < change.slotCount; slot++) {
      hashSlotKey(load<u32>(<usize>change.slots + <usize>slot * SLOT_CHANGE_SIZE));
    }
  }
  hashKeysEnd();
  for (let i = from; i < to; i++) {
    const work = workAt(i);
    const change = changetype<AccountChange>(<usize>work.change);
    const update = updateAt(running().batch, i);
    update.key = change.record + <u32>offsetof<AccountRecord>("hash0");
    update.prefix = bswap<u64>(load<u64>(update.key));
    update.nibbles = 64;
    update.valueLength = 0;
    groupAdd(group, <u32>(update.prefix >> 60), i);
    beginStorage(work, change);
  }
  hashCollected();
  for (let i = from; i < to; i++) {
    const work = workAt(i);
    if (work.large != 0) continue;
    const change = changetype<AccountChange>(<usize>work.change);
    const root = changetype<usize>(work) + offsetof<AccountWork>("root0");
    if (storageStays(change)) copy32(root, recordStorageRoot(change.record));
    else rootHashOf(work.storageTrie, root);
  }
}

function storageStays(change: AccountChange): bool {
  return (change.flags & (CHANGE_DELETED | CHANGE_STORAGE_WIPED)) == 0 && change.slotCount == 0;
}

/** Updates a small storage trie; a large one is only prepared. */
function beginStorage(work: AccountWork, change: AccountChange): void {
  if (storageStays(change)) {
    work.storageTrie = changetype<AccountRecord>(<usize>change.record).storageTrie;
    return;
  }
  let trie = recordStorageTrie(change.record);
  if ((change.flags & (CHANGE_DELETED | CHANGE_STORAGE_WIPED)) != 0) {
    dropTrie(trie);
    trie = 0;
  }
  if (work.large != 0) {
    changetype<LargeStorage>(<usize>work.large).trie = trie;
    return;
  }
  if ((change.flags & CHANGE_DELETED) == 0 && change.slotCount > 0) {
    const batch = scratchRest();
    const values = batch + <usize>LARGE_SLOTS * UPDATE_SIZE;
    fillSlots(change, batch, values, 0, change.slotCount);
    trie = trieUpdate(trie, batch, change.slotCount);
    hashCollect(trie, 0);
  }
  work.storageTrie = trie;
}

/** TrieUpdates of the slots [from, to); their keys are hashed. */
function fillSlots(change: AccountChange, batch: usize, values: usize, from: u32, to: u32): void {
  for (let i = from; i < to; i++) {
    const slot = <usize>change.slots + <usize>i * SLOT_CHANGE_SIZE;
    const update = updateAt(batch, i);
    update.key = load<u32>(slot) + <u32>offsetof<SlotRecord>("hash0");
    update.prefix = bswap<u64>(load<u64>(update.key));
    update.nibbles = 64;
    const value = values + <usize>i * SLOT_RLP_SIZE;
    update.value = <u32>value;
    const end = rlpWriteWord(value, slot + offsetof<SlotChange>("value0"));
    // A zero is written as 0x80: the slot is removed.
    update.valueLength = load<u8>(value) == 0x80 ? 0 : <u32>(end - value);
  }
}

function prepareSlots(group: Group): void {
  const large = changetype<LargeStorage>(<usize>group.large);
  const from = group.from;
  const to = group.to;
  const change = changetype<AccountChange>(<usize>workAt(large.work).change);
  for (let i = from; i < to; i++) hashSlotKey(load<u32>(<usize>change.slots + <usize>i * SLOT_CHANGE_SIZE));
  hashKeysEnd();
  fillSlots(change, large.batch, large.values, from, to);
  for (let i = from; i < to; i++) groupAdd(group, <u32>(updateAt(large.batch, i).prefix >> 60), i);
}

/** Phase.LargeStorage: one child of the root; the first task does all where the root has no 16 children. */
function updateLargeChild(large: LargeStorage, nibble: u32): void {
  const children = changetype<usize>(large) + LARGE_CHILDREN;
  if (!trieSplits(large.trie)) {
    if (nibble != 0) return;
    const trie = trieUpdate(large.trie, large.batch, large.count);
    hashCollect(trie, 0);
    store<u32>(children, trie);
  } else {
    const groups = (large.count + GROUP_WEIGHT - 1) / GROUP_WEIGHT;
    const address = <u32>changetype<usize>(large);
    const count = gather(address, large.firstGroup, large.firstGroup + groups, nibble, large.batch);
    const child = trieUpdateChild(large.trie, nibble, gathered, 0, batchSort(gathered, count));
    hashCollect(child, 1);
    store<u32>(children + ((<usize>nibble) << 2), child);
  }
  hashCollected();
}

/** What `gather` has found. */
let gathered: usize = 0;

/** Copies the updates below a nibble from the groups [from, to) of a large storage (0 = of the accounts); how many. */
function gather(large: u32, from: u32, to: u32, nibble: u32, batch: usize): u32 {
  let count: u32 = 0;
  for (let g = from; g < to; g++) {
    if (groupAt(g).large == large) count += groupCount(groupAt(g), nibble);
  }
  gathered = arenaAllocate(<usize>count * UPDATE_SIZE + 8);
  let end = gathered;
  for (let g = from; g < to; g++) {
    const group = groupAt(g);
    if (group.large != large) continue;
    for (let i = groupFirst(group, nibble); i != 0; i = groupNext(group, i - 1)) {
      memory.copy(end, changetype<usize>(updateAt(batch, i - 1)), UPDATE_SIZE);
      end += UPDATE_SIZE;
    }
  }
  return count;
}

/** Phase.Accounts: the leaves of one nibble and, where the state trie's root is a branch, its child. */
function updateAccounts(nibble: u32): void {
  const state = running();
  for (let g: u32 = 0; g < state.groupCount; g++) {
    const group = groupAt(g);
    if (group.large != 0) continue;
    for (let i = groupFirst(group, nibble); i != 0; i = groupNext(group, i - 1)) updateAccount(i - 1);
  }
  if (!trieSplits(state.oldTrie)) return;
  const count = gather(0, 0, state.groupCount, nibble, state.batch);
  const child = trieUpdateChild(state.oldTrie, nibble, gathered, 0, batchSort(gathered, count));
  store<u32>(changetype<usize>(state) + STATE_CHILDREN + ((<usize>nibble) << 2), child);
  hashCollect(child, 1);
  hashCollected();
}

/** The account's leaf. */
function updateAccount(index: u32): void {
  const work = workAt(index);
  const update = updateAt(running().batch, index);
  const change = changetype<AccountChange>(<usize>work.change);
  if (work.large != 0) joinLarge(work, changetype<LargeStorage>(<usize>work.large));
  if ((change.flags & CHANGE_DELETED) != 0) return;
  const value = arenaAllocate(ACCOUNT_RLP_SIZE);
  update.value = <u32>value;
  const root = changetype<usize>(work) + offsetof<AccountWork>("root0");
  update.valueLength = accountRlp(value, change, root);
}

function joinLarge(work: AccountWork, large: LargeStorage): void {
  const children = changetype<usize>(large) + LARGE_CHILDREN;
  work.storageTrie = trieSplits(large.trie) ? trieJoin(large.trie, children) : load<u32>(children);
  trieRootHash(work.storageTrie, changetype<usize>(work) + offsetof<AccountWork>("root0"));
}

/** Phase.Root. */
function finish(): void {
  const state = running();
  state.newTrie = trieSplits(state.oldTrie)
    ? trieJoin(state.oldTrie, changetype<usize>(state) + STATE_CHILDREN)
    : trieUpdate(state.oldTrie, state.batch, state.count);
  trieRootHash(state.newTrie, changetype<usize>(state) + offsetof<StateRoot>("root0"));
}

/** Pointer to the 32-byte state root after Phase.Root; void while `trieMissingCount` is not 0. */
export function stateRootResult(): usize {
  return changetype<usize>(running()) + offsetof<StateRoot>("root0");
}

/** All phases on this worker. Writes the root to `out32`; false = stubs were met (`trieMissing`). */
export function stateRootSequential(changes: usize, count: u32, out32: usize): bool {
  stateRootBegin(changes, count);
  for (let phase: u32 = 0; phase <= <u32>Phase.Root; phase++) {
    const tasks = stateRootTasks(phase);
    for (let i: u32 = 0; i < tasks; i++) stateRootTask(phase, i);
  }
  copy32(out32, stateRootResult());
  return trieMissingCount() == 0;
}

/**
 * Makes the new tries those of the records and of control(), and frees the replaced nodes. May be run again
 * from the start by another worker if this one dies: the stores below write the same values again; when all
 * of them are done, `stateRoot` is cleared and only trieCommit is left, which says for itself why it may be
 * repeated. Run again after its end it does nothing.
 */
export function stateRootCommit(): void {
  const shared = trieShared();
  if (shared.stateRoot != 0) {
    shared.committing = 1;
    const state = running();
    for (let i: u32 = 0; i < state.count; i++) {
      const work = workAt(i);
      const record = load<u32>(work.change);
      const account = changetype<AccountRecord>(<usize>record);
      account.storageTrie = work.storageTrie;
      crashPoint();
      copy32(
        <usize>record + offsetof<AccountRecord>("storageRoot0"),
        changetype<usize>(work) + offsetof<AccountWork>("root0"),
      );
    }
    atomic.store<u32>(changetype<usize>(control()) + offsetof<Control>("stateTrie"), state.newTrie);
    crashPoint();
    shared.stateRoot = 0;
    crashPoint();
  }
  trieCommit();
}

/**
 * Drops the new tries. Also after a worker died in a phase, before the block's arenas are reset. A commit that
 * has begun cannot be undone: it is finished, and true is returned.
 */
export function stateRootDiscard(): bool {
  const shared = trieShared();
  if (shared.committing != 0) {
    stateRootCommit();
    return true;
  }
  shared.stateRoot = 0;
  return trieDiscard();
}

/** Forgets the state trie and every other trie: nothing may refer to a node any more. */
export function trieReset(): void {
  stateRootDiscard();
  control().stateTrie = 0;
  trieWorkersReset();
}

/** Pointer to the 32-byte storage root of the account of change `index`, after the phases and before the commit. */
export function stateRootOfStorage(index: u32): usize {
  return changetype<usize>(workAt(index)) + offsetof<AccountWork>("root0");
}
