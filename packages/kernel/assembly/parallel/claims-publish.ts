// The claims of a list as versions: one for each change, before anything is executed.

import { arenaAllocate } from "../memory/arena";
import { control } from "../memory/layout";
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
import { internAccount, internSlot } from "../state/intern";
import { FIELD_BALANCE, FIELD_CODE, FIELD_NONCE, FIELD_SLOT } from "../state/records";
import { codeHash, codeIntern } from "../vm/code";
import { wordCopy, wordZero } from "../word/word";
import { ClaimedAccount, claimedAccount, claimedSlot, claims, claimsInForce } from "./claims";
import { Version, versionAnnounce, versionHead, versionValue } from "./versions";

/** Accounts of the list in one piece of the decoding phase. */
const CLAIMS_BATCH: u32 = 32;

/** Pieces of the decoding phase that publish the list. */
export function claimsPieces(): u32 {
  return claimsInForce() ? (claims().accountCount + CLAIMS_BATCH - 1) / CLAIMS_BATCH : 0;
}

/** Finds or makes the records of the account and of all slots that the list names of it. */
function internEntry(entry: ClaimedAccount): void {
  if (entry.record != 0) return;
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
}

const VALUE_WORD: u32 = 0;
const VALUE_U64: u32 = 1;
const VALUE_CODE: u32 = 2;

/**
 * Publishes the list of [index, value] at `at` as the location's versions, one behind the other, so that a reader finds
 * its own by halving; leaves what follows in rlpNext. The list names each location once: nobody else writes here.
 */
function publishChanges(location: u32, at: usize, end: usize, kind: u32): void {
  rlpList(at, end);
  let change = rlpPayload;
  const next = rlpNext;
  const count = <u32>rlpCount(change, next);
  let node = arenaAllocate(<usize>count * offsetof<Version>() + 8);
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
  if (newest != 0) atomic.store<u64>(versionHead(location), ((<u64>control().epoch) << 32) | <u64>newest);
  rlpList(at, end);
}

function publishEntry(entry: ClaimedAccount): void {
  internEntry(entry);
  const end = <usize>entry.end;
  rlpList(<usize>entry.at, end);
  let at = rlpPayload;
  const next = rlpNext;
  for (let slot = entry.firstSlot; at < next; slot++) {
    rlpList(at, next);
    at = rlpNext;
    rlpItem(rlpPayload, at);
    publishChanges(load<u32>(claimedSlot(slot)) | FIELD_SLOT, rlpNext, at, VALUE_WORD);
  }
  rlpList(next, end);
  publishChanges(entry.record | FIELD_BALANCE, rlpNext, end, VALUE_WORD);
  publishChanges(entry.record | FIELD_NONCE, rlpNext, end, VALUE_U64);
  publishChanges(entry.record | FIELD_CODE, rlpNext, end, VALUE_CODE);
}

/** Publishes one piece of the list. May leave with Abort.IndexFull. */
export function publishClaims(piece: u32): void {
  const end = min<u32>(claims().accountCount, (piece + 1) * CLAIMS_BATCH);
  for (let i = piece * CLAIMS_BATCH; i < end; i++) publishEntry(claimedAccount(i));
}
