// The change list of a block, and its commit.
//
// `changesBuild` reads the final value of every location in the block's write sets and keeps what differs from the
// committed state. The old values are saved with it. `changesApply` writes it to the records: a state word says
// how far it is, so that whoever comes next finishes or takes back what a worker left that died in the middle.

import { env } from "../block/env";
import { arenaAllocate } from "../memory/arena";
import { control, STATE_CONSTANTS } from "../memory/layout";
import { readAhead } from "../memory/read-ahead";
import { claimsInForce } from "../parallel/claims";
import { Version, versionHead, versionRead, versionValue } from "../parallel/versions";
import { Fork } from "../status";
import { codeFind } from "../vm/code";
import { wordCopy, wordEquals, wordIsZero } from "../word/word";
import {
  ACCOUNT_CHANGE_SIZE,
  AccountChange,
  CHANGE_CODE,
  CHANGE_DELETED,
  CHANGE_STORAGE_WIPED,
  SLOT_CHANGE_SIZE,
  SlotChange,
} from "./changes-layout";
import { hashIsEmpty } from "./empty";
import { Execution } from "./execution";
import { LocalAccount, LocalSlot, WRITTEN_ACCOUNT, WRITTEN_SLOT } from "./local";
import {
  AccountRecord,
  FIELD_BALANCE,
  FIELD_CODE,
  FIELD_LIFE,
  FIELD_NONCE,
  FIELD_SLOT,
  SlotRecord,
} from "./records";
import {
  accountSortEntry,
  SORT_ACCOUNTS,
  SORT_SLOTS,
  slotSortEntry,
  sortByPrefix,
  sortRecords,
  sortScratchSize,
} from "./sort";
import { saveAccount, saveSlot, undoAllocate } from "./undo";

export enum ChangesState {
  /** No change list. */
  None = 0,
  Built = 1,
  /** Some records are written, the undo record is complete. */
  Applying = 2,
  Applied = 3,
  RollingBack = 4,
}

/** Shared; stands at STATE_CONSTANTS. */
@unmanaged
export class Changes {
  /** ChangesState; atomic. */
  state: u32;
  /** Numbers the builds, so that a record knows whether it was taken up. */
  build: u32;
  /** Array of AccountChange, sorted by address, and its length. */
  accounts: u32;
  accountCount: u32;
  /** All SlotChange, in the order of their accounts. */
  slots: u32;
  slotCount: u32;
  /** The undo record: array of AccountUndo and of SlotUndo, in the same order; 0 = it is not saved yet. */
  accountUndo: u32;
  slotUndo: u32;
  /** The block's epoch: a list of another epoch is not there any more. */
  epoch: u32;
}

export function changes(): Changes {
  return changetype<Changes>(STATE_CONSTANTS);
}

/** How far the block's commit is: a ChangesState. */
export function changesState(): u32 {
  return atomic.load<u32>(STATE_CONSTANTS);
}

export function changesSetState(state: ChangesState): void {
  atomic.store<u32>(STATE_CONSTANTS, state);
}

/** After every transaction. */
const ALL: u32 = 0xffffffff;
/** Accounts or slots whose records and versions are read ahead of their use. */
const AHEAD: u32 = 16;

// Cursors of the running build.
let build: u32 = 0;
let accountEntries: usize = 0;
let accountEntryCount: u32 = 0;
let slotEntries: usize = 0;
let slotEntryCount: u32 = 0;
/** The slots of one account among the sorted entries: index of the first << 32 | the account's record; by that record. */
let groups: usize = 0;
let groupCount: u32 = 0;
/** How many more slots than before are not zero, of the account that was built last. */
let slotsMore: i32 = 0;

/** Takes an account up, once. */
export function changesCollectAccount(record: usize): void {
  const account = changetype<AccountRecord>(record);
  if (account.collected == build) return;
  account.collected = build;
  store<u64>(accountEntries + ((<usize>accountEntryCount) << 3), accountSortEntry(record));
  accountEntryCount++;
}

/** Takes a slot and its account up, once. */
export function changesCollectSlot(pointer: usize): void {
  const record = changetype<SlotRecord>(pointer);
  if (record.collected == build) return;
  record.collected = build;
  changesCollectAccount(<usize>record.account);
  store<u64>(slotEntries + ((<usize>slotEntryCount) << 3), ((<u64>record.account) << 32) | <u64>pointer);
  slotEntryCount++;
}

function collect(execution: Execution): void {
  let a = <usize>execution.accounts;
  while (a != 0) {
    const account = changetype<LocalAccount>(a);
    if ((account.flags & WRITTEN_ACCOUNT) != 0) changesCollectAccount(<usize>account.record);
    a = <usize>account.previous;
  }
  let s = <usize>execution.slots;
  while (s != 0) {
    const slot = changetype<LocalSlot>(s);
    if ((slot.flags & WRITTEN_SLOT) != 0) changesCollectSlot(<usize>slot.record);
    s = <usize>slot.previous;
  }
}

function slotOwner(i: u32): u32 {
  return <u32>(load<u64>(slotEntries + ((<usize>i) << 3)) >> 32);
}

/** Notes where the slots of each account begin among the entries sorted by owner. */
function findGroups(): void {
  groupCount = 0;
  for (let i: u32 = 0; i < slotEntryCount; i++) {
    if (i == 0 || slotOwner(i) != slotOwner(i - 1)) groupCount++;
  }
  groups = arenaAllocate((<usize>groupCount + 1) << 3);
  groupCount = 0;
  for (let i: u32 = 0; i < slotEntryCount; i++) {
    if (i != 0 && slotOwner(i) == slotOwner(i - 1)) continue;
    store<u64>(groups + ((<usize>groupCount) << 3), ((<u64>i) << 32) | <u64>slotOwner(i));
    groupCount++;
  }
  store<u64>(groups + ((<usize>groupCount) << 3), (<u64>slotEntryCount) << 32);
}

/** Address of the group of `owner`'s slots, behind which the next one stands; 0 = none of its slots is there. */
function groupOf(owner: u32): usize {
  let low: u32 = 0;
  let high = groupCount;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u32>(groups + ((<usize>middle) << 3)) < owner) low = middle + 1;
    else high = middle;
  }
  const group = groups + ((<usize>low) << 3);
  return low < groupCount && load<u32>(group) == owner ? group : 0;
}

function recordAt(entries: usize, i: u32): usize {
  return <usize>load<u32>(entries + ((<usize>i) << 3));
}

/** Has the newest version of a location in the processor's cache. */
function readVersionAhead(location: u32): void {
  const head = load<u64>(versionHead(location));
  if (<u32>(head >> 32) == control().epoch) readAhead(<usize>(head & 0xffffffff));
}

/** Has the records of the entries [from, to) of accounts in the processor's cache, and what they were left with. */
function readAccountsAhead(from: u32, to: u32): void {
  for (let i = from; i < to; i++) {
    const record = recordAt(accountEntries, i);
    readAhead(record);
    readAhead(record + offsetof<AccountRecord>("codeHash0"));
    readAhead(record + offsetof<AccountRecord>("hash0"));
    readAhead(record + offsetof<AccountRecord>("balanceHead"));
  }
  for (let i = from; i < to; i++) {
    readVersionAhead(<u32>recordAt(accountEntries, i) | FIELD_BALANCE);
    readVersionAhead(<u32>recordAt(accountEntries, i) | FIELD_NONCE);
  }
}

/** The same for slots. */
function readSlotsAhead(entries: usize, from: u32, to: u32): void {
  for (let i = from; i < to; i++) {
    const record = recordAt(entries, i);
    readAhead(record + offsetof<SlotRecord>("value0"));
    readAhead(record + offsetof<SlotRecord>("head"));
  }
  for (let i = from; i < to; i++) readVersionAhead(<u32>recordAt(entries, i) | FIELD_SLOT);
}

function finalWord(location: u32, base: usize): usize {
  const version = versionRead(location, ALL);
  return version != 0 ? versionValue(version) : base;
}

/** Whether the block's access list names a change of the account's own fields: what it leaves empty is removed. */
function isClaimed(record: u32): bool {
  return (
    (versionRead(record | FIELD_BALANCE, ALL) |
      versionRead(record | FIELD_NONCE, ALL) |
      versionRead(record | FIELD_CODE, ALL)) !=
    0
  );
}

/** Fills `change` for the record; false where nothing of the account is different from the committed state. */
function buildAccount(change: usize, pointer: usize, scratch: usize): bool {
  const record = changetype<AccountRecord>(pointer);
  const entry = changetype<AccountChange>(change);
  memory.fill(change, 0, ACCOUNT_CHANGE_SIZE);
  entry.record = <u32>pointer;
  const balance = finalWord(<u32>pointer | FIELD_BALANCE, pointer + offsetof<AccountRecord>("balance0"));
  const codeHash = finalWord(<u32>pointer | FIELD_CODE, pointer + offsetof<AccountRecord>("codeHash0"));
  const nonceVersion = versionRead(<u32>pointer | FIELD_NONCE, ALL);
  const nonce = nonceVersion != 0 ? load<u64>(versionValue(nonceVersion)) : record.nonce;
  const lifeVersion = versionRead(<u32>pointer | FIELD_LIFE, ALL);
  let exists = lifeVersion != 0 ? load<u64>(versionValue(lifeVersion)) != 0 : record.exists != 0;
  const wipe = lifeVersion != 0 ? load<u64>(versionValue(lifeVersion), 8) : 0;
  // From Spurious Dragon on transactions do not write the existence of an account that is not empty.
  if (env().fork >= <u32>Fork.Spurious && !(nonce == 0 && hashIsEmpty(codeHash) && wordIsZero(balance))) {
    exists = true;
  } else if (claimsInForce()) exists = exists && !isClaimed(<u32>pointer);
  if (!exists && record.exists == 0) return false;
  wordCopy(change + offsetof<AccountChange>("balance0"), balance);
  memory.copy(change + offsetof<AccountChange>("codeHash0"), codeHash, 32);
  entry.nonce = nonce;
  let different = (record.exists != 0) != exists;
  if (!exists) {
    entry.flags = CHANGE_DELETED | CHANGE_STORAGE_WIPED;
    return true;
  }
  if (wipe != 0 && record.exists != 0) {
    entry.flags = CHANGE_STORAGE_WIPED;
    different = true;
  }
  const codeBefore = pointer + offsetof<AccountRecord>("codeHash0");
  if (!wordEquals(codeHash, codeBefore)) {
    different = true;
    entry.flags |= CHANGE_CODE;
    if (!hashIsEmpty(codeHash)) entry.code = <u32>codeFind(codeHash);
  }
  if (nonce != record.nonce || !wordEquals(balance, pointer + offsetof<AccountRecord>("balance0"))) {
    different = true;
  }
  slotsMore = buildSlots(entry, record, wipe, scratch);
  return different || entry.slotCount != 0;
}

/**
 * Appends the account's changed slots, sorted by key, to the array of all slots, and saves what their commit overwrites.
 * Returns how many more slots than before are not zero.
 */
function buildSlots(entry: AccountChange, owner: AccountRecord, wipe: u64, scratch: usize): i32 {
  const shared = changes();
  const place = groupOf(entry.record);
  if (place == 0) return 0;
  const first = load<u32>(place, 4);
  const count = load<u32>(place, 12) - first;
  const group = slotEntries + ((<usize>first) << 3);
  for (let i: u32 = 0; i < count; i++) {
    store<u64>(group + ((<usize>i) << 3), slotSortEntry(recordAt(group, i)));
  }
  let more: i32 = 0;
  const wiped = (entry.flags & CHANGE_STORAGE_WIPED) != 0;
  sortRecords(group, count, scratch, SORT_SLOTS);
  entry.slots = shared.slots + shared.slotCount * <u32>SLOT_CHANGE_SIZE;
  for (let i: u32 = 0; i < count; i++) {
    if (i % AHEAD == 0) readSlotsAhead(group, i, min<u32>(count, i + AHEAD));
    const pointer = recordAt(group, i);
    const record = changetype<SlotRecord>(pointer);
    const change = changetype<SlotChange>(<usize>(shared.slots + shared.slotCount * <u32>SLOT_CHANGE_SIZE));
    const value = changetype<usize>(change) + offsetof<SlotChange>("value0");
    const version = versionRead(<u32>pointer | FIELD_SLOT, ALL);
    const counts = version != 0 && <u64>changetype<Version>(version).transaction + 1 >= wipe;
    // A base that does not count: wiped in this block, wiped before, or of an account that did not exist.
    const baseIsZero = wipe != 0 || record.generation != owner.generation || owner.exists == 0;
    const base = pointer + offsetof<SlotRecord>("value0");
    if (counts) {
      const now = versionValue(version);
      if (baseIsZero ? wordIsZero(now) : wordEquals(now, base)) continue;
      wordCopy(value, now);
    } else {
      // Written before the wipe only: what is left is nothing.
      continue;
    }
    change.record = <u32>pointer;
    change.unused = 0;
    more += saveSlot(shared, changetype<usize>(change), owner, wiped);
    shared.slotCount++;
    entry.slotCount++;
  }
  return more;
}

/**
 * Builds the change list from the block's executions: `executions` is an array of `count` pointers (u32), zeros are
 * skipped; every execution that published in this block must be in it. One worker; may be run again from the
 * start. Afterwards `changes()` has the list.
 */
export function changesBuild(executions: usize, count: u32): void {
  let accountLimit: u32 = 0;
  let slotLimit: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    const execution = load<u32>(executions + ((<usize>i) << 2));
    if (execution == 0) continue;
    accountLimit += changetype<Execution>(<usize>execution).accountCount;
    slotLimit += changetype<Execution>(<usize>execution).slotCount;
  }
  changesBegin(accountLimit, slotLimit);
  for (let i: u32 = 0; i < count; i++) {
    const execution = load<u32>(executions + ((<usize>i) << 2));
    if (execution != 0) collect(changetype<Execution>(<usize>execution));
  }
  changesEnd();
}

/**
 * Begins a change list of at most `accountLimit` accounts and `slotLimit` slots: the ones that are collected, by one
 * worker, until `changesEnd`. What each is after the block, its versions say.
 */
export function changesBegin(accountLimit: u32, slotLimit: u32): void {
  const shared = changes();
  changesSetState(ChangesState.None);
  build = ++shared.build;
  // A record's mark is of 32 bits as well; 0 means never.
  if (build == 0) build = ++shared.build;
  accountEntries = arenaAllocate((<usize>accountLimit + 1) << 3);
  slotEntries = arenaAllocate((<usize>slotLimit + 1) << 3);
  accountEntryCount = 0;
  slotEntryCount = 0;
}

/** Ends the list that `changesBegin` began: `changes()` has it. */
export function changesEnd(): void {
  const shared = changes();
  const scratch = arenaAllocate(sortScratchSize(max(accountEntryCount, slotEntryCount)));
  sortRecords(accountEntries, accountEntryCount, scratch, SORT_ACCOUNTS);
  sortByPrefix(slotEntries, slotEntryCount, scratch);
  findGroups();
  shared.epoch = control().epoch;
  shared.accounts = <u32>arenaAllocate((<usize>accountEntryCount + 1) * ACCOUNT_CHANGE_SIZE);
  shared.slots = <u32>arenaAllocate((<usize>slotEntryCount + 1) * SLOT_CHANGE_SIZE);
  shared.accountCount = 0;
  shared.slotCount = 0;
  undoAllocate(shared, accountEntryCount, slotEntryCount);
  for (let i: u32 = 0; i < accountEntryCount; i++) {
    if (i % AHEAD == 0) readAccountsAhead(i, min<u32>(accountEntryCount, i + AHEAD));
    const record = recordAt(accountEntries, i);
    const change = <usize>shared.accounts + <usize>shared.accountCount * ACCOUNT_CHANGE_SIZE;
    slotsMore = 0;
    if (!buildAccount(change, record, scratch)) continue;
    saveAccount(shared, shared.accountCount, slotsMore);
    shared.accountCount++;
  }
  changesSetState(ChangesState.Built);
}
