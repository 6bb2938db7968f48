// The packed undo record of the change list: what a host keeps in order to take the changes back after the commit.
//
// One entry an account, by address: 20 bytes of address and a byte of flags; where the account was there, its nonce, balance
// and, unless it had no code, 32 bytes of code hash; then the number of slots (LEB128) and each one's key and old value.
// Numbers are one byte of length and that many bytes, big-endian. Where UNDO_WHOLE_STORAGE is set, what is not listed was
// zero: the storage was wiped, or there was no account. Accounts and slots ascend.

import { arenaAllocate } from "../memory/arena";
import { control } from "../memory/layout";
import { readAhead } from "../memory/read-ahead";
import { wordByteLength, wordIsZero, wordToAddress } from "../word/word";
import { changes } from "./changes";
import { CHANGE_STORAGE_WIPED, SLOT_CHANGE_SIZE, SlotChange } from "./changes-layout";
import { hashIsEmpty } from "./empty";
import { AccountRecord, SlotRecord } from "./records";
import { SORT_SLOTS, slotLess, slotSortEntry, sortByPrefix, sortRecords, sortScratchSize } from "./sort";
import { AccountUndo, accountChange, accountUndo, SlotUndo, saveList, slotUndo } from "./undo";

export const UNDO_EXISTED: u8 = 1;
export const UNDO_WHOLE_STORAGE: u8 = 2;
export const UNDO_CODE: u8 = 4;

/** Longest parts of an entry. */
const ACCOUNT_MOST: usize = 20 + 1 + 9 + 33 + 32 + 5;
const SLOT_MOST: usize = 33 + 33;

// What the storage of wiped accounts held beside the slots of the list: owner << 32 | SlotRecord, by owner.
let foundSlots: usize = 0;
let foundCount: u32 = 0;

// Where the writing stands: an account, how many of its slots are written, and of which.
let nextAccount: u32 = 0;
let inSlots: bool = false;
let listedLeft: u32 = 0;
let listedNext: usize = 0;
let foundNext: u32 = 0;
let foundEnd: u32 = 0;

function isWiped(index: u32): bool {
  return (
    (accountChange(changes(), index).flags & CHANGE_STORAGE_WIPED) != 0 &&
    accountUndo(changes(), index).exists != 0
  );
}

/** Whether the old value of a slot of the list counted. */
function countedBefore(owner: AccountUndo, slot: usize): bool {
  const saved = slotUndo(changes(), slot);
  return (
    saved.generation == owner.generation &&
    !wordIsZero(changetype<usize>(saved) + offsetof<SlotUndo>("value0"))
  );
}

/** Whether the wiped account at `index` had slots that the list does not name. */
function hasUnlisted(index: u32): bool {
  const change = accountChange(changes(), index);
  const owner = accountUndo(changes(), index);
  let listed: u32 = 0;
  for (let i: u32 = 0; i < change.slotCount; i++) {
    if (countedBefore(owner, <usize>change.slots + <usize>i * SLOT_CHANGE_SIZE)) listed++;
  }
  return owner.slotCount != listed;
}

/** Marks the records of wiped accounts, and of their listed slots; true where slots are to be looked for. */
function markWiped(mark: u32): bool {
  const shared = changes();
  let any = false;
  for (let i: u32 = 0; i < shared.accountCount; i++) {
    if (!isWiped(i) || !hasUnlisted(i)) continue;
    any = true;
    const change = accountChange(shared, i);
    changetype<AccountRecord>(<usize>change.record).collected = mark;
    for (let slot: u32 = 0; slot < change.slotCount; slot++) {
      const at = <usize>change.slots + <usize>slot * SLOT_CHANGE_SIZE;
      changetype<SlotRecord>(<usize>changetype<SlotChange>(at).record).collected = mark;
    }
  }
  return any;
}

/** The record at entry `index` of the table of slots, where it is of a marked account and not marked itself; else 0. */
function unlistedAt(index: u32, mark: u32): usize {
  const entry = load<u64>(<usize>control().slotIndex + ((<usize>index) << 3));
  const pointer = <usize>(entry & 0xffffffff);
  if (pointer == 0) return 0;
  const record = changetype<SlotRecord>(pointer);
  if (changetype<AccountRecord>(<usize>record.account).collected != mark || record.collected == mark)
    return 0;
  return wordIsZero(pointer + offsetof<SlotRecord>("value0")) ? 0 : pointer;
}

function findWiped(): void {
  const shared = changes();
  foundCount = 0;
  let mark = ++shared.build;
  if (mark == 0) mark = ++shared.build;
  if (!markWiped(mark)) return;
  const capacity = control().slotIndexMask + 1;
  for (let i: u32 = 0; i < capacity; i++) if (unlistedAt(i, mark) != 0) foundCount++;
  foundSlots = arenaAllocate((<usize>foundCount + 1) << 3);
  let at = foundSlots;
  for (let i: u32 = 0; i < capacity; i++) {
    const pointer = unlistedAt(i, mark);
    if (pointer == 0) continue;
    store<u64>(at, ((<u64>changetype<SlotRecord>(pointer).account) << 32) | <u64>pointer);
    at += 8;
  }
  const scratch = arenaAllocate(sortScratchSize(foundCount));
  sortByPrefix(foundSlots, foundCount, scratch);
  for (let i: u32 = 0; i < shared.accountCount; i++) sortGroup(i, scratch);
}

/** First entry of those found for an owner, or for one behind it. */
function firstFound(owner: u64): u32 {
  let low: u32 = 0;
  let high = foundCount;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (load<u64>(foundSlots + ((<usize>middle) << 3)) >> 32 < owner) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Sorts what was found for the account at `index` by key; slots that did not count before it go. */
function sortGroup(index: u32, scratch: usize): void {
  if (!isWiped(index)) return;
  const record = accountChange(changes(), index).record;
  const first = firstFound(<u64>record);
  const end = firstFound(<u64>record + 1);
  if (first == end) return;
  const group = foundSlots + ((<usize>first) << 3);
  for (let i: u32 = 0; i < end - first; i++) {
    const at = group + ((<usize>i) << 3);
    store<u64>(at, slotSortEntry(<usize>(load<u64>(at) & 0xffffffff)));
  }
  sortRecords(group, end - first, scratch, SORT_SLOTS);
  for (let i: u32 = 0; i < end - first; i++) {
    const at = group + ((<usize>i) << 3);
    store<u64>(at, ((<u64>record) << 32) | (load<u64>(at) & 0xffffffff));
  }
}

/** Index of the next found entry from `at` on that counted before, up to `foundEnd`. */
function nextFound(at: u32, generation: u32): u32 {
  while (at < foundEnd) {
    const pointer = <usize>(load<u64>(foundSlots + ((<usize>at) << 3)) & 0xffffffff);
    if (changetype<SlotRecord>(pointer).generation == generation) break;
    at++;
  }
  return at;
}

function foundIn(index: u32): u32 {
  foundNext = 0;
  foundEnd = 0;
  if (foundCount == 0 || !isWiped(index)) return 0;
  const record = <u64>accountChange(changes(), index).record;
  const generation = accountUndo(changes(), index).generation;
  foundNext = firstFound(record);
  foundEnd = firstFound(record + 1);
  let count: u32 = 0;
  for (let i = nextFound(foundNext, generation); i < foundEnd; i = nextFound(i + 1, generation)) count++;
  return count;
}

/** Index of the next account from `from` on that is there and whose storage the list wipes; the list's length: none. */
export function undoNextWiped(from: u32): u32 {
  const shared = changes();
  let i = from;
  while (i < shared.accountCount) {
    const change = accountChange(shared, i);
    const record = changetype<AccountRecord>(<usize>change.record);
    if ((change.flags & CHANGE_STORAGE_WIPED) != 0 && record.exists != 0) break;
    i++;
  }
  return i;
}

/** Saves what the list overwrites once more: values may have come to the cache since it was made. Before its commit. */
export function undoSave(): void {
  saveList(changes());
}

/**
 * Begins the undo record of the list, which may be committed already; `undoWrite` gives it. What wiped storages held is
 * looked for in the cache. The host's own instance, until the next block is opened.
 */
export function undoBegin(): void {
  findWiped();
  nextAccount = 0;
  inSlots = false;
}

export function writeNumber(out: usize, word: usize): usize {
  const length = wordByteLength(word);
  store<u8>(out, <u8>length);
  const to = out + 1;
  if (length == 32) {
    store<u64>(to, bswap<u64>(load<u64>(word, 24)));
    store<u64>(to, bswap<u64>(load<u64>(word, 16)), 8);
    store<u64>(to, bswap<u64>(load<u64>(word, 8)), 16);
    store<u64>(to, bswap<u64>(load<u64>(word)), 24);
  } else {
    for (let i: u32 = 0; i < length; i++) store<u8>(to + <usize>i, load<u8>(word + <usize>(length - 1 - i)));
  }
  return to + <usize>length;
}

export function writeNonce(out: usize, nonce: u64): usize {
  const length = <u32>((71 - <u32>clz<u64>(nonce)) >> 3);
  store<u8>(out, <u8>length);
  for (let i: u32 = 0; i < length; i++) {
    store<u8>(out + 1 + <usize>i, <u8>(nonce >> ((<u64>(length - 1 - i)) << 3)));
  }
  return out + 1 + <usize>length;
}

function writeCount(out: usize, count: u32): usize {
  let left = count;
  while (left >= 128) {
    store<u8>(out++, <u8>(left | 128));
    left >>= 7;
  }
  store<u8>(out++, <u8>left);
  return out;
}

/** Changes further on whose records are fetched already: they lie far apart in memory. */
const AHEAD: u32 = 12;

/** Fetches what is written some accounts after the one at `index`. */
export function accountAhead(index: u32): void {
  if (index + AHEAD >= changes().accountCount) return;
  readAhead(<usize>accountChange(changes(), index + AHEAD).record);
}

/** Fetches the key of a slot some changes after the one at `slot`. */
export function slotAhead(slot: usize): void {
  const shared = changes();
  const ahead = slot + <usize>AHEAD * SLOT_CHANGE_SIZE;
  if (ahead >= <usize>shared.slots + <usize>shared.slotCount * SLOT_CHANGE_SIZE) return;
  readAhead(<usize>changetype<SlotChange>(ahead).record + offsetof<SlotRecord>("key0"));
}

function writeAccount(out: usize, index: u32): usize {
  accountAhead(index);
  const change = accountChange(changes(), index);
  const owner = accountUndo(changes(), index);
  const pointer = <usize>change.record;
  const saved = changetype<usize>(owner);
  wordToAddress(out, pointer + offsetof<AccountRecord>("address0"));
  let flags: u8 = 0;
  if (owner.exists == 0 || (change.flags & CHANGE_STORAGE_WIPED) != 0) flags |= UNDO_WHOLE_STORAGE;
  let to = out + 21;
  if (owner.exists != 0) {
    flags |= UNDO_EXISTED;
    to = writeNonce(to, owner.nonce);
    to = writeNumber(to, saved + offsetof<AccountUndo>("balance0"));
    const hash = saved + offsetof<AccountUndo>("codeHash0");
    if (!hashIsEmpty(hash)) {
      flags |= UNDO_CODE;
      memory.copy(to, hash, 32);
      to += 32;
    }
  }
  store<u8>(out, flags, 20);
  const found = foundIn(index);
  listedLeft = change.slotCount;
  listedNext = <usize>change.slots;
  return writeCount(to, found + listedLeft);
}

function writeListed(out: usize, index: u32): usize {
  slotAhead(listedNext);
  const owner = accountUndo(changes(), index);
  const record = <usize>changetype<SlotChange>(listedNext).record;
  const to = writeNumber(out, record + offsetof<SlotRecord>("key0"));
  if (owner.exists == 0 || !countedBefore(owner, listedNext)) {
    store<u8>(to, 0);
    return to + 1;
  }
  return writeNumber(to, changetype<usize>(slotUndo(changes(), listedNext)) + offsetof<SlotUndo>("value0"));
}

/** Writes the account's slots by key, those of the list and those found beside it, up to `last`. */
function writeSlots(out: usize, index: u32, last: usize): usize {
  let to = out;
  const generation = accountUndo(changes(), index).generation;
  foundNext = nextFound(foundNext, generation);
  while (listedLeft > 0 || foundNext < foundEnd) {
    if (to > last) return to;
    const found =
      foundNext < foundEnd ? <usize>(load<u64>(foundSlots + ((<usize>foundNext) << 3)) & 0xffffffff) : 0;
    if (found == 0 || (listedLeft > 0 && slotLess(<usize>changetype<SlotChange>(listedNext).record, found))) {
      to = writeListed(to, index);
      listedNext += SLOT_CHANGE_SIZE;
      listedLeft--;
    } else {
      to = writeNumber(to, found + offsetof<SlotRecord>("key0"));
      to = writeNumber(to, found + offsetof<SlotRecord>("value0"));
      foundNext = nextFound(foundNext + 1, generation);
    }
  }
  inSlots = false;
  return to;
}

/** Writes the next bytes of the record, at most `capacity`, which is 256 at least; returns how many, 0 = that was all. */
export function undoWrite(out: usize, capacity: u32): u32 {
  const shared = changes();
  let to = out;
  const end = out + <usize>capacity;
  while (inSlots || nextAccount < shared.accountCount) {
    if (!inSlots) {
      if (to + ACCOUNT_MOST > end) break;
      to = writeAccount(to, nextAccount++);
      inSlots = true;
    }
    to = writeSlots(to, nextAccount - 1, end - SLOT_MOST);
    if (inSlots) break;
  }
  return <u32>(to - out);
}
