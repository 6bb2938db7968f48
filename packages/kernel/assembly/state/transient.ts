// Transient storage (EIP-1153): lives in the view alone, so it is found by (account, key) without interning.

import { allocateChunks, arenaAllocate } from "../memory/arena";
import { CHUNK_SIZE, Chunk, control } from "../memory/layout";
import { wordCopy, wordEquals, wordIsZero, wordZero } from "../word/word";
import { hashSlotKey } from "./intern";
import { journalValue } from "./journal";
import { LocalAccount } from "./local";

@unmanaged
class Transient {
  /** The AccountRecord. */
  account: u32;
  unused: u32;
  key0: u64;
  key1: u64;
  key2: u64;
  key3: u64;
  value0: u64;
  value1: u64;
  value2: u64;
  value3: u64;
}

const FIRST_CAPACITY: u32 = 1024;

let table: usize = 0;
let tableEpoch: u32 = 0;
let mask: u32 = 0;
let used: u32 = 0;
let stamp: u32 = 0;

/** Forgets all transient storage. */
export function transientBegin(): void {
  if (used == 0) return;
  used = 0;
  if (++stamp == 0) tableEpoch = 0;
}

function makeTable(capacity: u32): void {
  const bytes = (<usize>capacity) << 3;
  table = allocateChunks(<u32>((bytes + CHUNK_SIZE - 1) / CHUNK_SIZE), Chunk.Block);
  memory.fill(table, 0, bytes);
  mask = capacity - 1;
}

/** Where the entry of (account, key) is or would stand. */
function place(account: u32, key: usize): usize {
  let at = <u32>(hashSlotKey(account, key) >> 32) & mask;
  while (true) {
    const slot = table + ((<usize>at) << 3);
    const entry = load<u64>(slot);
    if (<u32>(entry >> 32) != stamp) return slot;
    const found = <usize>(entry & 0xffffffff);
    if (
      changetype<Transient>(found).account == account &&
      wordEquals(found + offsetof<Transient>("key0"), key)
    ) {
      return slot;
    }
    at = (at + 1) & mask;
  }
}

function prepare(): void {
  const epoch = control().epoch;
  if (table != 0 && tableEpoch == epoch) return;
  makeTable(FIRST_CAPACITY);
  tableEpoch = epoch;
  stamp = 1;
}

function grow(): void {
  const old = table;
  const oldCapacity = mask + 1;
  makeTable(oldCapacity * 4);
  for (let i: u32 = 0; i < oldCapacity; i++) {
    const entry = load<u64>(old + ((<usize>i) << 3));
    if (<u32>(entry >> 32) != stamp) continue;
    const found = <usize>(entry & 0xffffffff);
    store<u64>(place(changetype<Transient>(found).account, found + offsetof<Transient>("key0")), entry);
  }
}

export function transientLoad(a: usize, key: usize, result: usize): void {
  if (used != 0) {
    const entry = load<u64>(place(changetype<LocalAccount>(a).record, key));
    if (<u32>(entry >> 32) == stamp) {
      wordCopy(result, <usize>(entry & 0xffffffff) + offsetof<Transient>("value0"));
      return;
    }
  }
  wordZero(result);
}

export function transientStore(a: usize, key: usize, value: usize): void {
  prepare();
  const account = changetype<LocalAccount>(a).record;
  let slot = place(account, key);
  const entry = load<u64>(slot);
  let found: usize;
  if (<u32>(entry >> 32) == stamp) {
    found = <usize>(entry & 0xffffffff);
  } else {
    if (wordIsZero(value)) return;
    if (used * 2 > mask) {
      grow();
      slot = place(account, key);
    }
    found = arenaAllocate(offsetof<Transient>());
    changetype<Transient>(found).account = account;
    wordCopy(found + offsetof<Transient>("key0"), key);
    wordZero(found + offsetof<Transient>("value0"));
    store<u64>(slot, ((<u64>stamp) << 32) | <u64>found);
    used++;
  }
  const current = found + offsetof<Transient>("value0");
  journalValue(current);
  wordCopy(current, value);
}
