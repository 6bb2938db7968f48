// What the host does with the state between blocks: set up, grow, load, look up.

import { freeChunks, freeChunksOf } from "../memory/arena";
import { Chunk, Control, control } from "../memory/layout";
import { readAhead } from "../memory/read-ahead";
import { wordCopy, wordIsZero } from "../word/word";
import {
  INDEX_ACCOUNTS,
  INDEX_MINIMUM,
  INDEX_SLOTS,
  indexCreate,
  indexEnter,
  internAccount,
  internIsFull,
  internSlot,
} from "./intern";
import { AccountRecord, Loaded, SlotRecord } from "./records";

/**
 * Forgets all accounts and slots and makes empty tables. Called first of all, and whenever the host changes to
 * another chain; Control.seed must be set. Nothing may run.
 */
export function internReset(): void {
  const shared = control();
  let freed = freeChunksOf(Chunk.Accounts) + freeChunksOf(Chunk.Slots);
  if (shared.accountIndex != 0) {
    freed += (<u64>shared.accountIndexMask + 1) << 3;
    freeChunks(<usize>shared.accountIndex);
  }
  if (shared.slotIndex != 0) {
    freed += (<u64>shared.slotIndexMask + 1) << 3;
    freeChunks(<usize>shared.slotIndex);
  }
  atomic.sub<u64>(changetype<usize>(shared) + offsetof<Control>("cacheBytes"), freed);
  shared.recordGeneration += 1;
  indexCreate(INDEX_ACCOUNTS, INDEX_MINIMUM);
  indexCreate(INDEX_SLOTS, INDEX_MINIMUM);
}

/** Entries that `internGrow` reads their records ahead. */
const GROW_AHEAD: u32 = 16;

/** Doubles a table (INDEX_ACCOUNTS, INDEX_SLOTS). Between attempts: no worker may be inside a block. */
export function internGrow(which: u32): void {
  const shared = control();
  const accounts = which == INDEX_ACCOUNTS;
  const old = <usize>(accounts ? shared.accountIndex : shared.slotIndex);
  const capacity = (accounts ? shared.accountIndexMask : shared.slotIndexMask) + 1;
  indexCreate(which, capacity * 2);
  for (let i: u32 = 0; i < capacity; i++) {
    // The records lie anywhere: where none is, address 0 is read.
    if (i + GROW_AHEAD < capacity) readAhead(<usize>load<u32>(old + ((<usize>(i + GROW_AHEAD)) << 3)));
    const entry = load<u64>(old + ((<usize>i) << 3));
    if (entry != 0) indexEnter(which, <usize>(entry & 0xffffffff));
  }
  freeChunks(old);
  atomic.sub<u64>(changetype<usize>(shared) + offsetof<Control>("cacheBytes"), (<u64>capacity) << 3);
}

/** Makes room for `more` new entries. Between blocks. */
export function internReserve(which: u32, more: u32): void {
  while (internIsFull(which, more)) internGrow(which);
}

/** The account's record, made where there is none. Between blocks, or for a location a worker asked for. */
export function stateAccountRecord(address: usize): usize {
  // A location that a running block asked for is there, so that the table never has to grow under a worker.
  return internAccount(address);
}

/** The slot's record, made where there is none. */
export function stateSlotRecord(address: usize, key: usize): usize {
  return internSlot(internAccount(address), key);
}

/**
 * Sets an account's committed state. `address` and `balance` are words, `codeHash` and `storageRoot` 32 raw bytes.
 * `exists` 0 = is not in the trie. The code is interned separately (codeIntern).
 * Room in the table is the caller's business (`internReserve`), except for a location that a worker asked for.
 */
export function stateLoadAccount(
  address: usize,
  nonce: u64,
  balance: usize,
  codeHash: usize,
  storageRoot: usize,
  exists: u32,
): usize {
  const pointer = internAccount(address);
  const record = changetype<AccountRecord>(pointer);
  record.nonce = nonce;
  wordCopy(pointer + offsetof<AccountRecord>("balance0"), balance);
  memory.copy(pointer + offsetof<AccountRecord>("codeHash0"), codeHash, 32);
  memory.copy(pointer + offsetof<AccountRecord>("storageRoot0"), storageRoot, 32);
  record.code = 0;
  record.exists = exists;
  atomic.store<u32>(pointer + offsetof<AccountRecord>("loaded"), Loaded.Yes);
  return pointer;
}

/** Sets a slot's committed value; all three are words. */
export function stateLoadSlot(address: usize, key: usize, value: usize): usize {
  const account = internAccount(address);
  const pointer = internSlot(account, key);
  const record = changetype<SlotRecord>(pointer);
  const current = pointer + offsetof<SlotRecord>("value0");
  const owner = changetype<AccountRecord>(account);
  const was = record.generation == owner.generation && !wordIsZero(current);
  const is = !wordIsZero(value);
  if (is && !was) owner.slotCount += 1;
  if (was && !is) owner.slotCount -= 1;
  wordCopy(current, value);
  record.generation = owner.generation;
  atomic.store<u32>(pointer + offsetof<SlotRecord>("loaded"), Loaded.Yes);
  return pointer;
}
