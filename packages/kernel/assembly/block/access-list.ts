// The block access list (EIP-7928): every account and storage slot that the block accessed, with the values after each
// transaction that changed them. Made out of the executions that the block leaves, when all of them are final.

import { keccak256 } from "../hash/keccak";
import { outOfMemory } from "../host";
import { arenaAllocate } from "../memory/arena";
import { scheduler } from "../parallel/scheduler";
import { rlpBackBytes, rlpBackList, rlpBackU64, rlpBackWord } from "../rlp/write-back";
import { Execution } from "../state/execution";
import {
  ACCESSED,
  COINBASE,
  KNOWN_ACCOUNT,
  KNOWN_SLOT,
  LocalAccount,
  LocalSlot,
  WRITTEN_BALANCE,
  WRITTEN_CODE,
  WRITTEN_NONCE,
  WRITTEN_SLOT,
} from "../state/local";
import { SlotRecord } from "../state/records";
import {
  localAccountSortEntry,
  localSlotSortEntry,
  SORT_LOCAL_ACCOUNTS,
  SORT_LOCAL_SLOTS,
  sortByPrefix,
  sortRecords,
  sortScratchSize,
} from "../state/sort";
import { Eip, Invalid } from "../status";
import { Code } from "../vm/code";
import { wordToAddress } from "../word/word";
import { blockExecution } from "./change-list";
import {
  CoinbaseBalance,
  coinbaseBalanceAt,
  coinbaseBalanceCount,
  coinbaseBalances,
} from "./coinbase-balances";
import { env, FLAG_TRANSACTIONS_ONLY, hasEip } from "./env";
import { blockResult, RESULT_ACCESS_LIST_HASH } from "./result";

/** Gas of the block that every address and storage key of its list stands for. */
const ITEM_COST: u64 = 2000;

// Most bytes that parts of the list take with their prefixes of at most 5: an account without its items, a slot's key
// with its list, [index, value] without the bytes of a code.
const ACCOUNT_BYTES: u64 = 51;
const SLOT_BYTES: u64 = 43;
const CHANGE_BYTES: u64 = 43;

/** Longer lists have no room in this memory. */
const MOST_BYTES: u64 = 1 << 31;

// Entries of sort.ts: every accessed LocalAccount, every read or written LocalSlot.
let accountEntries: usize = 0;
let accountEntryCount: u32 = 0;
let slotEntries: usize = 0;
let slotEntryCount: u32 = 0;
/** Bytes that the list takes at most. */
let listLimit: u64 = 0;
/** Addresses and storage keys in the list. */
let itemCount: u32 = 0;

/** Whether the running block has an access list. */
export function accessListWanted(): bool {
  return hasEip(Eip.E7928) && (env().flags & FLAG_TRANSACTIONS_ONLY) == 0;
}

function localAt(entries: usize, i: u32): usize {
  return <usize>(load<u64>(entries + ((<usize>i) << 3)) & 0xffffffff);
}

function accountAt(i: u32): LocalAccount {
  return changetype<LocalAccount>(localAt(accountEntries, i));
}

function slotAt(i: u32): LocalSlot {
  return changetype<LocalSlot>(localAt(slotEntries, i));
}

function codeLength(account: LocalAccount): u32 {
  return account.code != 0 ? changetype<Code>(<usize>account.code).length : 0;
}

/** Takes up what the execution with this block access index accessed; its LocalAccount of the fee recipient, or 0. */
function collect(execution: Execution, index: u32): usize {
  let coinbase: usize = 0;
  let a = <usize>execution.accounts;
  while (a != 0) {
    const account = changetype<LocalAccount>(a);
    const flags = account.flags;
    if ((flags & (KNOWN_ACCOUNT | ACCESSED)) != 0) {
      account.blockAccessIndex = index;
      store<u64>(accountEntries + ((<usize>accountEntryCount) << 3), localAccountSortEntry(a));
      accountEntryCount++;
      listLimit += <u64>popcnt<u32>(flags & (WRITTEN_BALANCE | WRITTEN_NONCE | WRITTEN_CODE)) * CHANGE_BYTES;
      if ((flags & WRITTEN_CODE) != 0) listLimit += codeLength(account);
      if ((flags & COINBASE) != 0) coinbase = a;
    }
    a = <usize>account.previous;
  }
  let s = <usize>execution.slots;
  while (s != 0) {
    const slot = changetype<LocalSlot>(s);
    if ((slot.flags & KNOWN_SLOT) != 0) {
      slot.blockAccessIndex = index;
      store<u64>(slotEntries + ((<usize>slotEntryCount) << 3), <u64>s);
      slotEntryCount++;
      if ((slot.flags & WRITTEN_SLOT) != 0) listLimit += CHANGE_BYTES;
    }
    s = <usize>slot.previous;
  }
  return coinbase;
}

/** Collects all executions, in the order of the block: so do the entries of one account and of one slot stand. */
function collectAll(count: u32): void {
  let accountLimit: u32 = 0;
  let slotLimit: u32 = 0;
  for (let index: u32 = 0; index < count; index++) {
    const execution = changetype<Execution>(<usize>blockExecution(index));
    accountLimit += execution.accountCount;
    slotLimit += execution.slotCount;
  }
  accountEntries = arenaAllocate((<usize>accountLimit + 1) << 3);
  slotEntries = arenaAllocate((<usize>slotLimit + 1) << 3);
  accountEntryCount = 0;
  slotEntryCount = 0;
  listLimit = 0;
  const coinbases = arenaAllocate((<usize>count) << 2);
  for (let index: u32 = 0; index < count; index++) {
    const coinbase = collect(changetype<Execution>(<usize>blockExecution(index)), index);
    store<u32>(coinbases + ((<usize>index) << 2), <u32>coinbase);
  }
  coinbaseBalances(coinbases, count);
  listLimit += <u64>coinbaseBalanceCount * CHANGE_BYTES;
}

/** Index behind the entries of the account that entry `from` is of. */
function accountEnd(from: u32): u32 {
  const record = accountAt(from).record;
  let end = from + 1;
  while (end < accountEntryCount && accountAt(end).record == record) end++;
  return end;
}

/** Sorts accounts by address, and slots by account and key. Entries of one location stay in the order of the block. */
function sortAll(): void {
  const scratch = arenaAllocate(sortScratchSize(max(accountEntryCount, slotEntryCount)));
  sortRecords(accountEntries, accountEntryCount, scratch, SORT_LOCAL_ACCOUNTS);
  let place: u32 = 0;
  for (let from: u32 = 0; from < accountEntryCount; place++) {
    const end = accountEnd(from);
    for (let i = from; i < end; i++) accountAt(i).place = place;
    from = end;
  }
  itemCount = place;
  listLimit += <u64>place * ACCOUNT_BYTES + <u64>slotEntryCount * SLOT_BYTES;
  for (let i: u32 = 0; i < slotEntryCount; i++) {
    const at = slotEntries + ((<usize>i) << 3);
    const s = load<u64>(at);
    store<u64>(at, ((<u64>slotPlace(changetype<LocalSlot>(<usize>s))) << 32) | s);
  }
  sortByPrefix(slotEntries, slotEntryCount, scratch);
  for (let from: u32 = 0; from < slotEntryCount; ) {
    const place = slotPlace(slotAt(from));
    let end = from;
    while (end < slotEntryCount && slotPlace(slotAt(end)) == place) {
      store<u64>(slotEntries + ((<usize>end) << 3), localSlotSortEntry(localAt(slotEntries, end)));
      end++;
    }
    sortRecords(slotEntries + ((<usize>from) << 3), end - from, scratch, SORT_LOCAL_SLOTS);
    from = end;
  }
}

/** Place of the slot's account in the list. Whoever reads a slot has accessed its account before. */
function slotPlace(slot: LocalSlot): u32 {
  return changetype<LocalAccount>(<usize>slot.account).place;
}

function slotKey(slot: LocalSlot): usize {
  return <usize>slot.record + offsetof<SlotRecord>("key0");
}

/** Index of the first of the entries for the slot of entry `last`. */
function slotStart(last: u32, from: u32): u32 {
  const record = slotAt(last).record;
  let start = last;
  while (start > from && slotAt(start - 1).record == record) start--;
  return start;
}

/** [index, value]: ends with what was written from `value` on. */
function backChange(value: usize, index: u32, end: usize): usize {
  return rlpBackList(rlpBackU64(value, index), end);
}

/** storage_reads of the slots from entry `from` to `to`: those that no execution has changed. */
function backReads(end: usize, from: u32, to: u32): usize {
  let out = end;
  for (let behind = to; behind > from; ) {
    const start = slotStart(behind - 1, from);
    let written: u32 = 0;
    for (let i = start; i < behind; i++) written |= slotAt(i).flags & WRITTEN_SLOT;
    if (written == 0) out = rlpBackWord(out, slotKey(slotAt(start)));
    itemCount++;
    behind = start;
  }
  return rlpBackList(out, end);
}

/** storage_changes of the slots from entry `from` to `to`. */
function backStorageChanges(end: usize, from: u32, to: u32): usize {
  let out = end;
  for (let behind = to; behind > from; ) {
    const start = slotStart(behind - 1, from);
    const itemEnd = out;
    let changes = out;
    for (let i = behind; i > start; i--) {
      const slot = slotAt(i - 1);
      if ((slot.flags & WRITTEN_SLOT) == 0) continue;
      const value = changetype<usize>(slot) + offsetof<LocalSlot>("value0");
      changes = backChange(rlpBackWord(changes, value), slot.blockAccessIndex, changes);
    }
    if (changes != itemEnd) {
      const list = rlpBackList(changes, itemEnd);
      out = rlpBackList(rlpBackWord(list, slotKey(slotAt(start))), itemEnd);
    }
    behind = start;
  }
  return rlpBackList(out, end);
}

function backCoinbaseBalances(end: usize): usize {
  let out = end;
  for (let i = coinbaseBalanceCount; i > 0; i--) {
    const change = coinbaseBalanceAt(i - 1);
    const balance = changetype<usize>(change) + offsetof<CoinbaseBalance>("balance0");
    out = backChange(rlpBackWord(out, balance), change.index, out);
  }
  return rlpBackList(out, end);
}

function backBalances(end: usize, from: u32, to: u32): usize {
  if ((accountAt(from).flags & COINBASE) != 0) return backCoinbaseBalances(end);
  let out = end;
  for (let i = to; i > from; i--) {
    const account = accountAt(i - 1);
    if ((account.flags & WRITTEN_BALANCE) == 0) continue;
    const balance = changetype<usize>(account) + offsetof<LocalAccount>("balance0");
    out = backChange(rlpBackWord(out, balance), account.blockAccessIndex, out);
  }
  return rlpBackList(out, end);
}

function backNonces(end: usize, from: u32, to: u32): usize {
  let out = end;
  for (let i = to; i > from; i--) {
    const account = accountAt(i - 1);
    if ((account.flags & WRITTEN_NONCE) == 0) continue;
    out = backChange(rlpBackU64(out, account.nonce), account.blockAccessIndex, out);
  }
  return rlpBackList(out, end);
}

function backCodes(end: usize, from: u32, to: u32): usize {
  let out = end;
  for (let i = to; i > from; i--) {
    const account = accountAt(i - 1);
    if ((account.flags & WRITTEN_CODE) == 0) continue;
    const bytes = account.code != 0 ? <usize>changetype<Code>(<usize>account.code).bytes : 0;
    out = backChange(rlpBackBytes(out, bytes, codeLength(account)), account.blockAccessIndex, out);
  }
  return rlpBackList(out, end);
}

/** AccountChanges of the account that the entries from `from` to `to` are of, its slots those to `slotTo`. */
function backAccount(end: usize, from: u32, to: u32, slotFrom: u32, slotTo: u32): usize {
  let out = backCodes(end, from, to);
  out = backNonces(out, from, to);
  out = backBalances(out, from, to);
  out = backReads(out, slotFrom, slotTo);
  out = backStorageChanges(out, slotFrom, slotTo) - 21;
  store<u8>(out, 0x94);
  wordToAddress(out + 1, changetype<usize>(accountAt(from)) + offsetof<LocalAccount>("address0"));
  return rlpBackList(out, end);
}

/** Writes the list so that it ends at `end`; returns where it begins. */
function backAll(end: usize): usize {
  let out = end;
  let slotTo = slotEntryCount;
  for (let to = accountEntryCount; to > 0; ) {
    const place = accountAt(to - 1).place;
    let from = to;
    while (from > 0 && accountAt(from - 1).place == place) from--;
    let slotFrom = slotTo;
    while (slotFrom > 0 && slotPlace(slotAt(slotFrom - 1)) == place) slotFrom--;
    out = backAccount(out, from, to, slotFrom, slotTo);
    to = from;
    slotTo = slotFrom;
  }
  return rlpBackList(out, end);
}

/**
 * Makes the block's access list and its hash. Every transaction is committed and what follows them is published. One
 * worker; may be run again. Returns why the block is not valid: its list has more items than its gas limit allows.
 */
export function buildAccessList(): Invalid {
  const count = scheduler().count + 2;
  collectAll(count);
  sortAll();
  if (listLimit > MOST_BYTES) outOfMemory(0xffffffff);
  const room = <usize>listLimit + 8;
  const end = arenaAllocate(room) + room;
  const list = backAll(end);
  const result = blockResult();
  result.accessList = <u32>list;
  result.accessListLength = <u32>(end - list);
  if (<u64>itemCount > env().gasLimit / ITEM_COST) return Invalid.AccessListTooLarge;
  keccak256(RESULT_ACCESS_LIST_HASH, list, result.accessListLength);
  return Invalid.None;
}
