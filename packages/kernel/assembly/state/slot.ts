// A transaction's view of storage slots, persistent ones here, transient ones in transient.ts.

import { abortTransaction } from "../host";
import { arenaAllocate } from "../memory/arena";
import { control } from "../memory/layout";
import {
  Version,
  versionGuess,
  versionGuessed,
  versionIsDelta,
  versionRead,
  versionSum,
  versionSummed,
  versionValue,
} from "../parallel/versions";
import { Abort } from "../status";
import { wordAdd, wordCopy, wordEquals, wordZero } from "../word/word";
import { accountReadLife } from "./account";
import { coldGuess } from "./cold";
import { currentExecution, currentTransaction } from "./current";
import { deltaGivenUp, noteMet, unheated, wantsDelta } from "./hot";
import { internSlot } from "./intern";
import { journalFlag, journalValue } from "./journal";
import { CREATED, DELTA_SLOT, KNOWN_SLOT, LocalAccount, LocalSlot, UNREAD, WARM } from "./local";
import { localEnter, localFind } from "./local-table";
import { MODE_CLAIMED, viewMode } from "./mode";
import { AccountRecord, FIELD_SLOT, Loaded, SlotRecord } from "./records";

/** The view's entry of slot `key` (a word) of account `a`. Always the same pointer within a transaction. */
export function viewSlot(a: usize, key: usize): usize {
  const record = internSlot(<usize>changetype<LocalAccount>(a).record, key);
  const found = localFind(record);
  if (found != 0) return found;
  const s = arenaAllocate(offsetof<LocalSlot>());
  const slot = changetype<LocalSlot>(s);
  const execution = currentExecution();
  slot.record = <u32>record;
  slot.flags = 0;
  slot.observed = 0;
  slot.previous = execution.slots;
  slot.account = <u32>a;
  execution.slots = <u32>s;
  execution.slotCount++;
  const epoch = control().epoch;
  if (changetype<SlotRecord>(record).touched != epoch) changetype<SlotRecord>(record).touched = epoch;
  localEnter(s);
  return s;
}

/**
 * Copies the value that a slot has before transaction `before`, given the account's `wipe`: what transactions
 * before the last wipe wrote, and the committed value, count no longer. Returns the version met, 0 = none. `waits`: leaves
 * with Abort.Estimate at an estimate, which is else taken for what it was before.
 */
function slotValueBefore(record: usize, wipe: u64, before: u32, waits: bool, result: usize): usize {
  const location = <u32>record | FIELD_SLOT;
  const version = waits ? versionRead(location, before) : versionGuess(location, before);
  if (version != 0 && <u64>changetype<Version>(version).transaction + 1 >= wipe) {
    if (!versionIsDelta(version)) {
      wordCopy(result, versionValue(version));
      if (waits) noteMet(location, version);
      return version;
    }
    if (!waits) {
      wordCopy(result, versionGuessed(version));
    } else if (!versionSum(version, wipe == 0 ? 0 : wipe - 1, result) && wipe == 0) {
      const committed = arenaAllocate(32);
      slotCommitted(record, committed);
      wordAdd(result, result, committed);
    }
    return versionSummed(version);
  }
  if (wipe != 0) wordZero(result);
  else slotCommitted(record, result);
  return 0;
}

/** Copies the committed value; where it is not in the cache leaves with Abort.Cold, or guesses (cold.ts). */
function slotCommitted(record: usize, result: usize): void {
  const slot = changetype<SlotRecord>(record);
  const account = changetype<AccountRecord>(<usize>slot.account);
  const state = record + offsetof<SlotRecord>("loaded");
  if (
    slot.generation != account.generation ||
    (account.exists == 0 &&
      atomic.load<u32>(<usize>slot.account + offsetof<AccountRecord>("loaded")) == Loaded.Yes)
  ) {
    wordZero(result);
    return;
  }
  if (atomic.load<u32>(state) != Loaded.Yes) {
    atomic.cmpxchg<u32>(state, Loaded.No, Loaded.Requested);
    if (coldGuess(<u32>record | FIELD_SLOT, result)) return;
    abortTransaction(Abort.Cold, <u32>record | FIELD_SLOT);
  }
  wordCopy(result, record + offsetof<SlotRecord>("value0"));
}

/** `waits`: as `slotValueBefore`. */
function readSlot(s: usize, waits: bool): void {
  const slot = changetype<LocalSlot>(s);
  const a = <usize>slot.account;
  const account = changetype<LocalAccount>(a);
  const value = s + offsetof<LocalSlot>("value0");
  slot.version = 0;
  if ((account.flags & CREATED) != 0) {
    // Storage of a contract made by this transaction is empty: nothing is read.
    wordZero(value);
    slot.flags |= UNREAD;
  } else if (viewMode == MODE_CLAIMED) {
    // No storage is wiped there (state/account.ts).
    slot.version = <u32>slotValueBefore(<usize>slot.record, 0, currentTransaction, true, value);
  } else {
    accountReadLife(a);
    slot.version = <u32>slotValueBefore(<usize>slot.record, account.wipe, currentTransaction, waits, value);
  }
  wordCopy(s + offsetof<LocalSlot>("read0"), value);
  slot.flags |= KNOWN_SLOT | unheated(slot.record | FIELD_SLOT);
}

/** Makes the value known as itself, and not by what is observed of it only. */
function slotKnow(s: usize): void {
  if ((changetype<LocalSlot>(s).flags & KNOWN_SLOT) == 0) readSlot(s, true);
  else slotGiveUpDelta(s);
}

function isKnown(s: usize): bool {
  return (changetype<LocalSlot>(s).flags & (KNOWN_SLOT | DELTA_SLOT)) == KNOWN_SLOT;
}

/** Pointer to the current value, a word to read only. */
export function slotValue(s: usize): usize {
  if (!isKnown(s)) slotKnow(s);
  return s + offsetof<LocalSlot>("value0");
}

/** Pointer to the value at the start of the transaction; zero where this transaction created the account. */
export function slotOriginal(s: usize): usize {
  if (!isKnown(s)) slotKnow(s);
  return s + offsetof<LocalSlot>("read0");
}

function replaceValue(s: usize, value: usize): void {
  const current = s + offsetof<LocalSlot>("value0");
  if (wordEquals(current, value)) return;
  journalValue(current);
  wordCopy(current, value);
}

export function slotSet(s: usize, value: usize): void {
  slotValue(s);
  replaceValue(s, value);
}

/** Whether of the slot's value v only predicates are known, so that its current value stands for v + c. */
export function slotIsDelta(s: usize): bool {
  return (changetype<LocalSlot>(s).flags & DELTA_SLOT) != 0;
}

/**
 * Reads the slot as a delta where that should be tried and it was not read before; true = it is one. Not to be asked where
 * `viewDeltas` is off.
 */
export function slotTryDelta(s: usize): bool {
  const slot = changetype<LocalSlot>(s);
  if ((slot.flags & KNOWN_SLOT) != 0) return (slot.flags & DELTA_SLOT) != 0;
  if (!wantsDelta(slot.record | FIELD_SLOT)) return false;
  readSlot(s, false);
  // There is no value before this transaction that could be another one.
  if ((slot.flags & UNREAD) != 0) return false;
  slot.flags |= DELTA_SLOT;
  return true;
}

/** From now on the slot counts as read in the ordinary way: its value is used as no delta can be. */
export function slotGiveUpDelta(s: usize): void {
  const slot = changetype<LocalSlot>(s);
  if ((slot.flags & DELTA_SLOT) == 0) return;
  slot.flags &= ~DELTA_SLOT;
  deltaGivenUp(slot.record | FIELD_SLOT);
}

/** Pointer to the current v + c of a slot that is a delta, a word to read only. */
export function slotSum(s: usize): usize {
  return s + offsetof<LocalSlot>("value0");
}

/** Pointer to the v that a slot that is a delta has in this run. */
export function slotSumBase(s: usize): usize {
  return s + offsetof<LocalSlot>("read0");
}

/** Makes another v + c the value of a slot that is a delta. */
export function slotSetSum(s: usize, sum: usize): void {
  replaceValue(s, sum);
}

/** Address of the list of predicates that were observed on a slot that is a delta (predicates.ts). */
export function slotObserved(s: usize): usize {
  return s + offsetof<LocalSlot>("observed");
}

/** Marks the slot warm (EIP-2929); true = it was cold. */
export function slotWarm(s: usize): bool {
  if ((changetype<LocalSlot>(s).flags & WARM) != 0) return false;
  journalFlag(s, WARM);
  return true;
}
