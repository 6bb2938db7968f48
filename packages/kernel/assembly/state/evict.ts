// Eviction: records that no recent block has touched leave the cache, the others move together into new chunks. Code
// leaves as a whole.
// Only where the host can be asked for them again (Control.coldSource is 1), and between blocks.

import { chunksAreFree, freeChunks, freeChunksOf, takeChunks } from "../memory/arena";
import { CHUNK_SIZE, CHUNK_TABLE, Chunk, Control, control, MAX_CHUNKS } from "../memory/layout";
import { trieFree } from "../trie/evict";
import { codesForget } from "../vm/code";
import { wordIsZero } from "../word/word";
import { internReset } from "./host";
import {
  allocateAccount,
  allocateSlot,
  INDEX_ACCOUNTS,
  INDEX_MINIMUM,
  INDEX_SLOTS,
  indexChunks,
  indexEnter,
  indexInstall,
} from "./intern";
import { AccountRecord, SlotRecord } from "./records";

/** Smallest table that the entries fill by a third at most: growing comes with the next blocks. */
function capacityFor(entries: u32): u32 {
  let capacity = INDEX_MINIMUM;
  while (<u64>capacity < <u64>entries * 3) capacity *= 2;
  return capacity;
}

function retireChunks(kind: Chunk): void {
  for (let i: u32 = 0; i < MAX_CHUNKS; i++) {
    const entry = CHUNK_TABLE + ((<usize>i) << 2);
    if (load<u32>(entry) == <u32>kind) store<u32>(entry, Chunk.Retired);
  }
}

/** Where the record of an entry stands; 0 = the entry is free. */
function recordAt(table: usize, index: u32): usize {
  return <usize>(load<u64>(table + ((<usize>index) << 3)) & 0xffffffff);
}

/** Keeps the owners of kept slots; returns the number of kept slots. */
function markOwners(table: usize, capacity: u32, threshold: u32): u32 {
  let kept: u32 = 0;
  for (let i: u32 = 0; i < capacity; i++) {
    const pointer = recordAt(table, i);
    if (pointer == 0 || changetype<SlotRecord>(pointer).touched < threshold) continue;
    kept++;
    const owner = changetype<AccountRecord>(<usize>changetype<SlotRecord>(pointer).account);
    if (owner.touched < threshold) owner.touched = threshold;
  }
  return kept;
}

/**
 * An account record stays as long as it was touched, or where it holds a storage trie that must not be dropped.
 */
function accountStays(pointer: usize, threshold: u32, dropTries: bool): bool {
  const record = changetype<AccountRecord>(pointer);
  return record.touched >= threshold || (!dropTries && record.storageTrie != 0);
}

/** Moves the kept accounts; leaves each one's new place (0 = none) in the old record's `collected`. */
function moveAccounts(table: usize, capacity: u32, threshold: u32, dropTries: bool): void {
  for (let i: u32 = 0; i < capacity; i++) {
    const pointer = recordAt(table, i);
    if (pointer == 0) continue;
    const record = changetype<AccountRecord>(pointer);
    if (!accountStays(pointer, threshold, dropTries)) {
      record.collected = 0;
      if (record.storageTrie != 0) trieFree(record.storageTrie);
      continue;
    }
    const place = allocateAccount();
    memory.copy(place, pointer, offsetof<AccountRecord>());
    changetype<AccountRecord>(place).collected = 0;
    record.collected = <u32>place;
    indexEnter(INDEX_ACCOUNTS, place);
  }
}

function moveSlots(table: usize, capacity: u32, threshold: u32): void {
  for (let i: u32 = 0; i < capacity; i++) {
    const pointer = recordAt(table, i);
    if (pointer == 0) continue;
    const record = changetype<SlotRecord>(pointer);
    const owner = <usize>changetype<AccountRecord>(<usize>record.account).collected;
    if (record.touched < threshold) {
      const counted =
        owner != 0 &&
        record.generation == changetype<AccountRecord>(owner).generation &&
        !wordIsZero(pointer + offsetof<SlotRecord>("value0"));
      if (counted) changetype<AccountRecord>(owner).slotCount -= 1;
      continue;
    }
    const place = allocateSlot();
    memory.copy(place, pointer, offsetof<SlotRecord>());
    changetype<SlotRecord>(place).account = <u32>owner;
    changetype<SlotRecord>(place).collected = 0;
    indexEnter(INDEX_SLOTS, place);
  }
}

/** Chunks for `count` records of `size` bytes; none lies across the border of two. */
function chunksFor(count: u32, size: usize): u32 {
  const each = <u32>(<usize>CHUNK_SIZE / size);
  return (count + each - 1) / each;
}

let newAccounts: usize = 0;
let newSlots: usize = 0;

/** Takes the place of both new tables, where the kept records have room beside them; false: nothing is taken. */
function takeTables(accounts: u32, slots: u32): bool {
  const records = chunksFor(accounts, offsetof<AccountRecord>()) + chunksFor(slots, offsetof<SlotRecord>());
  newAccounts = takeChunks(indexChunks(capacityFor(accounts)), Chunk.Index);
  newSlots = takeChunks(indexChunks(capacityFor(slots)), Chunk.Index);
  if (newAccounts != 0 && newSlots != 0 && chunksAreFree(records)) return true;
  if (newAccounts != 0) freeChunks(newAccounts);
  if (newSlots != 0) freeChunks(newSlots);
  return false;
}

/** Drops all records, which takes no memory; false, and nothing is dropped, where a storage trie must stay. */
function dropAll(dropTries: bool): bool {
  const shared = control();
  const table = <usize>shared.accountIndex;
  const capacity = shared.accountIndexMask + 1;
  for (let i: u32 = 0; i < capacity; i++) {
    const pointer = recordAt(table, i);
    if (pointer == 0 || changetype<AccountRecord>(pointer).storageTrie == 0) continue;
    if (!dropTries) return false;
    trieFree(changetype<AccountRecord>(pointer).storageTrie);
  }
  internReset();
  return true;
}

/** Drops all code and its decoded forms: records keep the hashes, by which the host is asked. Returns the bytes. */
export function codesEvict(): u64 {
  const shared = control();
  if (shared.coldSource == 0) return 0;
  const table = <usize>shared.accountIndex;
  const capacity = shared.accountIndexMask + 1;
  for (let i: u32 = 0; i < capacity; i++) {
    const pointer = recordAt(table, i);
    if (pointer != 0) changetype<AccountRecord>(pointer).code = 0;
  }
  return codesForget();
}

/**
 * Drops the records that were last touched before epoch `threshold`; all must be committed and known to the host.
 * `dropTries`: their storage tries are dropped too, as the host can bring trie nodes; otherwise accounts with a
 * storage trie in memory stay. Every pointer to a record is void afterwards. Returns the number of dropped records.
 * Where the kept ones find no room beside the old ones all are dropped, or none if a storage trie must stay or `mayDropAll`
 * is not set: the host has not got all of them yet.
 */
export function internEvict(threshold: u32, dropTries: bool, mayDropAll: bool): u32 {
  const shared = control();
  if (shared.coldSource == 0) return 0;
  const before = shared.accountCount + shared.slotCount;
  const accounts = <usize>shared.accountIndex;
  const accountCapacity = shared.accountIndexMask + 1;
  const slots = <usize>shared.slotIndex;
  const slotCapacity = shared.slotIndexMask + 1;
  const keptSlots = markOwners(slots, slotCapacity, threshold);
  let keptAccounts: u32 = 0;
  for (let i: u32 = 0; i < accountCapacity; i++) {
    const pointer = recordAt(accounts, i);
    if (pointer != 0 && accountStays(pointer, threshold, dropTries)) keptAccounts++;
  }
  if (!takeTables(keptAccounts, keptSlots)) return mayDropAll && dropAll(dropTries) ? before : 0;
  retireChunks(Chunk.Accounts);
  retireChunks(Chunk.Slots);
  shared.recordGeneration += 1;
  indexInstall(INDEX_ACCOUNTS, newAccounts, capacityFor(keptAccounts));
  moveAccounts(accounts, accountCapacity, threshold, dropTries);
  indexInstall(INDEX_SLOTS, newSlots, capacityFor(keptSlots));
  moveSlots(slots, slotCapacity, threshold);
  freeChunks(accounts);
  freeChunks(slots);
  const freed = freeChunksOf(Chunk.Retired) + ((<u64>accountCapacity + slotCapacity) << 3);
  atomic.sub<u64>(changetype<usize>(shared) + offsetof<Control>("cacheBytes"), freed);
  return before - shared.accountCount - shared.slotCount;
}
