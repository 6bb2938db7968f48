// The accounts of a block access list (EIP-7928) as RLP, range by range; their slots are encoded (access-list-slots.ts).

import { arenaAllocate } from "../memory/arena";
import { readAhead } from "../memory/read-ahead";
import { rlpBackBytes, rlpBackList, rlpBackU64, rlpBackWord } from "../rlp/write-back";
import {
  COINBASE,
  LocalAccount,
  LocalSlot,
  WRITTEN_BALANCE,
  WRITTEN_CODE,
  WRITTEN_NONCE,
} from "../state/local";
import { Code } from "../vm/code";
import { wordToAddress } from "../word/word";
import { CHANGE_BYTES } from "./access-list-slots";
import {
  accessListWork,
  accountRange,
  localAt,
  SlotSegment,
  segmentAt,
  slotPlace,
  slotRange,
} from "./access-list-work";
import { CoinbaseBalance, coinbaseBalanceAt } from "./coinbase-balances";

/** Most bytes that an account takes with its prefixes of at most 5 and without its items. */
export const ACCOUNT_BYTES: u64 = 51;

/** Entries in one range; more where an account has more. */
const RANGE_ENTRIES: u32 = 256;
/** How many entries ahead of its use an account is read. */
const AHEAD: u32 = 8;

let entries: usize = 0;

function accountAt(i: u32): LocalAccount {
  return changetype<LocalAccount>(localAt(entries, i));
}

/** Bytes of the code that the account was left with. */
export function accountCodeLength(account: LocalAccount): u32 {
  return account.code != 0 ? changetype<Code>(<usize>account.code).length : 0;
}

/** Most ranges that `count` entries make. */
export function accountRangeLimit(count: u32): u32 {
  return (count + RANGE_ENTRIES - 1) / RANGE_ENTRIES;
}

/** Cuts the sorted accounts into ranges; the entries of one account stay together. */
export function cutAccountRanges(): void {
  const work = accessListWork();
  const count = work.accountEntryCount;
  entries = <usize>work.accountEntries;
  work.accountRangeCount = 0;
  for (let from: u32 = 0; from < count; ) {
    let to = min<u32>(from + RANGE_ENTRIES, count);
    while (to < count && accountAt(to).place == accountAt(to - 1).place) to++;
    const range = accountRange(work.accountRangeCount++);
    range.from = from;
    range.to = to;
    from = to;
  }
}

// The segments of slots, gone through from the last one to the first: range of the current one, and its number there
// with one more; 0 in range 0 = there is none left.
let segmentRange: u32 = 0;
let segmentBehind: u32 = 0;

/** The current segment if it is of the account at `place`, else 0. */
function segmentOf(place: u32): usize {
  if (segmentBehind == 0) return 0;
  const segment = segmentAt(slotRange(segmentRange), segmentBehind - 1);
  return segment.place == place ? changetype<usize>(segment) : 0;
}

function segmentStep(): void {
  segmentBehind--;
  if (segmentBehind != 0 || segmentRange == 0) return;
  segmentRange--;
  segmentBehind = slotRange(segmentRange).length;
}

/** Makes the last segment of an account at `place` or before it the current one. */
function segmentSeek(place: u32): void {
  const work = accessListWork();
  const slots = <usize>work.slotEntries;
  let low: u32 = 0;
  let high = work.slotRangeCount;
  while (low < high) {
    const middle = (low + high) >> 1;
    const first = changetype<LocalSlot>(localAt(slots, slotRange(middle).from));
    if (slotPlace(first) <= place) low = middle + 1;
    else high = middle;
  }
  segmentRange = 0;
  segmentBehind = 0;
  if (low == 0) return;
  segmentRange = low - 1;
  segmentBehind = slotRange(segmentRange).length;
  while (segmentAt(slotRange(segmentRange), segmentBehind - 1).place > place) segmentBehind--;
}

/** Copies the parts of a list of slots of the account at `place`: its reads or its changes. */
function backSegments(end: usize, place: u32, reads: bool): usize {
  let out = end;
  for (let at = segmentOf(place); at != 0; at = segmentOf(place)) {
    const segment = changetype<SlotSegment>(at);
    const length = <usize>(reads ? segment.readsLength : segment.changesLength);
    out -= length;
    memory.copy(out, <usize>(reads ? segment.reads : segment.changes), length);
    segmentStep();
  }
  return rlpBackList(out, end);
}

/** [index, value]: ends with what was written from `value` on. */
function backChange(value: usize, index: u32, end: usize): usize {
  return rlpBackList(rlpBackU64(value, index), end);
}

function backCoinbaseBalances(end: usize): usize {
  const work = accessListWork();
  let out = end;
  for (let i = work.coinbaseBalanceCount; i > 0; i--) {
    const change = coinbaseBalanceAt(work.coinbaseBalances, i - 1);
    const balance = changetype<usize>(change) + offsetof<CoinbaseBalance>("balance0");
    out = backChange(rlpBackWord(out, balance), change.index, out);
  }
  return rlpBackList(out, end);
}

function backBalances(end: usize, from: u32, to: u32): usize {
  if ((accountAt(from).flags & COINBASE) != 0) return backCoinbaseBalances(end);
  let out = end;
  for (let i = to; i > from; i--) {
    const account = accountAt(i - 1);
    if ((account.flags & WRITTEN_BALANCE) == 0) continue;
    const balance = changetype<usize>(account) + offsetof<LocalAccount>("balance0");
    out = backChange(rlpBackWord(out, balance), account.blockAccessIndex, out);
  }
  return rlpBackList(out, end);
}

function backNonces(end: usize, from: u32, to: u32): usize {
  let out = end;
  for (let i = to; i > from; i--) {
    const account = accountAt(i - 1);
    if ((account.flags & WRITTEN_NONCE) == 0) continue;
    out = backChange(rlpBackU64(out, account.nonce), account.blockAccessIndex, out);
  }
  return rlpBackList(out, end);
}

function backCodes(end: usize, from: u32, to: u32): usize {
  let out = end;
  for (let i = to; i > from; i--) {
    const account = accountAt(i - 1);
    if ((account.flags & WRITTEN_CODE) == 0) continue;
    const bytes = account.code != 0 ? <usize>changetype<Code>(<usize>account.code).bytes : 0;
    out = backChange(rlpBackBytes(out, bytes, accountCodeLength(account)), account.blockAccessIndex, out);
  }
  return rlpBackList(out, end);
}

/** AccountChanges of the account that the entries from `from` to `to` are of. */
function backAccount(end: usize, from: u32, to: u32): usize {
  const place = accountAt(from).place;
  let out = backCodes(end, from, to);
  out = backNonces(out, from, to);
  out = backBalances(out, from, to);
  const range = segmentRange;
  const behind = segmentBehind;
  out = backSegments(out, place, true);
  segmentRange = range;
  segmentBehind = behind;
  out = backSegments(out, place, false) - 21;
  store<u8>(out, 0x94);
  wordToAddress(out + 1, changetype<usize>(accountAt(from)) + offsetof<LocalAccount>("address0"));
  return rlpBackList(out, end);
}

/** Bytes that the accounts from entry `from` to `to` take at most. */
function roomFor(from: u32, to: u32): u64 {
  const first = accountAt(from).place;
  let room = <u64>(accountAt(to - 1).place - first + 1) * ACCOUNT_BYTES;
  for (let i = from; i < to; i++) {
    if (i + AHEAD < to) readAhead(localAt(entries, i + AHEAD));
    const account = accountAt(i);
    const flags = account.flags;
    room += <u64>popcnt<u32>(flags & (WRITTEN_BALANCE | WRITTEN_NONCE | WRITTEN_CODE)) * CHANGE_BYTES;
    if ((flags & WRITTEN_CODE) != 0) room += accountCodeLength(account);
    if ((flags & COINBASE) != 0 && (i == from || accountAt(i - 1).place != account.place)) {
      room += <u64>accessListWork().coinbaseBalanceCount * CHANGE_BYTES;
    }
  }
  segmentSeek(accountAt(to - 1).place);
  while (segmentBehind != 0) {
    const segment = segmentAt(slotRange(segmentRange), segmentBehind - 1);
    if (segment.place < first) break;
    room += segment.readsLength + segment.changesLength;
    segmentStep();
  }
  return room;
}

/** Encodes range `index` of the accounts, on any worker; may be done again. All slots are encoded. */
export function encodeAccountRange(index: u32): void {
  const range = accountRange(index);
  const from = range.from;
  entries = <usize>accessListWork().accountEntries;
  const room = <usize>roomFor(from, range.to);
  const end = arenaAllocate(room + 8) + room;
  segmentSeek(accountAt(range.to - 1).place);
  let out = end;
  for (let to = range.to; to > from; ) {
    const place = accountAt(to - 1).place;
    let first = to - 1;
    while (first > from && accountAt(first - 1).place == place) first--;
    out = backAccount(out, first, to);
    to = first;
  }
  range.result = <u32>out;
  range.length = <u32>(end - out);
  range.items = accountAt(range.to - 1).place - accountAt(from).place + 1;
}
