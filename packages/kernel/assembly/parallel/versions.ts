// Versions: what the block's transactions wrote to a location, newest transaction first.
//
// A location's head (in its record) is epoch << 32 | newest Version. A node is inserted by one compare-and-swap
// and never taken out; only its flags change. Of nodes of one transaction the first (newest incarnation) counts.

import { abortTransaction } from "../host";
import { arenaAllocate } from "../memory/arena";
import { control } from "../memory/layout";
import { AccountRecord, FIELD_SLOT, SlotRecord } from "../state/records";
import { Abort } from "../status";

/** The transaction was aborted and will probably write here again: readers wait for it. */
export const VERSION_ESTIMATE: u32 = 1;
/** The transaction's newest incarnation did not write here. */
export const VERSION_ABSENT: u32 = 2;

@unmanaged
export class Version {
  next: u32;
  transaction: u32;
  incarnation: u32;
  /** Atomic: VERSION_ESTIMATE, VERSION_ABSENT. */
  flags: u32;
  value0: u64;
  value1: u64;
  value2: u64;
  value3: u64;
}

/** Pointer to a version's value, a word (life: exists and wipe in the two lower limbs; code: its hash). */
export function versionValue(version: usize): usize {
  return version + offsetof<Version>("value0");
}

/** Where the head of the location's list stands. */
export function versionHead(location: u32): usize {
  const field = location & 7;
  const record = <usize>(location & ~7);
  return field == FIELD_SLOT
    ? record + offsetof<SlotRecord>("head")
    : record + offsetof<AccountRecord>("balanceHead") + ((<usize>field) << 3);
}

/** Newest version written by a transaction before `before`, or 0: none. May leave with Abort.Estimate. */
export function versionRead(location: u32, before: u32): usize {
  const head = atomic.load<u64>(versionHead(location));
  if (<u32>(head >> 32) != control().epoch) return 0;
  let at = <usize>(head & 0xffffffff);
  while (at != 0) {
    const version = changetype<Version>(at);
    const transaction = version.transaction;
    if (transaction < before) {
      const flags = atomic.load<u32>(at + offsetof<Version>("flags"));
      if (flags == 0) return at;
      if ((flags & VERSION_ABSENT) == 0) abortTransaction(Abort.Estimate, transaction);
      // Absent: older incarnations of the same transaction are shadowed too.
      do {
        at = atomic.load<u32>(at);
      } while (at != 0 && changetype<Version>(at).transaction == transaction);
    } else {
      at = atomic.load<u32>(at);
    }
  }
  return 0;
}

/** Publishes a value that transaction `transaction` wrote: a new node in the list. Returns it. */
export function versionInsert(location: u32, transaction: u32, incarnation: u32, value: usize): usize {
  const node = arenaAllocate(offsetof<Version>());
  const version = changetype<Version>(node);
  version.transaction = transaction;
  version.incarnation = incarnation;
  version.flags = 0;
  memory.copy(node + offsetof<Version>("value0"), value, 32);
  const head = versionHead(location);
  const epoch = control().epoch;
  while (true) {
    const first = atomic.load<u64>(head);
    let next: usize = <u32>(first >> 32) == epoch ? <usize>(first & 0xffffffff) : 0;
    if (next == 0 || changetype<Version>(next).transaction <= transaction) {
      version.next = <u32>next;
      const mine = ((<u64>epoch) << 32) | <u64>node;
      if (atomic.cmpxchg<u64>(head, first, mine) == first) return node;
      continue;
    }
    let before = next;
    while (true) {
      next = <usize>atomic.load<u32>(before);
      if (next != 0 && changetype<Version>(next).transaction > transaction) {
        before = next;
        continue;
      }
      version.next = <u32>next;
      if (atomic.cmpxchg<u32>(before, <u32>next, <u32>node) == <u32>next) return node;
    }
  }
}

/** One worker alone, transactions in order: the newest node is overwritten, so that no list grows. */
export function versionOverwrite(location: u32, transaction: u32, value: usize): void {
  const head = versionHead(location);
  const first = load<u64>(head);
  if (<u32>(first >> 32) != control().epoch) {
    versionInsert(location, transaction, 0, value);
    return;
  }
  const node = <usize>(first & 0xffffffff);
  const version = changetype<Version>(node);
  version.transaction = transaction;
  version.incarnation = 0;
  version.flags = 0;
  memory.copy(node + offsetof<Version>("value0"), value, 32);
}

/** Marks what transaction `transaction` last published at the location; no effect where it published nothing. */
export function versionMark(location: u32, transaction: u32, flags: u32): void {
  const head = atomic.load<u64>(versionHead(location));
  if (<u32>(head >> 32) != control().epoch) return;
  let at = <usize>(head & 0xffffffff);
  while (at != 0 && changetype<Version>(at).transaction > transaction) at = <usize>atomic.load<u32>(at);
  if (at != 0 && changetype<Version>(at).transaction == transaction) {
    atomic.store<u32>(at + offsetof<Version>("flags"), flags);
  }
}
