// Eviction: records that no recent block has touched leave the cache, the others move together into new chunks.
// Only where the host can be asked for them again (Control.coldSource is 1), and between blocks.

import { freeChunks } from "../memory/arena";
import { CHUNK_TABLE, Chunk, Control, control, MAX_CHUNKS } from "../memory/layout";
import { trieFree } from "../trie/evict";
import { wordIsZero } from "../word/word";
import { freeChunksOf } from "./host";
import {
  allocateAccount,
  allocateSlot,
  INDEX_ACCOUNTS,
  INDEX_MINIMUM,
  INDEX_SLOTS,
  indexCreate,
  indexEnter,
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

/**
 * Drops the records that were last touched before epoch `threshold`; all must be committed and known to the host.
 * `dropTries`: their storage tries are dropped too, as the host can bring trie nodes; otherwise accounts with a
 * storage trie in memory stay. Every pointer to a record is void afterwards. Returns the number of dropped records.
 */
export function internEvict(threshold: u32, dropTries: bool): u32 {
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
  retireChunks(Chunk.Accounts);
  retireChunks(Chunk.Slots);
  shared.recordGeneration += 1;
  indexCreate(INDEX_ACCOUNTS, capacityFor(keptAccounts));
  moveAccounts(accounts, accountCapacity, threshold, dropTries);
  indexCreate(INDEX_SLOTS, capacityFor(keptSlots));
  moveSlots(slots, slotCapacity, threshold);
  freeChunks(accounts);
  freeChunks(slots);
  const freed = freeChunksOf(Chunk.Retired) + ((<u64>accountCapacity + slotCapacity) << 3);
  atomic.sub<u64>(changetype<usize>(shared) + offsetof<Control>("cacheBytes"), freed);
  return before - shared.accountCount - shared.slotCount;
}
