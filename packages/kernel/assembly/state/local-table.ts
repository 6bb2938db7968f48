// Which of the view's own entries belongs to a record: a small table of this worker, keyed by record pointer.
// Entries carry a stamp, so that a new transaction finds the table empty without clearing it.

import { allocateChunks } from "../memory/arena";
import { CHUNK_SIZE, Chunk, control } from "../memory/layout";
import { LocalAccount } from "./local";

const FIRST_CAPACITY: u32 = 4096;

let table: usize = 0;
let tableEpoch: u32 = 0;
let mask: u32 = 0;
let used: u32 = 0;
let stamp: u32 = 0;
let multiplier: u64 = 1;

function makeTable(capacity: u32): void {
  const bytes = (<usize>capacity) << 3;
  table = allocateChunks(<u32>((bytes + CHUNK_SIZE - 1) / CHUNK_SIZE), Chunk.Block);
  memory.fill(table, 0, bytes);
  mask = capacity - 1;
}

/** Forgets all entries. The table lives in the block's chunks: a new epoch makes a new one. */
export function localTableBegin(): void {
  const shared = control();
  if (table == 0 || tableEpoch != shared.epoch) {
    makeTable(FIRST_CAPACITY);
    tableEpoch = shared.epoch;
    multiplier = (shared.seed ^ 0x9e3779b97f4a7c15) | 1;
    stamp = 0;
  }
  if (++stamp == 0) {
    memory.fill(table, 0, (<usize>mask + 1) << 3);
    stamp = 1;
  }
  used = 0;
}

function place(record: u32): u32 {
  return <u32>((<u64>record * multiplier) >> 32) & mask;
}

/** The entry of `record`, or 0. */
export function localFind(record: usize): usize {
  let at = place(<u32>record);
  while (true) {
    const entry = load<u64>(table + ((<usize>at) << 3));
    if (<u32>(entry >> 32) != stamp) return 0;
    const local = <usize>(entry & 0xffffffff);
    if (changetype<LocalAccount>(local).record == <u32>record) return local;
    at = (at + 1) & mask;
  }
}

function enter(local: usize): void {
  let at = place(changetype<LocalAccount>(local).record);
  while (<u32>(load<u64>(table + ((<usize>at) << 3)) >> 32) == stamp) at = (at + 1) & mask;
  store<u64>(table + ((<usize>at) << 3), ((<u64>stamp) << 32) | <u64>local);
}

/** Enters a LocalAccount or LocalSlot whose record is not in the table. */
export function localEnter(local: usize): void {
  if (used * 2 > mask) {
    const old = table;
    const oldCapacity = mask + 1;
    makeTable(oldCapacity * 4);
    for (let i: u32 = 0; i < oldCapacity; i++) {
      const entry = load<u64>(old + ((<usize>i) << 3));
      if (<u32>(entry >> 32) == stamp) enter(<usize>(entry & 0xffffffff));
    }
  }
  enter(local);
  used++;
}
