// The commit of a change list to the records, under an undo record.

import { crashPoint } from "../trie/crash";
import { wordCopy, wordZero } from "../word/word";
import { Changes, ChangesState, changes, changesSetState, changesState } from "./changes";
import {
  AccountChange,
  CHANGE_CODE,
  CHANGE_DELETED,
  CHANGE_STORAGE_WIPED,
  SLOT_CHANGE_SIZE,
  SlotChange,
} from "./changes-layout";
import { setEmptyHash, setEmptyRoot } from "./empty";
import { AccountRecord, Loaded, SlotRecord } from "./records";
import { AccountUndo, accountChange, accountUndo, SlotUndo, saveList, saveTries, slotUndo } from "./undo";

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
    if (shared.accountUndo == 0) saveList(shared);
    saveTries(shared);
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
