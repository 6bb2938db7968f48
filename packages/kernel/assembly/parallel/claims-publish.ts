// The claims of a list as versions: one for each change, before anything is executed.

import { arenaAllocate } from "../memory/arena";
import { control } from "../memory/layout";
import { readAhead } from "../memory/read-ahead";
import {
  rlpCount,
  rlpItem,
  rlpLength,
  rlpList,
  rlpNext,
  rlpPayload,
  rlpU64,
  rlpValue,
  rlpWord,
} from "../rlp/read";
import { setEmptyHash } from "../state/empty";
import { accountIndexEntry, indexedRecord, internAccount, internSlot, slotIndexEntry } from "../state/intern";
import {
  AccountRecord,
  FIELD_BALANCE,
  FIELD_CODE,
  FIELD_NONCE,
  FIELD_SLOT,
  SlotRecord,
} from "../state/records";
import { codeHash, codeIntern } from "../vm/code";
import { wordCopy, wordZero } from "../word/word";
import {
  ClaimedAccount,
  ClaimedSegment,
  claimedAccount,
  claimedSegment,
  claimedSlot,
  claims,
  claimsInForce,
  SEGMENT_SLOTS,
} from "./claims";
import { claimsNameAccount, claimsNameReadSlot } from "./claims-hold";
import { Version, versionAnnounce, versionHead, versionValue } from "./versions";

/** Accounts of the list in one piece of the decoding phase. */
const CLAIMS_BATCH: u32 = 32;
/** Slots whose records are read ahead of their use. */
const AHEAD: u32 = 16;

/** Pieces of the decoding phase that publish the list: segments of slots first, then accounts. */
export function claimsPieces(): u32 {
  if (!claimsInForce()) return 0;
  return claims().segmentCount + (claims().accountCount + CLAIMS_BATCH - 1) / CLAIMS_BATCH;
}

/** Finds or makes the records of the account and of all slots that the list names of it. */
function internEntry(entry: ClaimedAccount): void {
  const key = arenaAllocate(32);
  const record = internAccount(changetype<usize>(entry) + offsetof<ClaimedAccount>("address0"));
  const end = <usize>entry.end;
  rlpList(<usize>entry.at, end);
  let at = rlpPayload;
  let next = rlpNext;
  let slot = entry.firstSlot;
  while (at < next) {
    rlpList(at, next);
    at = rlpNext;
    rlpWord(rlpPayload, at, key);
    store<u32>(claimedSlot(slot++), <u32>internSlot(record, key));
  }
  rlpList(next, end);
  at = rlpPayload;
  next = rlpNext;
  while (at < next) {
    rlpWord(at, next, key);
    at = rlpNext;
    store<u32>(claimedSlot(slot++), <u32>internSlot(record, key));
  }
  entry.record = <u32>record;
}

/**
 * Makes all records of the list, so that the host can ask its source for what they lack; the block is open and no
 * worker has begun. Room in the tables is the host's business (`internReserve`).
 */
export function claimsIntern(): void {
  for (let i: u32 = 0; i < claims().accountCount; i++) internEntry(claimedAccount(i));
  claims().interned = 1;
}

const VALUE_WORD: u32 = 0;
const VALUE_U64: u32 = 1;
const VALUE_CODE: u32 = 2;

/**
 * Publishes the list of [index, value] at `at` as the location's versions, one behind the other, so that a reader finds
 * its own by halving; returns what follows. The list names each location once: nobody else writes here, and nobody reads
 * before the phase is over.
 */
function publishChanges(location: u32, at: usize, end: usize, kind: u32): usize {
  rlpList(at, end);
  let change = rlpPayload;
  const next = rlpNext;
  if (change == next) return next;
  const count = <u32>rlpCount(change, next);
  let node = arenaAllocate(<usize>count * offsetof<Version>());
  let newest: usize = 0;
  for (let i: u32 = 0; i < count; i++) {
    rlpList(change, next);
    change = rlpNext;
    rlpU64(rlpPayload, change);
    const version = changetype<Version>(node);
    version.transaction = <u32>rlpValue;
    version.incarnation = i;
    version.flags = 0;
    version.next = <u32>newest;
    const value = versionValue(node);
    if (kind == VALUE_WORD) {
      rlpWord(rlpNext, change, value);
    } else if (kind == VALUE_U64) {
      wordZero(value);
      rlpU64(rlpNext, change);
      store<u64>(value, rlpValue);
    } else {
      rlpItem(rlpNext, change);
      if (rlpLength == 0) setEmptyHash(value);
      else wordCopy(value, codeHash(codeIntern(rlpPayload, rlpLength, 0)));
    }
    newest = node;
    node += offsetof<Version>();
  }
  versionAnnounce(location);
  store<u64>(versionHead(location), ((<u64>control().epoch) << 32) | <u64>newest);
  return next;
}

/** What is known of a slot that is published soon. */
@unmanaged
class NextSlot {
  key0: u64;
  key1: u64;
  key2: u64;
  key3: u64;
  /** Its list of changes, and what follows that. */
  changes: u32;
  end: u32;
  /** Where the search for its record begins (state/intern.ts), where it is not made. */
  entry: u32;
  unused: u32;
}

let nextSlots: usize = 0;

function nextSlot(i: u32): NextSlot {
  return changetype<NextSlot>(nextSlots + <usize>i * offsetof<NextSlot>());
}

/** Publishes `count` slots, AHEAD at most, from number `slot` of the account and its item `at` on; returns what follows. */
function publishFewSlots(entry: ClaimedAccount, record: usize, slot: u32, at: usize, count: u32): usize {
  const interned = claims().interned != 0;
  const end = <usize>entry.end;
  // Tables and records are larger than the processor's cache: what all of them wait for is fetched at once.
  let item = at;
  for (let i: u32 = 0; i < count; i++) {
    const next = nextSlot(i);
    rlpList(item, end);
    item = rlpNext;
    rlpWord(rlpPayload, item, changetype<usize>(next));
    next.changes = <u32>rlpNext;
    next.end = <u32>item;
    if (interned) continue;
    next.entry = <u32>slotIndexEntry(record, changetype<usize>(next));
    readAhead(<usize>next.entry);
  }
  const place = claimedSlot(entry.firstSlot + slot);
  for (let i: u32 = 0; i < count; i++) {
    const met = interned
      ? <usize>load<u32>(place + ((<usize>i) << 2))
      : indexedRecord(<usize>nextSlot(i).entry);
    if (met == 0) continue;
    if (!interned) readAhead(met + offsetof<SlotRecord>("key0"));
    readAhead(met + offsetof<SlotRecord>("head"));
  }
  for (let i: u32 = 0; i < count; i++) {
    const next = nextSlot(i);
    const own = place + ((<usize>i) << 2);
    if (!interned) store<u32>(own, <u32>internSlot(record, changetype<usize>(next)));
    publishChanges(load<u32>(own) | FIELD_SLOT, <usize>next.changes, <usize>next.end, VALUE_WORD);
  }
  return item;
}

/** Publishes a segment of the account's changed slots, from number `first` and its item `at` on. */
function publishSlots(entry: ClaimedAccount, record: usize, first: u32, at: usize): void {
  const behind = min<u32>(entry.changedSlots, first + SEGMENT_SLOTS);
  let item = at;
  for (let slot = first; slot < behind; slot += AHEAD) {
    item = publishFewSlots(entry, record, slot, item, min<u32>(AHEAD, behind - slot));
  }
}

/** The account's record; made where it is not. */
function entryRecord(entry: ClaimedAccount): usize {
  if (claims().interned != 0) return <usize>entry.record;
  return internAccount(changetype<usize>(entry) + offsetof<ClaimedAccount>("address0"));
}

/** Marks the slots that the account's list of reads from `at` to `end` names. */
function nameReadSlots(entry: ClaimedAccount, record: usize, from: usize, end: usize): void {
  const key = changetype<usize>(nextSlot(0));
  let place = claimedSlot(entry.firstSlot + entry.changedSlots);
  for (let at = from; at < end; place += 4) {
    if (claims().interned == 0) {
      rlpWord(at, end, key);
      store<u32>(place, <u32>internSlot(record, key));
    } else rlpItem(at, end);
    at = rlpNext;
    claimsNameReadSlot(load<u32>(place));
  }
}

/** Publishes the account, its slots as far as they are in no segment. */
function publishEntry(entry: ClaimedAccount): void {
  const record = entryRecord(entry);
  entry.record = <u32>record;
  claimsNameAccount(entry.record);
  const end = <usize>entry.end;
  rlpList(<usize>entry.at, end);
  const reads = rlpNext;
  publishSlots(entry, record, 0, rlpPayload);
  rlpList(reads, end);
  const fields = rlpNext;
  nameReadSlots(entry, record, rlpPayload, fields);
  let at = publishChanges(entry.record | FIELD_BALANCE, fields, end, VALUE_WORD);
  at = publishChanges(entry.record | FIELD_NONCE, at, end, VALUE_U64);
  publishChanges(entry.record | FIELD_CODE, at, end, VALUE_CODE);
}

function publishSegment(segment: ClaimedSegment): void {
  const entry = claimedAccount(segment.account);
  publishSlots(entry, entryRecord(entry), segment.slot, <usize>segment.at);
}

/** Has the records of some accounts in the processor's cache, as far as they are made. */
function readAccountsAhead(from: u32, to: u32): void {
  const entries = arenaAllocate((<usize>(to - from)) << 2);
  for (let i = from; i < to; i++) {
    const entry = accountIndexEntry(
      changetype<usize>(claimedAccount(i)) + offsetof<ClaimedAccount>("address0"),
    );
    readAhead(entry);
    store<u32>(entries + ((<usize>(i - from)) << 2), <u32>entry);
  }
  for (let i = from; i < to; i++) {
    const record = indexedRecord(<usize>load<u32>(entries + ((<usize>(i - from)) << 2)));
    if (record == 0) continue;
    readAhead(record);
    readAhead(record + offsetof<AccountRecord>("balanceHead"));
  }
}

/** Publishes one piece of the list. May leave with Abort.IndexFull. */
export function publishClaims(piece: u32): void {
  const segments = claims().segmentCount;
  nextSlots = arenaAllocate(<usize>AHEAD * offsetof<NextSlot>());
  if (piece < segments) {
    publishSegment(claimedSegment(piece));
    return;
  }
  const first = (piece - segments) * CLAIMS_BATCH;
  const end = min<u32>(claims().accountCount, first + CLAIMS_BATCH);
  readAccountsAhead(first, end);
  for (let i = first; i < end; i++) publishEntry(claimedAccount(i));
}
