// Whether what an execution read is what it would read now.

import { arenaAllocate } from "../memory/arena";
import { Execution } from "../state/execution";
import {
  DELTA_BALANCE,
  DELTA_SLOT,
  KNOWN_BALANCE,
  KNOWN_CODE,
  KNOWN_LIFE,
  KNOWN_NONCE,
  KNOWN_SLOT,
  LocalAccount,
  LocalSlot,
  REBASED,
  UNREAD,
  WRITTEN_BALANCE,
  WRITTEN_NONCE,
  WRITTEN_SLOT,
} from "../state/local";
import { predicatesHold } from "../state/predicates";
import {
  AccountRecord,
  FIELD_BALANCE,
  FIELD_CODE,
  FIELD_LIFE,
  FIELD_NONCE,
  FIELD_SLOT,
  Loaded,
  SlotRecord,
} from "../state/records";
import { wordAdd, wordCopy, wordEquals, wordSubtract, wordZero } from "../word/word";
import {
  Version,
  versionBefore,
  versionIsDelta,
  versionRead,
  versionSum,
  versionSummed,
  versionValue,
} from "./versions";

/**
 * Of the last read that did not hold: the flags of its LocalAccount or LocalSlot, its location, and the version met in place
 * of the one read (0 = none).
 */
export let failedFlags: u32 = 0;
export let failedLocation: u32 = 0;
export let failedVersion: usize = 0;
/** 1 = it was a delta, of which a predicate comes out in another way now. */
export let failedPredicate: bool = false;

/** Whether a read of the execution that is looked at is of another version now, with an equal value. */
let moved: bool = false;

function fail(flags: u32, location: u32, version: usize): bool {
  failedFlags = flags;
  failedLocation = location;
  failedVersion = version;
  failedPredicate = false;
  return false;
}

/** A version that was read is gone, and what the block began with was never brought: nothing can be compared. */
function isUnknown(record: usize): bool {
  return atomic.load<u32>(record + offsetof<AccountRecord>("loaded")) != Loaded.Yes;
}

function failPredicate(flags: u32, location: u32, version: usize): bool {
  fail(flags, location, version);
  failedPredicate = true;
  return false;
}

/** A read of which only predicates are known was of `now`: what was added to the value read is added to that. */
function rebase(value: usize, read: usize, now: usize): void {
  wordSubtract(value, value, read);
  wordAdd(value, value, now);
  wordCopy(read, now);
}

/** Pointer to the sum of deltas from `version` on and of the word at `base` behind them; 0 = that is not known. */
function sumNow(version: usize, base: usize, oldest: u64): usize {
  const sum = arenaAllocate(32);
  if (!versionSum(version, oldest, sum)) {
    if (base == 0) return 0;
    wordAdd(sum, sum, base);
  }
  return sum;
}

function balanceReadValid(transaction: u32, account: LocalAccount): bool {
  const record = <usize>account.record;
  const location = <u32>record | FIELD_BALANCE;
  const version =
    (account.flags & WRITTEN_BALANCE) != 0
      ? versionBefore(<usize>account.balanceNode)
      : versionRead(location, transaction);
  if (version == <usize>account.balanceVersion) return true;
  // Looked at once: it may become absolute at any time.
  const isDelta = version != 0 && versionIsDelta(version);
  let now: usize;
  if (version != 0 && !isDelta) {
    now = versionValue(version);
  } else {
    const base = isUnknown(record) ? 0 : record + offsetof<AccountRecord>("balance0");
    now = isDelta ? sumNow(version, base, 0) : base;
  }
  if (now == 0) return fail(account.flags, location, version);
  const a = changetype<usize>(account);
  const read = a + offsetof<LocalAccount>("balanceRead0");
  if (!wordEquals(now, read)) {
    if ((account.flags & DELTA_BALANCE) == 0) return fail(account.flags, location, version);
    if (!predicatesHold(account.observed, now)) return failPredicate(account.flags, location, version);
    account.flags |= REBASED;
    rebase(a + offsetof<LocalAccount>("balance0"), read, now);
  }
  account.balanceVersion = <u32>(isDelta ? versionSummed(version) : version);
  moved = true;
  return true;
}

function accountReadsValid(transaction: u32, account: LocalAccount): bool {
  const a = changetype<usize>(account);
  const record = <usize>account.record;
  const base = changetype<AccountRecord>(record);
  const flags = account.flags;
  if ((flags & KNOWN_BALANCE) != 0 && !balanceReadValid(transaction, account)) return false;
  if ((flags & KNOWN_NONCE) != 0) {
    const location = <u32>record | FIELD_NONCE;
    const version =
      (flags & WRITTEN_NONCE) != 0
        ? versionBefore(<usize>account.nonceNode)
        : versionRead(location, transaction);
    if (version != <usize>account.nonceVersion) {
      if (version == 0 && isUnknown(record)) return fail(account.flags, location, version);
      const value = version != 0 ? load<u64>(versionValue(version)) : base.nonce;
      if (value != account.nonceRead) return fail(account.flags, location, version);
      account.nonceVersion = <u32>version;
      moved = true;
    }
  }
  if ((flags & KNOWN_CODE) != 0) {
    const location = <u32>record | FIELD_CODE;
    const version = versionRead(location, transaction);
    if (version != <usize>account.codeVersion) {
      const committed = record + offsetof<AccountRecord>("codeHash0");
      const read = a + offsetof<LocalAccount>("codeHashRead0");
      if (version == 0 && isUnknown(record)) return fail(account.flags, location, version);
      if (!wordEquals(version != 0 ? versionValue(version) : committed, read))
        return fail(account.flags, location, version);
      account.codeVersion = <u32>version;
      moved = true;
    }
  }
  if ((flags & KNOWN_LIFE) != 0) {
    const location = <u32>record | FIELD_LIFE;
    const version = versionRead(location, transaction);
    if (version != <usize>account.lifeVersion) {
      if (version == 0 && isUnknown(record)) return fail(account.flags, location, version);
      const exists = version != 0 ? load<u64>(versionValue(version)) : <u64>base.exists;
      const wipe = version != 0 ? load<u64>(versionValue(version), 8) : 0;
      if (exists != account.existsRead || wipe != account.wipeRead)
        return fail(account.flags, location, version);
      account.lifeVersion = <u32>version;
      moved = true;
    }
  }
  return true;
}

/** Pointer to what the slot had before the block's transactions, given the wipe that counts; 0 = not known. */
function slotBase(record: SlotRecord, wipe: u64): usize {
  const owner = <usize>record.account;
  const account = changetype<AccountRecord>(owner);
  if (wipe == 0) {
    if (isUnknown(owner)) return 0;
    if (record.generation == account.generation && account.exists != 0) {
      const r = changetype<usize>(record);
      const loaded = atomic.load<u32>(r + offsetof<SlotRecord>("loaded"));
      return loaded == Loaded.Yes ? r + offsetof<SlotRecord>("value0") : 0;
    }
  }
  const zero = arenaAllocate(32);
  wordZero(zero);
  return zero;
}

function slotReadValid(transaction: u32, slot: LocalSlot): bool {
  const location = slot.record | FIELD_SLOT;
  // The wipe that was read: the account's reads are checked first, so it still holds.
  const wipe = changetype<LocalAccount>(<usize>slot.account).wipeRead;
  let version =
    (slot.flags & WRITTEN_SLOT) != 0 ? versionBefore(<usize>slot.node) : versionRead(location, transaction);
  if (version != 0 && <u64>changetype<Version>(version).transaction + 1 < wipe) version = 0;
  if (version == <usize>slot.version) return true;
  const isDelta = version != 0 && versionIsDelta(version);
  let now: usize;
  if (version != 0 && !isDelta) {
    now = versionValue(version);
  } else {
    const base = slotBase(changetype<SlotRecord>(<usize>slot.record), wipe);
    now = isDelta ? sumNow(version, base, wipe == 0 ? 0 : wipe - 1) : base;
  }
  if (now == 0) return fail(slot.flags, location, version);
  const s = changetype<usize>(slot);
  const read = s + offsetof<LocalSlot>("read0");
  if (!wordEquals(now, read)) {
    if ((slot.flags & DELTA_SLOT) == 0) return fail(slot.flags, location, version);
    if (!predicatesHold(slot.observed, now)) return failPredicate(slot.flags, location, version);
    slot.flags |= REBASED;
    rebase(s + offsetof<LocalSlot>("value0"), read, now);
  }
  slot.version = <u32>(isDelta ? versionSummed(version) : version);
  moved = true;
  return true;
}

/**
 * Whether every read of the execution would give the same value now: the same version, or another one with an
 * equal value. Called when all earlier transactions are committed and published.
 */
export function readSetValid(executionPointer: usize): bool {
  const execution = changetype<Execution>(executionPointer);
  const transaction = execution.transaction;
  moved = false;
  let a = <usize>execution.accounts;
  while (a != 0) {
    const account = changetype<LocalAccount>(a);
    if (!accountReadsValid(transaction, account)) return false;
    a = <usize>account.previous;
  }
  let s = <usize>execution.slots;
  while (s != 0) {
    const slot = changetype<LocalSlot>(s);
    if ((slot.flags & (KNOWN_SLOT | UNREAD)) == KNOWN_SLOT && !slotReadValid(transaction, slot)) return false;
    s = <usize>slot.previous;
  }
  if (moved) execution.independent = 0;
  return true;
}
