// The block access list (EIP-7928): every account and storage slot that the block accessed, with the values after each
// transaction that changed them. Made out of the executions that the block leaves, when all of them are final, in
// four steps, of which the two in the middle are split over all workers:
//
//   accessListCollect    what was accessed is collected, sorted and cut into ranges
//   encodeSlotRange      storage keys and their changes (access-list-slots.ts)
//   encodeAccountRange   accounts, around the parts that the ranges of their slots gave (access-list-accounts.ts)
//   accessListFinish     the ranges are put together

import { keccak256 } from "../hash/keccak";
import { outOfMemory } from "../host";
import { arenaAllocate } from "../memory/arena";
import { scheduler } from "../parallel/scheduler";
import { rlpHeaderLength, rlpWriteListHeader } from "../rlp/write";
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
import {
  ACCOUNT_BYTES,
  accountCodeLength,
  accountRangeLimit,
  cutAccountRanges,
} from "./access-list-accounts";
import { CHANGE_BYTES, cutSlotRanges, SLOT_BYTES, slotRangeLimit } from "./access-list-slots";
import {
  AccessListWork,
  accessListWork,
  accountRange,
  EntryRange,
  localAt,
  slotPlace,
  slotRange,
} from "./access-list-work";
import { blockExecution } from "./change-list";
import { coinbaseBalanceCount, coinbaseBalances } from "./coinbase-balances";
import { env, FLAG_TRANSACTIONS_ONLY, hasEip } from "./env";
import { blockResult, RESULT_ACCESS_LIST_HASH } from "./result";

export { encodeAccountRange } from "./access-list-accounts";
export { encodeSlotRange } from "./access-list-slots";

/** Gas of the block that every address and storage key of its list stands for. */
const ITEM_COST: u64 = 2000;

/** Longer lists have no room in this memory. */
const MOST_BYTES: u64 = 1 << 31;

// Entries of sort.ts: every accessed LocalAccount, every read or written LocalSlot.
let accountEntries: usize = 0;
let accountEntryCount: u32 = 0;
let slotEntries: usize = 0;
let slotEntryCount: u32 = 0;
/** Bytes that the list takes at most. */
let listLimit: u64 = 0;

/** Whether the running block has an access list. */
export function accessListWanted(): bool {
  return hasEip(Eip.E7928) && (env().flags & FLAG_TRANSACTIONS_ONLY) == 0;
}

function accountAt(i: u32): LocalAccount {
  return changetype<LocalAccount>(localAt(accountEntries, i));
}

function slotAt(i: u32): LocalSlot {
  return changetype<LocalSlot>(localAt(slotEntries, i));
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
      if ((flags & WRITTEN_CODE) != 0) listLimit += accountCodeLength(account);
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
  const work = accessListWork();
  work.coinbaseBalances = coinbaseBalances(coinbases, count);
  work.coinbaseBalanceCount = coinbaseBalanceCount;
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

/**
 * Collects what the block accessed and cuts it into ranges. Every transaction is committed and what follows them is
 * published. One worker; may be run again.
 */
export function accessListCollect(): void {
  const size = offsetof<AccessListWork>();
  const work = arenaAllocate(size);
  memory.fill(work, 0, size);
  blockResult().accessListWork = <u32>work;
  collectAll(scheduler().count + 2);
  sortAll();
  if (listLimit > MOST_BYTES) outOfMemory(0xffffffff);
  const shared = accessListWork();
  shared.accountEntries = <u32>accountEntries;
  shared.accountEntryCount = accountEntryCount;
  shared.slotEntries = <u32>slotEntries;
  shared.slotEntryCount = slotEntryCount;
  shared.accountRanges = rangesAllocate(accountRangeLimit(accountEntryCount));
  shared.slotRanges = rangesAllocate(slotRangeLimit(slotEntryCount));
  cutAccountRanges();
  cutSlotRanges();
}

function rangesAllocate(count: u32): u32 {
  return <u32>arenaAllocate(<usize>count * offsetof<EntryRange>() + 8);
}

/** How many ranges of slots there are. */
export function accessListSlotRanges(): u32 {
  return accessListWork().slotRangeCount;
}

/** How many ranges of accounts there are; they are encoded when all slots are. */
export function accessListAccountRanges(): u32 {
  return accessListWork().accountRangeCount;
}

/**
 * Puts the encoded ranges together, and hashes the list. One worker; may be run again. Returns why the block is not valid:
 * its list has more items than its gas limit allows.
 */
export function accessListFinish(): Invalid {
  const work = accessListWork();
  let length: u32 = 0;
  let items: u32 = 0;
  for (let i: u32 = 0; i < work.slotRangeCount; i++) items += slotRange(i).items;
  for (let i: u32 = 0; i < work.accountRangeCount; i++) {
    items += accountRange(i).items;
    length += accountRange(i).length;
  }
  const list = arenaAllocate(<usize>rlpHeaderLength(length) + <usize>length);
  let at = rlpWriteListHeader(list, length);
  for (let i: u32 = 0; i < work.accountRangeCount; i++) {
    const range = accountRange(i);
    memory.copy(at, <usize>range.result, range.length);
    at += range.length;
  }
  const result = blockResult();
  result.accessList = <u32>list;
  result.accessListLength = <u32>(at - list);
  if (<u64>items > env().gasLimit / ITEM_COST) return Invalid.AccessListTooLarge;
  keccak256(RESULT_ACCESS_LIST_HASH, list, result.accessListLength);
  return Invalid.None;
}
