// What the steps of a block access list (access-list.ts) share: it lies in the block arena, and
// BlockResult.accessListWork is its address, as every step may be another worker's.

import { LocalAccount, LocalSlot } from "../state/local";
import { blockResult } from "./result";

@unmanaged
export class AccessListWork {
  /** Sorted entries of sort.ts: every accessed LocalAccount, every read or written LocalSlot. */
  accountEntries: u32;
  accountEntryCount: u32;
  slotEntries: u32;
  slotEntryCount: u32;
  /** Arrays of EntryRange. */
  accountRanges: u32;
  accountRangeCount: u32;
  slotRanges: u32;
  slotRangeCount: u32;
  /** Where the fee recipient's balance changes: array of CoinbaseBalance. */
  coinbaseBalances: u32;
  coinbaseBalanceCount: u32;
}

/** Neighbouring entries that one worker encodes: of whole accounts, or of whole slots. */
@unmanaged
export class EntryRange {
  from: u32;
  to: u32;
  /** Of accounts: their RLP. Of slots: array of SlotSegment. */
  result: u32;
  /** Bytes of that, or number of segments. */
  length: u32;
  /** Addresses or storage keys in it. */
  items: u32;
}

/** The slots of one account in a range: a part of its storage_changes and of its storage_reads, without their prefixes. */
@unmanaged
export class SlotSegment {
  place: u32;
  changes: u32;
  changesLength: u32;
  reads: u32;
  readsLength: u32;
}

export function accessListWork(): AccessListWork {
  return changetype<AccessListWork>(<usize>blockResult().accessListWork);
}

export function accountRange(index: u32): EntryRange {
  return changetype<EntryRange>(
    <usize>accessListWork().accountRanges + <usize>index * offsetof<EntryRange>(),
  );
}

export function slotRange(index: u32): EntryRange {
  return changetype<EntryRange>(<usize>accessListWork().slotRanges + <usize>index * offsetof<EntryRange>());
}

export function segmentAt(range: EntryRange, index: u32): SlotSegment {
  return changetype<SlotSegment>(<usize>range.result + <usize>index * offsetof<SlotSegment>());
}

/** The LocalAccount or LocalSlot of an entry. */
export function localAt(entries: usize, i: u32): usize {
  return <usize>(load<u64>(entries + ((<usize>i) << 3)) & 0xffffffff);
}

/** Place of the slot's account in the list. Whoever reads a slot has accessed its account before. */
export function slotPlace(slot: LocalSlot): u32 {
  return changetype<LocalAccount>(<usize>slot.account).place;
}
