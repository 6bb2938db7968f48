// The slots of a block access list (EIP-7928) as RLP, range by range.

import { arenaAllocate } from "../memory/arena";
import { readAhead } from "../memory/read-ahead";
import { rlpBackList, rlpBackU64, rlpBackWord } from "../rlp/write-back";
import { LocalSlot, WRITTEN_SLOT } from "../state/local";
import { SlotRecord } from "../state/records";
import { accessListWork, localAt, SlotSegment, segmentAt, slotPlace, slotRange } from "./access-list-work";

// Most bytes that parts of the list take with their prefixes of at most 5: a slot's key with its list, [index, value]
// without the bytes of a code.
export const SLOT_BYTES: u64 = 43;
export const CHANGE_BYTES: u64 = 43;

/** Entries in one range; more where a slot has more. */
const RANGE_ENTRIES: u32 = 512;
/** How many entries ahead of its use a slot is read. */
const AHEAD: u32 = 8;

let entries: usize = 0;
/** Storage keys in the range that is encoded. */
let itemCount: u32 = 0;

function slotAt(i: u32): LocalSlot {
  return changetype<LocalSlot>(localAt(entries, i));
}

function slotKey(slot: LocalSlot): usize {
  return <usize>slot.record + offsetof<SlotRecord>("key0");
}

/** Most ranges that `count` entries make. */
export function slotRangeLimit(count: u32): u32 {
  return (count + RANGE_ENTRIES - 1) / RANGE_ENTRIES;
}

/** Cuts the sorted slots into ranges; the entries of one slot stay together. */
export function cutSlotRanges(): void {
  const work = accessListWork();
  const count = work.slotEntryCount;
  entries = <usize>work.slotEntries;
  work.slotRangeCount = 0;
  for (let from: u32 = 0; from < count; ) {
    let to = min<u32>(from + RANGE_ENTRIES, count);
    while (to < count && slotAt(to).record == slotAt(to - 1).record) to++;
    const range = slotRange(work.slotRangeCount++);
    range.from = from;
    range.to = to;
    from = to;
  }
}

/** Index of the first of the entries for the slot of entry `last`. */
function slotStart(last: u32, from: u32): u32 {
  const record = slotAt(last).record;
  let start = last;
  while (start > from && slotAt(start - 1).record == record) start--;
  return start;
}

/** storage_reads of the slots from entry `from` to `to`: those that no execution has changed. */
function backReads(end: usize, from: u32, to: u32): usize {
  let out = end;
  for (let behind = to; behind > from; ) {
    if (behind - from > AHEAD) readAhead(localAt(entries, behind - AHEAD - 1));
    const start = slotStart(behind - 1, from);
    let written: u32 = 0;
    for (let i = start; i < behind; i++) written |= slotAt(i).flags & WRITTEN_SLOT;
    if (written == 0) out = rlpBackWord(out, slotKey(slotAt(start)));
    // Its key is wanted soon, with the changes.
    else readAhead(slotKey(slotAt(start)));
    itemCount++;
    behind = start;
  }
  return out;
}

/** storage_changes of the slots from entry `from` to `to`. */
function backChanges(end: usize, from: u32, to: u32): usize {
  let out = end;
  for (let behind = to; behind > from; ) {
    const start = slotStart(behind - 1, from);
    const itemEnd = out;
    let changes = out;
    for (let i = behind; i > start; i--) {
      const slot = slotAt(i - 1);
      if ((slot.flags & WRITTEN_SLOT) == 0) continue;
      const changeEnd = changes;
      changes = rlpBackWord(changes, changetype<usize>(slot) + offsetof<LocalSlot>("value0"));
      changes = rlpBackList(rlpBackU64(changes, slot.blockAccessIndex), changeEnd);
    }
    if (changes != itemEnd) {
      const list = rlpBackList(changes, itemEnd);
      out = rlpBackList(rlpBackWord(list, slotKey(slotAt(start))), itemEnd);
    }
    behind = start;
  }
  return out;
}

/** Encodes range `index` of the slots, on any worker; may be done again. */
export function encodeSlotRange(index: u32): void {
  const range = slotRange(index);
  const from = range.from;
  entries = <usize>accessListWork().slotEntries;
  itemCount = 0;
  let accounts: u32 = 1;
  let changes: u32 = 0;
  for (let i = from; i < range.to; i++) {
    const slot = slotAt(i);
    if ((slot.flags & WRITTEN_SLOT) != 0) changes++;
    if (i > from && slotPlace(slot) != slotPlace(slotAt(i - 1))) accounts++;
  }
  const room = <usize>(range.to - from) * <usize>SLOT_BYTES + <usize>changes * <usize>CHANGE_BYTES;
  let end = arenaAllocate(room + 8) + room;
  range.result = <u32>arenaAllocate(<usize>accounts * offsetof<SlotSegment>());
  range.length = accounts;
  for (let to = range.to; to > from; ) {
    const place = slotPlace(slotAt(to - 1));
    let first = to - 1;
    while (first > from && slotPlace(slotAt(first - 1)) == place) first--;
    const segment = segmentAt(range, --accounts);
    const reads = backReads(end, first, to);
    const changed = backChanges(reads, first, to);
    segment.place = place;
    segment.reads = <u32>reads;
    segment.readsLength = <u32>(end - reads);
    segment.changes = <u32>changed;
    segment.changesLength = <u32>(reads - changed);
    end = changed;
    to = first;
  }
  range.items = itemCount;
}
