// Versions: what the block's transactions wrote to a location, newest transaction first.
//
// A location's head (in its record) is epoch << 32 | newest Version. A node is inserted by one compare-and-swap
// and never taken out; only its flags change. Of nodes of one transaction the first (newest incarnation) counts.
//
// A version is absolute, or a delta: what the transaction adds to the value before it (docs/deltas.md). At the
// transaction's commit a delta gets its absolute value beside it.

import { abortTransaction } from "../host";
import { arenaAllocate } from "../memory/arena";
import { Control, control } from "../memory/layout";
import { MODE_CLAIMED, viewMode } from "../state/mode";
import { beforeSwap } from "../state/races";
import { AccountRecord, FIELD_CODE, FIELD_LIFE, FIELD_SLOT, SlotRecord } from "../state/records";
import { Abort } from "../status";
import { wordAdd, wordCopy, wordSubtract, wordZero } from "../word/word";

/** The transaction was aborted and will probably write here again: readers wait for it. */
export const VERSION_ESTIMATE: u32 = 1;
/** The transaction's newest incarnation did not write here. */
export const VERSION_ABSENT: u32 = 2;
/** Its value is to be added to the one before. */
const VERSION_DELTA: u32 = 4;
/** It was a delta; its absolute value stands in `resolved…`. */
const VERSION_RESOLVED: u32 = 8;
const NOT_THERE: u32 = VERSION_ESTIMATE | VERSION_ABSENT;

@unmanaged
export class Version {
  next: u32;
  transaction: u32;
  incarnation: u32;
  /** Atomic: VERSION_…. */
  flags: u32;
  value0: u64;
  value1: u64;
  value2: u64;
  value3: u64;
}

/** A version that began as a delta. */
@unmanaged
class DeltaVersion extends Version {
  /** What its transaction took the value to be after it: a guess, for others' guesses. */
  guess0: u64;
  guess1: u64;
  guess2: u64;
  guess3: u64;
  resolved0: u64;
  resolved1: u64;
  resolved2: u64;
  resolved3: u64;
}

function versionFlags(version: usize): u32 {
  return atomic.load<u32>(version + offsetof<Version>("flags"));
}

/**
 * Pointer to an absolute version's value, a word (life: exists and wipe in the two lower limbs; code: its hash).
 */
export function versionValue(version: usize): usize {
  return (versionFlags(version) & VERSION_RESOLVED) != 0
    ? version + offsetof<DeltaVersion>("resolved0")
    : version + offsetof<Version>("value0");
}

/** Whether the version has no value of its own yet: `versionSum`. */
export function versionIsDelta(version: usize): bool {
  return (versionFlags(version) & VERSION_DELTA) != 0;
}

/** Where the head of the location's list stands. */
export function versionHead(location: u32): usize {
  const field = location & 7;
  const record = <usize>(location & ~7);
  return field == FIELD_SLOT
    ? record + offsetof<SlotRecord>("head")
    : record + offsetof<AccountRecord>("balanceHead") + ((<usize>field) << 3);
}

function isCodeOrLife(location: u32): bool {
  return (location & 7) - FIELD_CODE <= FIELD_LIFE - FIELD_CODE;
}

/** Comes before the head of the location's list is changed: from now on lists of codes and lives are looked at. */
export function versionAnnounce(location: u32): void {
  if (!isCodeOrLife(location)) return;
  const shared = control();
  const published = changetype<usize>(shared) + offsetof<Control>("codeOrLifeEpoch");
  if (atomic.load<u32>(published) != shared.epoch) atomic.store<u32>(published, shared.epoch);
}

/**
 * Newest version written by a transaction before `before`, or 0: none. May be a delta. Leaves with Abort.Estimate where
 * it is an estimate.
 */
export function versionRead(location: u32, before: u32): usize {
  const shared = control();
  const epoch = shared.epoch;
  if (isCodeOrLife(location)) {
    const published = atomic.load<u32>(changetype<usize>(shared) + offsetof<Control>("codeOrLifeEpoch"));
    if (published != epoch) return 0;
  }
  const head = atomic.load<u64>(versionHead(location));
  if (<u32>(head >> 32) != epoch) return 0;
  const newest = <usize>(head & 0xffffffff);
  if (viewMode == MODE_CLAIMED) return claimedBefore(newest, before);
  return versionFrom(newest, before, true);
}

/**
 * As `versionRead`, but takes an estimate for what it was before: for guesses, of which not more than predicates is checked
 * at commit.
 */
export function versionGuess(location: u32, before: u32): usize {
  const head = atomic.load<u64>(versionHead(location));
  if (<u32>(head >> 32) != control().epoch) return 0;
  return versionFrom(<usize>(head & 0xffffffff), before, false);
}

/** Pointer to the word that a version found by `versionGuess` is taken to give. */
export function versionGuessed(version: usize): usize {
  return versionIsDelta(version) ? version + offsetof<DeltaVersion>("guess0") : versionValue(version);
}

/** What `versionRead` gives for the transaction that has published `own` in the location's list, without a search. */
export function versionBefore(own: usize): usize {
  return versionFrom(<usize>atomic.load<u32>(own), changetype<Version>(own).transaction, true);
}

/** The first version from `at` on that counts for transaction `before`, or 0. */
function versionFrom(first: usize, before: u32, waits: bool): usize {
  let at = first;
  while (at != 0) {
    const version = changetype<Version>(at);
    const transaction = version.transaction;
    if (transaction < before) {
      const flags = versionFlags(at) & NOT_THERE;
      if (flags == 0) return at;
      if ((flags & VERSION_ABSENT) == 0) {
        if (!waits) return at;
        abortTransaction(Abort.Estimate, transaction);
      }
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

/**
 * What stands in an execution for a read that rests on a delta, `version`, and maybe others. It is no version's pointer, so
 * that the read is checked by its value.
 */
export function versionSummed(version: usize): usize {
  return version | 1;
}

/** The newest version of those that were summed up for a read, or the one that was read. */
export function versionNode(read: u32): usize {
  return <usize>(read & ~1);
}

/**
 * Adds up `version` and those behind it as far as an absolute one, where transactions before `oldest` do not count. False:
 * there was none, what the block began with is to be added. May leave with Abort.Estimate.
 */
export function versionSum(version: usize, oldest: u64, result: usize): bool {
  wordZero(result);
  let at = version;
  while (at != 0 && <u64>changetype<Version>(at).transaction >= oldest) {
    if (!versionIsDelta(at)) {
      wordAdd(result, result, versionValue(at));
      return true;
    }
    wordAdd(result, result, versionAddend(at));
    at = versionBefore(at);
  }
  return false;
}

/** Pointer to what a delta adds, a word. */
function versionAddend(delta: usize): usize {
  return delta + offsetof<Version>("value0");
}

/** A delta that is not in a list yet, of a value found to be `read` and left as `value`; `versionLink` follows. */
export function versionNewDelta(transaction: u32, incarnation: u32, read: usize, value: usize): usize {
  const node = arenaAllocate(offsetof<DeltaVersion>());
  const version = changetype<Version>(node);
  version.transaction = transaction;
  version.incarnation = incarnation;
  version.flags = VERSION_DELTA;
  wordSubtract(versionAddend(node), value, read);
  wordCopy(node + offsetof<DeltaVersion>("guess0"), value);
  return node;
}

/** Gives a delta its absolute value, the word at `value`: all before its transaction is final. */
export function versionResolve(node: usize, value: usize): void {
  wordCopy(node + offsetof<DeltaVersion>("resolved0"), value);
  atomic.store<u32>(node + offsetof<Version>("flags"), VERSION_RESOLVED);
}

/** Marks a version (VERSION_ESTIMATE, VERSION_ABSENT); it stays what it is. For who owns its transaction. */
export function versionMark(node: usize, mark: u32): void {
  const flags = versionFlags(node) & ~NOT_THERE;
  atomic.store<u32>(node + offsetof<Version>("flags"), flags | mark);
}

/**
 * The newest claim before transaction `before`, or 0. Claims of a location stand one behind the other, oldest first, and
 * the newest one's incarnation is the number of those before it (claims-publish.ts): some have one of every transaction.
 */
function claimedBefore(newest: usize, before: u32): usize {
  if (changetype<Version>(newest).transaction < before) return newest;
  let low: u32 = 0;
  let high = changetype<Version>(newest).incarnation;
  const oldest = newest - <usize>high * offsetof<Version>();
  while (low < high) {
    const middle = (low + high) >> 1;
    if (changetype<Version>(oldest + <usize>middle * offsetof<Version>()).transaction < before)
      low = middle + 1;
    else high = middle;
  }
  return low == 0 ? 0 : oldest + <usize>(low - 1) * offsetof<Version>();
}

/** A node that is not in a list yet: fill its value, then `versionLink` it. */
export function versionNew(transaction: u32, incarnation: u32): usize {
  const node = arenaAllocate(offsetof<Version>());
  const version = changetype<Version>(node);
  version.transaction = transaction;
  version.incarnation = incarnation;
  version.flags = 0;
  return node;
}

/** Publishes a finished node in the location's list. */
export function versionLink(location: u32, node: usize): void {
  const version = changetype<Version>(node);
  const transaction = version.transaction;
  versionAnnounce(location);
  const head = versionHead(location);
  const epoch = control().epoch;
  const mine = ((<u64>epoch) << 32) | <u64>node;
  while (true) {
    const first = atomic.load<u64>(head);
    const newest: usize = <u32>(first >> 32) == epoch ? <usize>(first & 0xffffffff) : 0;
    if (newest == 0 || changetype<Version>(newest).transaction <= transaction) {
      version.next = <u32>newest;
      beforeSwap(head);
      if (atomic.cmpxchg<u64>(head, first, mine) == first) return;
      continue;
    }
    // Nodes are never taken out, so the search for the place may go on from any node that stays before it.
    let before = newest;
    while (true) {
      const next = <usize>atomic.load<u32>(before);
      if (next != 0 && changetype<Version>(next).transaction > transaction) {
        before = next;
        continue;
      }
      version.next = <u32>next;
      beforeSwap(before);
      if (atomic.cmpxchg<u32>(before, <u32>next, <u32>node) == <u32>next) return;
    }
  }
}

/**
 * One worker alone, transactions in order: the node whose value is to be overwritten in place, so that no list
 * grows. What other transactions wrote to the location is forgotten.
 */
export function versionInPlace(location: u32, transaction: u32): usize {
  versionAnnounce(location);
  const head = versionHead(location);
  const first = load<u64>(head);
  const epoch = control().epoch;
  if (<u32>(first >> 32) == epoch) {
    const node = <usize>(first & 0xffffffff);
    const version = changetype<Version>(node);
    version.next = 0;
    version.transaction = transaction;
    version.incarnation = 0;
    version.flags = 0;
    return node;
  }
  const node = versionNew(transaction, 0);
  changetype<Version>(node).next = 0;
  store<u64>(head, ((<u64>epoch) << 32) | <u64>node);
  return node;
}

/** The newest node of transaction `transaction` at the location, or 0. */
export function versionOf(location: u32, transaction: u32): usize {
  const head = atomic.load<u64>(versionHead(location));
  if (<u32>(head >> 32) != control().epoch) return 0;
  let at = <usize>(head & 0xffffffff);
  while (at != 0 && changetype<Version>(at).transaction > transaction) at = <usize>atomic.load<u32>(at);
  return at != 0 && changetype<Version>(at).transaction == transaction ? at : 0;
}
