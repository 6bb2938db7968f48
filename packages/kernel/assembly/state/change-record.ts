// The change list as bytes: what a store keeps of a block beside its undo record, and applies to a state of its own.
//
// One entry an account, in the list's order: 20 bytes of address and a byte of flags. Unless it is deleted: its balance and
// nonce; where RECORD_CODE is set, the length of its new code (u32) and the code. Then the number of slots (u32) and of each
// 32 bytes of key and the value. Numbers are one byte of length and that many bytes, big-endian; a u32 has its least significant
// byte first.

import { Code } from "../vm/code";
import { wordToAddress, wordToBytes } from "../word/word";
import { changes } from "./changes";
import {
  AccountChange,
  CHANGE_CODE,
  CHANGE_DELETED,
  CHANGE_STORAGE_WIPED,
  SLOT_CHANGE_SIZE,
  SlotChange,
} from "./changes-layout";
import { AccountRecord, SlotRecord } from "./records";
import { accountChange } from "./undo";
import { accountAhead, slotAhead, writeNonce, writeNumber } from "./undo-record";

const RECORD_DELETED: u8 = 1;
const RECORD_BALANCE: u8 = 2;
const RECORD_NONCE: u8 = 4;
const RECORD_CODE: u8 = 8;
const RECORD_CLEAR_STORAGE: u8 = 16;
const RECORD_EXISTS: u8 = 32;

/** Longest parts of an entry. */
const ACCOUNT_MOST: usize = 20 + 1 + 33 + 9 + 4;
const SLOT_MOST: usize = 32 + 33;

/** What of the account before `nextAccount` is to be written next. */
enum Part {
  Account,
  Code,
  Slots,
}

let nextAccount: u32 = 0;
let part: u32 = Part.Account;
let codeAt: usize = 0;
let codeLeft: u32 = 0;
let slotAt: usize = 0;
let slotsLeft: u32 = 0;

/** Begins the record of the list; `changesWrite` gives it. The host's own instance, until the next block is opened. */
export function changesBegin(): void {
  nextAccount = 0;
  part = Part.Account;
}

function writeAccount(out: usize, index: u32): usize {
  accountAhead(index);
  const change = accountChange(changes(), index);
  const pointer = changetype<usize>(change);
  wordToAddress(out, <usize>change.record + offsetof<AccountRecord>("address0"));
  codeLeft = 0;
  slotsLeft = 0;
  if ((change.flags & CHANGE_DELETED) != 0) {
    store<u8>(out, RECORD_DELETED, 20);
    return out + 21;
  }
  let flags: u8 = RECORD_EXISTS | RECORD_BALANCE | RECORD_NONCE;
  if ((change.flags & CHANGE_STORAGE_WIPED) != 0) flags |= RECORD_CLEAR_STORAGE;
  let to = writeNumber(out + 21, pointer + offsetof<AccountChange>("balance0"));
  to = writeNonce(to, change.nonce);
  if ((change.flags & CHANGE_CODE) != 0) {
    flags |= RECORD_CODE;
    if (change.code != 0) {
      codeAt = <usize>changetype<Code>(<usize>change.code).bytes;
      codeLeft = changetype<Code>(<usize>change.code).length;
    }
    store<u32>(to, codeLeft);
    to += 4;
  }
  store<u8>(out, flags, 20);
  slotAt = <usize>change.slots;
  slotsLeft = change.slotCount;
  return to;
}

/** Writes of the code what fits before `end`, and behind all of it the number of slots. */
function writeCode(out: usize, end: usize): usize {
  const length = min<u32>(codeLeft, <u32>(end - out));
  memory.copy(out, codeAt, length);
  codeAt += length;
  codeLeft -= length;
  const to = out + <usize>length;
  if (codeLeft > 0 || to + 4 > end) return to;
  store<u32>(to, slotsLeft);
  part = Part.Slots;
  return to + 4;
}

function writeSlots(out: usize, last: usize): usize {
  let to = out;
  while (slotsLeft > 0) {
    if (to > last) return to;
    slotAhead(slotAt);
    const change = changetype<SlotChange>(slotAt);
    wordToBytes(to, <usize>change.record + offsetof<SlotRecord>("key0"));
    to = writeNumber(to + 32, slotAt + offsetof<SlotChange>("value0"));
    slotAt += SLOT_CHANGE_SIZE;
    slotsLeft--;
  }
  part = Part.Account;
  return to;
}

/** Writes the next bytes of the record, at most `capacity`, which is 256 at least; returns how many, 0 = that was all. */
export function changesWrite(out: usize, capacity: u32): u32 {
  const end = out + <usize>capacity;
  const count = changes().accountCount;
  let to = out;
  for (;;) {
    if (part == Part.Account) {
      if (nextAccount == count || to + ACCOUNT_MOST > end) break;
      to = writeAccount(to, nextAccount++);
      part = Part.Code;
    }
    if (part == Part.Code) to = writeCode(to, end);
    if (part == Part.Code) break;
    to = writeSlots(to, end - SLOT_MOST);
    if (part == Part.Slots) break;
  }
  return <u32>(to - out);
}
