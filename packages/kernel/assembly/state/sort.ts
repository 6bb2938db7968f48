// Sorting records by address or key, for the change list and the block access list.
//
// Entries are prefix << 32 | record, the prefix being the key's upper 32 bits: a radix sort on the prefix does nearly
// all of the work, a merge sort with full comparison the runs of equal prefixes (small slot numbers, precompiles).

import { LocalAccount } from "./local";
import { AccountRecord, SlotRecord } from "./records";

/** What the entries' lower halves point to: records, or a view's own copies of them (local.ts). */
export const SORT_ACCOUNTS: u32 = 0;
export const SORT_SLOTS: u32 = 1;
export const SORT_LOCAL_ACCOUNTS: u32 = 2;
export const SORT_LOCAL_SLOTS: u32 = 3;

const DIGIT_BITS: u32 = 11;
const BUCKETS: usize = 1 << DIGIT_BITS;
/** Bytes of scratch space for `count` entries. */
export function sortScratchSize(count: u32): usize {
  return ((<usize>count + BUCKETS / 2) << 3) + 8;
}

/** An AccountRecord's entry. */
export function accountSortEntry(record: usize): u64 {
  return ((<u64>changetype<AccountRecord>(record).address2) << 32) | <u64>record;
}

/** A SlotRecord's entry. */
export function slotSortEntry(record: usize): u64 {
  return (changetype<SlotRecord>(record).key3 & 0xffffffff00000000) | <u64>record;
}

/** The record of a LocalAccount or LocalSlot. */
function localRecord(local: usize): usize {
  return <usize>changetype<LocalAccount>(local).record;
}

/** A LocalAccount's entry. */
export function localAccountSortEntry(a: usize): u64 {
  return (changetype<LocalAccount>(a).address2 << 32) | <u64>a;
}

/** A LocalSlot's entry. */
export function localSlotSortEntry(s: usize): u64 {
  return (changetype<SlotRecord>(localRecord(s)).key3 & 0xffffffff00000000) | <u64>s;
}

function accountLess(a: usize, b: usize): bool {
  const x = changetype<AccountRecord>(a);
  const y = changetype<AccountRecord>(b);
  if (x.address2 != y.address2) return x.address2 < y.address2;
  if (x.address1 != y.address1) return x.address1 < y.address1;
  return x.address0 < y.address0;
}

/** Whether the key of one SlotRecord is below that of another. */
export function slotLess(a: usize, b: usize): bool {
  const x = changetype<SlotRecord>(a);
  const y = changetype<SlotRecord>(b);
  if (x.key3 != y.key3) return x.key3 < y.key3;
  if (x.key2 != y.key2) return x.key2 < y.key2;
  if (x.key1 != y.key1) return x.key1 < y.key1;
  return x.key0 < y.key0;
}

function less(kind: u32, a: u64, b: u64): bool {
  let x = <usize>(a & 0xffffffff);
  let y = <usize>(b & 0xffffffff);
  if (kind >= SORT_LOCAL_ACCOUNTS) {
    x = localRecord(x);
    y = localRecord(y);
    if (x == y) return false;
  }
  return (kind & SORT_SLOTS) != 0 ? slotLess(x, y) : accountLess(x, y);
}

function insertionSort(entries: usize, count: u32, kind: u32): void {
  for (let i: u32 = 1; i < count; i++) {
    const entry = load<u64>(entries + ((<usize>i) << 3));
    let at = entries + ((<usize>i) << 3);
    while (at > entries && less(kind, entry, load<u64>(at - 8))) {
      store<u64>(at, load<u64>(at - 8));
      at -= 8;
    }
    store<u64>(at, entry);
  }
}

/** Merge sort, bottom up from runs of 16. */
function mergeSort(entries: usize, count: u32, scratch: usize, kind: u32): void {
  for (let start: u32 = 0; start < count; start += 16) {
    const length = min(<u32>16, count - start);
    insertionSort(entries + ((<usize>start) << 3), length, kind);
  }
  let from = entries;
  let to = scratch;
  for (let width: u32 = 16; width < count; width *= 2) {
    for (let start: u32 = 0; start < count; start += 2 * width) {
      const middle = from + ((<usize>min(start + width, count)) << 3);
      const end = from + ((<usize>min(start + 2 * width, count)) << 3);
      let left = from + ((<usize>start) << 3);
      let right = middle;
      let out = to + ((<usize>start) << 3);
      while (left < middle && right < end) {
        const x = load<u64>(left);
        const y = load<u64>(right);
        if (less(kind, y, x)) {
          store<u64>(out, y);
          right += 8;
        } else {
          store<u64>(out, x);
          left += 8;
        }
        out += 8;
      }
      memory.copy(out, left, middle - left);
      out += middle - left;
      memory.copy(out, right, end - right);
    }
    const swap = from;
    from = to;
    to = swap;
  }
  if (from != entries) memory.copy(entries, from, (<usize>count) << 3);
}

/** One pass of the radix sort by the digit at `shift`. */
function radixPass(from: usize, to: usize, count: u32, counts: usize, shift: u32): void {
  memory.fill(counts, 0, BUCKETS << 2);
  const end = from + ((<usize>count) << 3);
  for (let at = from; at < end; at += 8) {
    const bucket = counts + ((<usize>((load<u64>(at) >> shift) & (BUCKETS - 1))) << 2);
    store<u32>(bucket, load<u32>(bucket) + 1);
  }
  let sum: u32 = 0;
  for (let bucket = counts; bucket < counts + (BUCKETS << 2); bucket += 4) {
    const size = load<u32>(bucket);
    store<u32>(bucket, sum);
    sum += size;
  }
  for (let at = from; at < end; at += 8) {
    const entry = load<u64>(at);
    const bucket = counts + ((<usize>((entry >> shift) & (BUCKETS - 1))) << 2);
    const place = load<u32>(bucket);
    store<u32>(bucket, place + 1);
    store<u64>(to + ((<usize>place) << 3), entry);
  }
}

/** Sorts entries by their upper 32 bits alone; equal ones keep their order. */
export function sortByPrefix(entries: usize, count: u32, scratch: usize): void {
  const counts = scratch + ((<usize>count) << 3);
  radixPass(entries, scratch, count, counts, 32);
  radixPass(scratch, entries, count, counts, 32 + DIGIT_BITS);
  radixPass(entries, scratch, count, counts, 32 + 2 * DIGIT_BITS);
  memory.copy(entries, scratch, (<usize>count) << 3);
}

/**
 * Sorts entries by address or key, ascending; equal ones, which only local entries can be, keep their order. Slots must
 * be of one account.
 * `scratch` has `sortScratchSize(count)` bytes.
 */
export function sortRecords(entries: usize, count: u32, scratch: usize, kind: u32): void {
  if (count <= 256) {
    mergeSort(entries, count, scratch, kind);
    return;
  }
  sortByPrefix(entries, count, scratch);
  let start: u32 = 0;
  while (start < count) {
    const prefix = load<u64>(entries + ((<usize>start) << 3)) >> 32;
    let end = start + 1;
    while (end < count && load<u64>(entries + ((<usize>end) << 3)) >> 32 == prefix) end++;
    if (end - start > 1) mergeSort(entries + ((<usize>start) << 3), end - start, scratch, kind);
    start = end;
  }
}
