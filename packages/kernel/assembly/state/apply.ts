// The commit of a change list to the records, under an undo record.

import { arenaAllocate } from "../memory/arena";
import { crashPoint } from "../trie/crash";
import { wordCopy, wordIsZero, wordZero } from "../word/word";
import { Changes, ChangesState, changes, changesSetState, changesState } from "./changes";
import {
  ACCOUNT_CHANGE_SIZE,
  AccountChange,
  CHANGE_CODE,
  CHANGE_DELETED,
  CHANGE_STORAGE_WIPED,
  SLOT_CHANGE_SIZE,
  SlotChange,
} from "./changes-layout";
import { setEmptyHash, setEmptyRoot } from "./empty";
import { AccountRecord, Loaded, SlotRecord } from "./records";

/** An account's committed state as it was, and its counters as they will be. */
@unmanaged
class AccountUndo {
  nonce: u64;
  balance0: u64;
  balance1: u64;
  balance2: u64;
  balance3: u64;
  codeHash0: u64;
  codeHash1: u64;
  codeHash2: u64;
  codeHash3: u64;
  storageRoot0: u64;
  storageRoot1: u64;
  storageRoot2: u64;
  storageRoot3: u64;
  code: u32;
  exists: u32;
  storageTrie: u32;
  generation: u32;
  slotCount: u32;
  nextGeneration: u32;
  nextSlotCount: u32;
  unused: u32;
}

@unmanaged
class SlotUndo {
  value0: u64;
  value1: u64;
  value2: u64;
  value3: u64;
  generation: u32;
  loaded: u32;
}

const ACCOUNT_UNDO_SIZE: usize = offsetof<AccountUndo>();
const SLOT_UNDO_SIZE: usize = offsetof<SlotUndo>();

function accountChange(shared: Changes, index: u32): AccountChange {
  return changetype<AccountChange>(<usize>shared.accounts + <usize>index * ACCOUNT_CHANGE_SIZE);
}

function accountUndo(shared: Changes, index: u32): AccountUndo {
  return changetype<AccountUndo>(<usize>shared.accountUndo + <usize>index * ACCOUNT_UNDO_SIZE);
}

/** The undo entry of a slot change stands at the same index of its own array. */
function slotUndo(shared: Changes, slot: usize): SlotUndo {
  return changetype<SlotUndo>(
    <usize>shared.slotUndo + ((slot - <usize>shared.slots) / SLOT_CHANGE_SIZE) * SLOT_UNDO_SIZE,
  );
}

function saveSlots(shared: Changes, change: AccountChange, undo: AccountUndo): void {
  const owner = changetype<AccountRecord>(<usize>change.record);
  const wiped = (change.flags & CHANGE_STORAGE_WIPED) != 0;
  let count = wiped ? 0 : owner.slotCount;
  for (let i: u32 = 0; i < change.slotCount; i++) {
    const at = <usize>change.slots + <usize>i * SLOT_CHANGE_SIZE;
    const slot = changetype<SlotChange>(at);
    const record = changetype<SlotRecord>(<usize>slot.record);
    const saved = slotUndo(shared, at);
    const value = <usize>slot.record + offsetof<SlotRecord>("value0");
    wordCopy(changetype<usize>(saved) + offsetof<SlotUndo>("value0"), value);
    saved.generation = record.generation;
    saved.loaded = record.loaded;
    const was = !wiped && record.generation == owner.generation && !wordIsZero(value);
    const is = !wordIsZero(at + offsetof<SlotChange>("value0"));
    if (is && !was) count++;
    if (was && !is) count--;
  }
  undo.nextSlotCount = count;
}

/** Saves what will be overwritten. May be run again as long as nothing was written. */
function save(shared: Changes): void {
  shared.accountUndo = <u32>arenaAllocate((<usize>shared.accountCount + 1) * ACCOUNT_UNDO_SIZE);
  shared.slotUndo = <u32>arenaAllocate((<usize>shared.slotCount + 1) * SLOT_UNDO_SIZE);
  for (let i: u32 = 0; i < shared.accountCount; i++) {
    const change = accountChange(shared, i);
    const undo = accountUndo(shared, i);
    const pointer = <usize>change.record;
    const record = changetype<AccountRecord>(pointer);
    const to = changetype<usize>(undo);
    undo.nonce = record.nonce;
    wordCopy(to + offsetof<AccountUndo>("balance0"), pointer + offsetof<AccountRecord>("balance0"));
    wordCopy(to + offsetof<AccountUndo>("codeHash0"), pointer + offsetof<AccountRecord>("codeHash0"));
    wordCopy(to + offsetof<AccountUndo>("storageRoot0"), pointer + offsetof<AccountRecord>("storageRoot0"));
    undo.code = record.code;
    undo.exists = record.exists;
    undo.storageTrie = record.storageTrie;
    undo.generation = record.generation;
    undo.slotCount = record.slotCount;
    undo.nextGeneration = record.generation + ((change.flags & CHANGE_STORAGE_WIPED) != 0 ? 1 : 0);
    saveSlots(shared, change, undo);
  }
}

/** Writes an account and its slots; the same however often it is done. */
function write(shared: Changes, change: AccountChange, undo: AccountUndo): void {
  const pointer = <usize>change.record;
  const from = changetype<usize>(change);
  const record = changetype<AccountRecord>(pointer);
  record.generation = undo.nextGeneration;
  crashPoint();
  record.slotCount = undo.nextSlotCount;
  crashPoint();
  // The new storage roots are the trie's to write (stateRootCommit), after this.
  if ((change.flags & CHANGE_STORAGE_WIPED) != 0) {
    record.storageTrie = 0;
    crashPoint();
    setEmptyRoot(pointer + offsetof<AccountRecord>("storageRoot0"));
  }
  if ((change.flags & CHANGE_DELETED) != 0) {
    record.exists = 0;
    crashPoint();
    record.nonce = 0;
    record.code = 0;
    wordZero(pointer + offsetof<AccountRecord>("balance0"));
    setEmptyHash(pointer + offsetof<AccountRecord>("codeHash0"));
    return;
  }
  record.exists = 1;
  crashPoint();
  record.nonce = change.nonce;
  crashPoint();
  wordCopy(pointer + offsetof<AccountRecord>("balance0"), from + offsetof<AccountChange>("balance0"));
  crashPoint();
  if ((change.flags & CHANGE_CODE) != 0) {
    record.code = change.code;
    crashPoint();
    wordCopy(pointer + offsetof<AccountRecord>("codeHash0"), from + offsetof<AccountChange>("codeHash0"));
  }
  for (let i: u32 = 0; i < change.slotCount; i++) {
    const at = <usize>change.slots + <usize>i * SLOT_CHANGE_SIZE;
    const slot = <usize>changetype<SlotChange>(at).record;
    wordCopy(slot + offsetof<SlotRecord>("value0"), at + offsetof<SlotChange>("value0"));
    crashPoint();
    changetype<SlotRecord>(slot).generation = undo.nextGeneration;
    crashPoint();
    changetype<SlotRecord>(slot).loaded = Loaded.Yes;
    crashPoint();
  }
}

function takeBack(shared: Changes, change: AccountChange, undo: AccountUndo): void {
  const pointer = <usize>change.record;
  const record = changetype<AccountRecord>(pointer);
  const from = changetype<usize>(undo);
  record.nonce = undo.nonce;
  crashPoint();
  wordCopy(pointer + offsetof<AccountRecord>("balance0"), from + offsetof<AccountUndo>("balance0"));
  wordCopy(pointer + offsetof<AccountRecord>("codeHash0"), from + offsetof<AccountUndo>("codeHash0"));
  wordCopy(pointer + offsetof<AccountRecord>("storageRoot0"), from + offsetof<AccountUndo>("storageRoot0"));
  record.code = undo.code;
  record.exists = undo.exists;
  record.storageTrie = undo.storageTrie;
  record.generation = undo.generation;
  crashPoint();
  record.slotCount = undo.slotCount;
  for (let i: u32 = 0; i < change.slotCount; i++) {
    const at = <usize>change.slots + <usize>i * SLOT_CHANGE_SIZE;
    const slot = <usize>changetype<SlotChange>(at).record;
    const saved = slotUndo(shared, at);
    wordCopy(slot + offsetof<SlotRecord>("value0"), changetype<usize>(saved) + offsetof<SlotUndo>("value0"));
    crashPoint();
    changetype<SlotRecord>(slot).generation = saved.generation;
    changetype<SlotRecord>(slot).loaded = saved.loaded;
  }
}

/**
 * Writes the change list to the records. Nothing may run. Where a worker died inside, call it again (goes on and
 * finishes) or `changesRollback`. No effect when applied already.
 */
export function changesApply(): void {
  const shared = changes();
  const state = changesState();
  if (state == <u32>ChangesState.RollingBack) changesRollback();
  else if (state != <u32>ChangesState.Built && state != <u32>ChangesState.Applying) return;
  if (changesState() == <u32>ChangesState.Built) {
    save(shared);
    crashPoint();
    changesSetState(ChangesState.Applying);
    crashPoint();
  }
  for (let i: u32 = 0; i < shared.accountCount; i++) {
    write(shared, accountChange(shared, i), accountUndo(shared, i));
  }
  changesSetState(ChangesState.Applied);
}

/** Takes an applied or half applied change list back: the records are as before, the list stays built. */
export function changesRollback(): void {
  const shared = changes();
  const state = changesState();
  if (state == <u32>ChangesState.None || state == <u32>ChangesState.Built) return;
  changesSetState(ChangesState.RollingBack);
  for (let i: u32 = 0; i < shared.accountCount; i++) {
    takeBack(shared, accountChange(shared, i), accountUndo(shared, i));
  }
  changesSetState(ChangesState.Built);
}

/** Forgets the list. Before the block's chunks are freed, after commit or discard. */
export function changesForget(): void {
  changesSetState(ChangesState.None);
}
