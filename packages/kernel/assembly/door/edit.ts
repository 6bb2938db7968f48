// Change lists that the host makes, from outside of any transaction: allocations, edits, undo records. Tries and records come
// about as after a block.

import { arenaAllocate } from "../memory/arena";
import { control } from "../memory/layout";
import { ChangesState, changes, changesSetState } from "../state/changes";
import {
  ACCOUNT_CHANGE_SIZE,
  AccountChange,
  CHANGE_CODE,
  CHANGE_DELETED,
  CHANGE_STORAGE_WIPED,
  SLOT_CHANGE_SIZE,
  SlotChange,
} from "../state/changes-layout";
import { hashIsEmpty, setEmptyHash } from "../state/empty";
import { internReserve } from "../state/host";
import { INDEX_ACCOUNTS, INDEX_SLOTS, internAccount, internSlot } from "../state/intern";
import { AccountRecord, SlotRecord } from "../state/records";
import {
  undoHasMore,
  undoIsMalformed,
  undoReadAddress,
  undoReadByte,
  undoReadCount,
  undoReadFrom,
  undoReadHash,
  undoReadNumber,
  undoSkipNumber,
} from "../state/undo-reading";
import { UNDO_CODE, UNDO_EXISTED, UNDO_WHOLE_STORAGE, undoSave } from "../state/undo-record";
import { codeFind, codeHash, codeIntern } from "../vm/code";
import { wordCopy, wordEquals, wordLess, wordZero } from "../word/word";

/** The AccountChange that was added last: slots go to it. */
let lastAccount: u32 = 0;

/** Begins a list of at most `accounts` accounts and `slots` slots in all. `blockOpen` comes first. */
export function importBegin(accounts: u32, slots: u32): void {
  const list = changes();
  changesSetState(ChangesState.None);
  internReserve(INDEX_ACCOUNTS, accounts);
  internReserve(INDEX_SLOTS, slots);
  list.epoch = control().epoch;
  list.accounts = <u32>arenaAllocate((<usize>accounts + 1) * ACCOUNT_CHANGE_SIZE);
  list.slots = <u32>arenaAllocate((<usize>slots + 1) * SLOT_CHANGE_SIZE);
  list.accountCount = 0;
  list.slotCount = 0;
  list.accountUndo = 0;
}

function addAccount(address: usize, flags: u32, nonce: u64, balance: usize): AccountChange {
  const list = changes();
  const at = <usize>list.accounts + <usize>list.accountCount * ACCOUNT_CHANGE_SIZE;
  memory.fill(at, 0, ACCOUNT_CHANGE_SIZE);
  const change = changetype<AccountChange>(at);
  change.record = <u32>internAccount(address);
  change.flags = flags;
  change.nonce = nonce;
  wordCopy(at + offsetof<AccountChange>("balance0"), balance);
  change.slots = list.slots + list.slotCount * <u32>SLOT_CHANGE_SIZE;
  list.accountCount++;
  lastAccount = <u32>at;
  return change;
}

function hashOf(change: AccountChange): usize {
  return changetype<usize>(change) + offsetof<AccountChange>("codeHash0");
}

/** Adds an account that was not there: address and balance are words, the code its bytes; its slots follow. */
export function importAccountAdd(
  address: usize,
  nonce: u64,
  balance: usize,
  code: usize,
  codeLength: u32,
): void {
  const interned = codeIntern(code, codeLength, 0);
  const change = addAccount(address, CHANGE_CODE, nonce, balance);
  memory.copy(hashOf(change), codeHash(interned), 32);
  change.code = codeLength == 0 ? 0 : <u32>interned;
}

/** As `importAccountAdd`, for code of which only the hash (32 raw bytes) is known: running it asks the source. */
export function importCodeHash(hash: usize): void {
  const change = changetype<AccountChange>(<usize>lastAccount);
  change.code = 0;
  memory.copy(hashOf(change), hash, 32);
}

/** Adds a slot to the account added last; key and value are words. A new account's slots are not zero. */
export function importSlotAdd(key: usize, value: usize): void {
  const list = changes();
  const owner = changetype<AccountChange>(<usize>lastAccount);
  const at = <usize>list.slots + <usize>list.slotCount * SLOT_CHANGE_SIZE;
  const slot = changetype<SlotChange>(at);
  slot.record = <u32>internSlot(<usize>owner.record, key);
  slot.unused = 0;
  wordCopy(at + offsetof<SlotChange>("value0"), value);
  list.slotCount++;
  owner.slotCount++;
}

/** Ends an import: the change list is complete and can be committed like a block's. */
export function importEnd(): void {
  changesSetState(ChangesState.Built);
}

/**
 * Adds an account as it will be: address and balance are words, the code's hash 32 raw bytes; its slots follow. `flags` are
 * CHANGE_DELETED, CHANGE_STORAGE_WIPED. Accounts and an account's slots come in ascending order, each once.
 */
export function editAccountAdd(
  address: usize,
  flags: u32,
  nonce: u64,
  balance: usize,
  codeHash: usize,
): void {
  memory.copy(hashOf(addAccount(address, flags, nonce, balance)), codeHash, 32);
}

/** Ends a list of `editAccountAdd` or `revertBuild`, when all its accounts and slots are in the cache. */
export function editEnd(): void {
  const list = changes();
  const epoch = control().epoch;
  for (let i: u32 = 0; i < list.accountCount; i++) {
    const change = changetype<AccountChange>(<usize>list.accounts + <usize>i * ACCOUNT_CHANGE_SIZE);
    const pointer = <usize>change.record;
    changetype<AccountRecord>(pointer).touched = epoch;
    const hash = hashOf(change);
    const isDeleted = (change.flags & CHANGE_DELETED) != 0;
    if (!isDeleted && !wordEquals(hash, pointer + offsetof<AccountRecord>("codeHash0"))) {
      change.flags |= CHANGE_CODE;
      if (!hashIsEmpty(hash)) change.code = <u32>codeFind(hash);
    }
    for (let slot: u32 = 0; slot < change.slotCount; slot++) {
      const at = <usize>change.slots + <usize>slot * SLOT_CHANGE_SIZE;
      changetype<SlotRecord>(<usize>changetype<SlotChange>(at).record).touched = epoch;
    }
  }
  undoSave();
  changesSetState(ChangesState.Built);
}

// Undo records (state/undo-record.ts).

let revertedAccounts: u32 = 0;
let revertedSlots: u32 = 0;

/** Whether the `length` bytes at `record` are an undo record; then how much is in it is known. */
export function revertCheck(record: usize, length: u32): bool {
  const last = arenaAllocate(96);
  const word = last + 32;
  revertedAccounts = 0;
  revertedSlots = 0;
  undoReadFrom(record, length);
  while (undoHasMore()) {
    undoReadAddress(word);
    if (revertedAccounts != 0 && !wordLess(last, word)) return false;
    wordCopy(last, word);
    revertedAccounts++;
    const flags = undoReadByte();
    if ((flags & UNDO_EXISTED) != 0) {
      undoReadNumber(word, 8);
      undoReadNumber(word, 32);
      if ((flags & UNDO_CODE) != 0) undoReadHash(word);
    }
    const count = undoReadCount();
    for (let i: u32 = 0; i < count && !undoIsMalformed(); i++) {
      const key = i % 2 == 0 ? word : word + 32;
      undoReadNumber(key, 32);
      if (i != 0 && !wordLess(i % 2 == 0 ? word + 32 : word, key)) return false;
      undoSkipNumber();
    }
    revertedSlots += count;
  }
  return !undoIsMalformed();
}

/**
 * Makes a change list that puts the old values of an undo record back, which `revertCheck` has found well formed. What of its
 * accounts and slots is not in the cache, the host brings before `editEnd`.
 */
export function revertBuild(record: usize, length: u32): void {
  importBegin(revertedAccounts, revertedSlots);
  const address = arenaAllocate(128);
  const first = address + 32;
  const second = address + 64;
  const hash = address + 96;
  undoReadFrom(record, length);
  while (undoHasMore()) {
    undoReadAddress(address);
    const flags = undoReadByte();
    wordZero(first);
    wordZero(second);
    setEmptyHash(hash);
    let change: u32 = (flags & UNDO_WHOLE_STORAGE) != 0 ? CHANGE_STORAGE_WIPED : 0;
    if ((flags & UNDO_EXISTED) != 0) {
      undoReadNumber(first, 8);
      undoReadNumber(second, 32);
      if ((flags & UNDO_CODE) != 0) undoReadHash(hash);
    } else change = CHANGE_DELETED | CHANGE_STORAGE_WIPED;
    editAccountAdd(address, change, load<u64>(first), second, hash);
    const count = undoReadCount();
    for (let i: u32 = 0; i < count; i++) {
      undoReadNumber(first, 32);
      undoReadNumber(second, 32);
      importSlotAdd(first, second);
    }
  }
}
