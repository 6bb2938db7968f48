// The index tables of accounts and slots: every location that a block touches gets one record.
//
// Open addressing with linear probing; an entry is tag << 32 | record. A record is filled completely, then
// published by one compare-and-swap on its entry; entries are never removed while workers run. The hash is
// NH (Black et al., UMAC 1999) with secret keys drawn from Control.seed: keys that collide cannot be prepared.
// The full key is compared always.

import { abortTransaction } from "../host";
import { allocateChunks } from "../memory/arena";
import { CHUNK_SIZE, Chunk, Control, control } from "../memory/layout";
import { Abort } from "../status";
import { setEmptyHash, setEmptyRoot } from "./empty";
import { beforeSwap } from "./races";
import { AccountRecord, Loaded, SlotRecord } from "./records";

/** Which table: the detail of Abort.IndexFull and the argument of `internGrow`. */
export const INDEX_ACCOUNTS: u32 = 0;
export const INDEX_SLOTS: u32 = 1;

// Keys of the hash, drawn from the seed once a worker.
let keysSeed: u64 = 0;
let keysDrawn = false;
let key0: u64 = 0;
let key1: u64 = 0;
let key2: u64 = 0;
let key3: u64 = 0;
let key4: u64 = 0;
let keyLast: u64 = 0;

function draw(state: u64): u64 {
  // splitmix64
  let z = state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

function drawKeys(): void {
  const seed = control().seed;
  if (keysDrawn && keysSeed == seed) return;
  const step: u64 = 0x9e3779b97f4a7c15;
  key0 = draw(seed + step);
  key1 = draw(seed + 2 * step);
  key2 = draw(seed + 3 * step);
  key3 = draw(seed + 4 * step);
  key4 = draw(seed + 5 * step);
  keyLast = draw(seed + 6 * step) | 1;
  keysSeed = seed;
  keysDrawn = true;
}

/** One product of NH: both halves of the limb, each with its key, modulo 2^32. */
function nh(limb: u64, key: u64): u64 {
  return <u64>(<u32>limb + <u32>key) * <u64>(<u32>(limb >> 32) + <u32>(key >> 32));
}

function finish(sum: u64): u64 {
  const mixed = (sum ^ (sum >> 29)) * keyLast;
  return mixed ^ (mixed >> 32);
}

function hashAddress(a0: u64, a1: u64, a2: u32): u64 {
  return finish(nh(a0, key0) + nh(a1, key1) + nh(<u64>a2, key2));
}

/** Seeded hash of an owner (a pointer) and a key word. */
export function hashSlotKey(owner: u32, key: usize): u64 {
  drawKeys();
  return finish(
    nh(load<u64>(key), key0) +
      nh(load<u64>(key, 8), key1) +
      nh(load<u64>(key, 16), key2) +
      nh(load<u64>(key, 24), key3) +
      nh(<u64>owner, key4),
  );
}

function recordHash(which: u32, record: usize): u64 {
  if (which == INDEX_ACCOUNTS) {
    const account = changetype<AccountRecord>(record);
    return hashAddress(account.address0, account.address1, account.address2);
  }
  return hashSlotKey(changetype<SlotRecord>(record).account, record + offsetof<SlotRecord>("key0"));
}

// Record memory: each worker fills chunks of its own.

let recordGeneration: u32 = 0;
let accountTop: usize = 0;
let accountEnd: usize = 0;
let slotTop: usize = 0;
let slotEnd: usize = 0;

function addCacheBytes(bytes: u64): void {
  atomic.add<u64>(changetype<usize>(control()) + offsetof<Control>("cacheBytes"), bytes);
}

function checkGeneration(): void {
  const current = control().recordGeneration;
  if (recordGeneration == current) return;
  recordGeneration = current;
  accountTop = 0;
  accountEnd = 0;
  slotTop = 0;
  slotEnd = 0;
}

/** Memory for one AccountRecord, not cleared. */
export function allocateAccount(): usize {
  checkGeneration();
  if (accountTop + offsetof<AccountRecord>() > accountEnd) {
    accountTop = allocateChunks(1, Chunk.Accounts);
    accountEnd = accountTop + CHUNK_SIZE;
    addCacheBytes(CHUNK_SIZE);
  }
  const record = accountTop;
  accountTop += offsetof<AccountRecord>();
  return record;
}

/** Memory for one SlotRecord, not cleared. */
export function allocateSlot(): usize {
  checkGeneration();
  if (slotTop + offsetof<SlotRecord>() > slotEnd) {
    slotTop = allocateChunks(1, Chunk.Slots);
    slotEnd = slotTop + CHUNK_SIZE;
    addCacheBytes(CHUNK_SIZE);
  }
  const record = slotTop;
  slotTop += offsetof<SlotRecord>();
  return record;
}

function tableFull(count: u32, mask: u32): bool {
  return <u64>count * 10 >= (<u64>mask + 1) * 7;
}

/** Where the search for the account's record begins in its table: an entry, 0 where there is none. */
export function accountIndexEntry(address: usize): usize {
  drawKeys();
  const shared = control();
  const hash = hashAddress(load<u64>(address), load<u64>(address, 8), <u32>load<u64>(address, 16));
  return <usize>shared.accountIndex + ((<usize>(<u32>(hash >> 32) & shared.accountIndexMask)) << 3);
}

/** Where the search for the record of slot `key` of the account at `account` begins in its table. */
export function slotIndexEntry(account: usize, key: usize): usize {
  const shared = control();
  const hash = hashSlotKey(<u32>account, key);
  return <usize>shared.slotIndex + ((<usize>(<u32>(hash >> 32) & shared.slotIndexMask)) << 3);
}

/** The record in an entry of a table, or 0: nearly always the one looked for where its search begins. */
export function indexedRecord(entry: usize): usize {
  return <usize>(atomic.load<u64>(entry) & 0xffffffff);
}

/** The account's record, made where there is none. May leave with Abort.IndexFull. */
export function internAccount(address: usize): usize {
  drawKeys();
  const shared = control();
  const a0 = load<u64>(address);
  const a1 = load<u64>(address, 8);
  const a2 = <u32>load<u64>(address, 16);
  const hash = hashAddress(a0, a1, a2);
  const tag = <u32>hash;
  const mask = shared.accountIndexMask;
  const table = <usize>shared.accountIndex;
  let at = <u32>(hash >> 32) & mask;
  let made: usize = 0;
  while (true) {
    const slot = table + ((<usize>at) << 3);
    let entry = atomic.load<u64>(slot);
    if (entry == 0) {
      if (made == 0) {
        if (
          tableFull(atomic.load<u32>(changetype<usize>(shared) + offsetof<Control>("accountCount")), mask)
        ) {
          abortTransaction(Abort.IndexFull, INDEX_ACCOUNTS);
        }
        made = allocateAccount();
        const record = changetype<AccountRecord>(made);
        memory.fill(made, 0, offsetof<AccountRecord>());
        record.address0 = a0;
        record.address1 = a1;
        record.address2 = a2;
        record.loaded = shared.coldSource == 0 ? Loaded.Yes : Loaded.No;
        setEmptyHash(made + offsetof<AccountRecord>("codeHash0"));
        setEmptyRoot(made + offsetof<AccountRecord>("storageRoot0"));
        record.touched = shared.epoch;
      }
      beforeSwap(slot);
      entry = atomic.cmpxchg<u64>(slot, 0, ((<u64>tag) << 32) | <u64>made);
      if (entry == 0) {
        atomic.add<u32>(changetype<usize>(shared) + offsetof<Control>("accountCount"), 1);
        return made;
      }
    }
    if (<u32>(entry >> 32) == tag) {
      const record = changetype<AccountRecord>(<usize>(entry & 0xffffffff));
      if (record.address0 == a0 && record.address1 == a1 && record.address2 == a2) {
        // Another worker was first: the record made here was the last one taken, so give it back.
        if (made != 0) accountTop = made;
        return changetype<usize>(record);
      }
    }
    at = (at + 1) & mask;
  }
}

/** The record of slot `key` (a word) of the account at `account` (a record). May leave with Abort.IndexFull. */
export function internSlot(account: usize, key: usize): usize {
  const hash = hashSlotKey(<u32>account, key);
  const shared = control();
  const k0 = load<u64>(key);
  const k1 = load<u64>(key, 8);
  const k2 = load<u64>(key, 16);
  const k3 = load<u64>(key, 24);
  const tag = <u32>hash;
  const mask = shared.slotIndexMask;
  const table = <usize>shared.slotIndex;
  let at = <u32>(hash >> 32) & mask;
  let made: usize = 0;
  while (true) {
    const slot = table + ((<usize>at) << 3);
    let entry = atomic.load<u64>(slot);
    if (entry == 0) {
      if (made == 0) {
        if (tableFull(atomic.load<u32>(changetype<usize>(shared) + offsetof<Control>("slotCount")), mask)) {
          abortTransaction(Abort.IndexFull, INDEX_SLOTS);
        }
        made = allocateSlot();
        const record = changetype<SlotRecord>(made);
        memory.fill(made, 0, offsetof<SlotRecord>());
        record.account = <u32>account;
        record.loaded = shared.coldSource == 0 ? Loaded.Yes : Loaded.No;
        record.key0 = k0;
        record.key1 = k1;
        record.key2 = k2;
        record.key3 = k3;
        record.generation = changetype<AccountRecord>(account).generation;
        record.touched = shared.epoch;
      }
      beforeSwap(slot);
      entry = atomic.cmpxchg<u64>(slot, 0, ((<u64>tag) << 32) | <u64>made);
      if (entry == 0) {
        atomic.add<u32>(changetype<usize>(shared) + offsetof<Control>("slotCount"), 1);
        return made;
      }
    }
    if (<u32>(entry >> 32) == tag) {
      const record = changetype<SlotRecord>(<usize>(entry & 0xffffffff));
      if (
        record.key0 == k0 &&
        record.key1 == k1 &&
        record.key2 == k2 &&
        record.key3 == k3 &&
        record.account == <u32>account
      ) {
        if (made != 0) slotTop = made;
        return changetype<usize>(record);
      }
    }
    at = (at + 1) & mask;
  }
}

/** Whether the table has no room for another `more` entries. */
export function internIsFull(which: u32, more: u32): bool {
  const shared = control();
  return which == INDEX_ACCOUNTS
    ? tableFull(shared.accountCount + more, shared.accountIndexMask)
    : tableFull(shared.slotCount + more, shared.slotIndexMask);
}

/** Bytes of an index table are a whole number of chunks; one chunk holds this many entries. */
export const INDEX_MINIMUM: u32 = CHUNK_SIZE >> 3;

/** Makes an empty table of `capacity` entries, a power of two and at least INDEX_MINIMUM. */
export function indexCreate(which: u32, capacity: u32): void {
  indexInstall(which, allocateChunks(indexChunks(capacity), Chunk.Index), capacity);
}

/** Number of chunks of a table of `capacity` entries. */
export function indexChunks(capacity: u32): u32 {
  return capacity / INDEX_MINIMUM;
}

/** Makes the chunks at `table` the empty table of `capacity` entries. */
export function indexInstall(which: u32, table: usize, capacity: u32): void {
  const bytes = (<usize>capacity) << 3;
  memory.fill(table, 0, bytes);
  const shared = control();
  if (which == INDEX_ACCOUNTS) {
    shared.accountIndex = <u32>table;
    shared.accountIndexMask = capacity - 1;
    shared.accountCount = 0;
  } else {
    shared.slotIndex = <u32>table;
    shared.slotIndexMask = capacity - 1;
    shared.slotCount = 0;
  }
  addCacheBytes(bytes);
}

/** Enters a finished record that is not in the table yet. One worker alone. */
export function indexEnter(which: u32, record: usize): void {
  drawKeys();
  const shared = control();
  const accounts = which == INDEX_ACCOUNTS;
  const table = <usize>(accounts ? shared.accountIndex : shared.slotIndex);
  const mask = accounts ? shared.accountIndexMask : shared.slotIndexMask;
  const hash = recordHash(which, record);
  let at = <u32>(hash >> 32) & mask;
  while (load<u64>(table + ((<usize>at) << 3)) != 0) at = (at + 1) & mask;
  store<u64>(table + ((<usize>at) << 3), ((<u64>(<u32>hash)) << 32) | <u64>record);
  if (accounts) shared.accountCount += 1;
  else shared.slotCount += 1;
}
