// The undo record of a change list: what the commit will overwrite, and what the accounts' counters will be. Nothing
// changes the committed state between the making of the list and its commit, so it is saved when the list is made and the
// records are at hand anyway.

import { arenaAllocate } from "../memory/arena";
import { wordCopy, wordIsZero } from "../word/word";
import { Changes } from "./changes";
import {
  ACCOUNT_CHANGE_SIZE,
  AccountChange,
  CHANGE_STORAGE_WIPED,
  SLOT_CHANGE_SIZE,
  SlotChange,
} from "./changes-layout";
import { AccountRecord, SlotRecord } from "./records";

/** An account's committed state as it was, and its counters as they will be. */
@unmanaged
export class AccountUndo {
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
export class SlotUndo {
  value0: u64;
  value1: u64;
  value2: u64;
  value3: u64;
  generation: u32;
  loaded: u32;
}

const ACCOUNT_UNDO_SIZE: usize = offsetof<AccountUndo>();
const SLOT_UNDO_SIZE: usize = offsetof<SlotUndo>();

export function accountChange(shared: Changes, index: u32): AccountChange {
  return changetype<AccountChange>(<usize>shared.accounts + <usize>index * ACCOUNT_CHANGE_SIZE);
}

export function accountUndo(shared: Changes, index: u32): AccountUndo {
  return changetype<AccountUndo>(<usize>shared.accountUndo + <usize>index * ACCOUNT_UNDO_SIZE);
}

/** The undo entry of a slot change stands at the same index of its own array. */
export function slotUndo(shared: Changes, slot: usize): SlotUndo {
  return changetype<SlotUndo>(
    <usize>shared.slotUndo + ((slot - <usize>shared.slots) / SLOT_CHANGE_SIZE) * SLOT_UNDO_SIZE,
  );
}

/** Room for the undo record of a list of at most so many accounts and slots. */
export function undoAllocate(shared: Changes, accounts: u32, slots: u32): void {
  shared.accountUndo = <u32>arenaAllocate((<usize>accounts + 1) * ACCOUNT_UNDO_SIZE);
  shared.slotUndo = <u32>arenaAllocate((<usize>slots + 1) * SLOT_UNDO_SIZE);
}

/**
 * Saves what slot change `at` of an account will overwrite; returns by how much the account's number of slots that are
 * not zero changes. Of an account whose storage is wiped no slot counts before.
 */
export function saveSlot(shared: Changes, at: usize, owner: AccountRecord, wiped: bool): i32 {
  const pointer = <usize>changetype<SlotChange>(at).record;
  const record = changetype<SlotRecord>(pointer);
  const saved = slotUndo(shared, at);
  const value = pointer + offsetof<SlotRecord>("value0");
  wordCopy(changetype<usize>(saved) + offsetof<SlotUndo>("value0"), value);
  saved.generation = record.generation;
  saved.loaded = record.loaded;
  const was = !wiped && record.generation == owner.generation && !wordIsZero(value);
  const is = !wordIsZero(at + offsetof<SlotChange>("value0"));
  return <i32>is - <i32>was;
}

/** Saves what account change `index` will overwrite; `more` is the sum of what `saveSlot` gave for its slots. */
export function saveAccount(shared: Changes, index: u32, more: i32): void {
  const change = accountChange(shared, index);
  const undo = accountUndo(shared, index);
  const pointer = <usize>change.record;
  const record = changetype<AccountRecord>(pointer);
  const wiped = (change.flags & CHANGE_STORAGE_WIPED) != 0;
  const to = changetype<usize>(undo);
  undo.nonce = record.nonce;
  wordCopy(to + offsetof<AccountUndo>("balance0"), pointer + offsetof<AccountRecord>("balance0"));
  wordCopy(to + offsetof<AccountUndo>("codeHash0"), pointer + offsetof<AccountRecord>("codeHash0"));
  wordCopy(to + offsetof<AccountUndo>("storageRoot0"), pointer + offsetof<AccountRecord>("storageRoot0"));
  undo.code = record.code;
  undo.exists = record.exists;
  undo.generation = record.generation;
  undo.slotCount = record.slotCount;
  undo.nextGeneration = record.generation + <u32>wiped;
  undo.nextSlotCount = (wiped ? 0 : record.slotCount) + <u32>more;
}

/** Saves what only the commit itself can: the computing of the root may have put a stub in a record in the meantime. */
export function saveTries(shared: Changes): void {
  for (let i: u32 = 0; i < shared.accountCount; i++) {
    accountUndo(shared, i).storageTrie = changetype<AccountRecord>(
      <usize>accountChange(shared, i).record,
    ).storageTrie;
  }
}

/** Saves everything of a list that was made without its undo record: an import's. */
export function saveList(shared: Changes): void {
  undoAllocate(shared, shared.accountCount, shared.slotCount);
  for (let i: u32 = 0; i < shared.accountCount; i++) {
    const change = accountChange(shared, i);
    const owner = changetype<AccountRecord>(<usize>change.record);
    let more: i32 = 0;
    for (let slot: u32 = 0; slot < change.slotCount; slot++) {
      const at = <usize>change.slots + <usize>slot * SLOT_CHANGE_SIZE;
      more += saveSlot(shared, at, owner, (change.flags & CHANGE_STORAGE_WIPED) != 0);
    }
    saveAccount(shared, i, more);
  }
}
