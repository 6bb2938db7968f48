// From an execution's sets to the versions and back: publishing, withdrawing, validating.

import { Execution } from "../state/execution";
import {
  KNOWN_BALANCE,
  KNOWN_CODE,
  KNOWN_LIFE,
  KNOWN_NONCE,
  KNOWN_SLOT,
  LocalAccount,
  LocalSlot,
  UNREAD,
  WRITTEN,
  WRITTEN_ACCOUNT,
  WRITTEN_BALANCE,
  WRITTEN_CODE,
  WRITTEN_LIFE,
  WRITTEN_NONCE,
  WRITTEN_SLOT,
} from "../state/local";
import { MODE_SEQUENTIAL, viewMode } from "../state/mode";
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
import { wordEquals, wordIsZero } from "../word/word";
import { Point, pass } from "./points";
import {
  VERSION_ABSENT,
  VERSION_ESTIMATE,
  Version,
  versionInPlace,
  versionLink,
  versionMark,
  versionNew,
  versionOf,
  versionRead,
  versionValue,
} from "./versions";

function publishWords(location: u32, execution: Execution, v0: u64, v1: u64, v2: u64, v3: u64): void {
  const inPlace = viewMode == MODE_SEQUENTIAL;
  const node = inPlace
    ? versionInPlace(location, execution.transaction)
    : versionNew(execution.transaction, execution.incarnation);
  const version = changetype<Version>(node);
  version.value0 = v0;
  version.value1 = v1;
  version.value2 = v2;
  version.value3 = v3;
  if (!inPlace) versionLink(location, node);
  pass(Point.Publishing, execution.transaction);
}

function publishAccount(execution: Execution, account: LocalAccount): void {
  const record = account.record;
  const flags = account.flags;
  // Life before storage and the rest: whoever meets the new fields meets the wipe too, or fails validation.
  if ((flags & WRITTEN_LIFE) != 0) {
    publishWords(record | FIELD_LIFE, execution, account.exists, account.wipe, 0, 0);
  }
  if ((flags & WRITTEN_BALANCE) != 0) {
    publishWords(
      record | FIELD_BALANCE,
      execution,
      account.balance0,
      account.balance1,
      account.balance2,
      account.balance3,
    );
  }
  if ((flags & WRITTEN_NONCE) != 0) publishWords(record | FIELD_NONCE, execution, account.nonce, 0, 0, 0);
  if ((flags & WRITTEN_CODE) != 0) {
    publishWords(
      record | FIELD_CODE,
      execution,
      account.codeHash0,
      account.codeHash1,
      account.codeHash2,
      account.codeHash3,
    );
  }
}

/**
 * Publishes the write set of a finished execution, in this worker's mode. In parallel mode the execution's
 * incarnation must be newer than those published before for its transaction; call `versionWithdraw` for the
 * older one afterwards.
 */
export function versionPublish(executionPointer: usize): void {
  const execution = changetype<Execution>(executionPointer);
  let a = <usize>execution.accounts;
  while (a != 0) {
    const account = changetype<LocalAccount>(a);
    if ((account.flags & WRITTEN_ACCOUNT) != 0) publishAccount(execution, account);
    a = <usize>account.previous;
  }
  let s = <usize>execution.slots;
  while (s != 0) {
    const slot = changetype<LocalSlot>(s);
    if ((slot.flags & WRITTEN_SLOT) != 0) {
      publishWords(slot.record | FIELD_SLOT, execution, slot.value0, slot.value1, slot.value2, slot.value3);
    }
    s = <usize>slot.previous;
  }
}

function markLocation(location: u32, execution: Execution, flags: u32): void {
  const node = versionOf(location, execution.transaction);
  if (node != 0 && changetype<Version>(node).incarnation == execution.incarnation) {
    versionMark(node, flags);
  }
}

function markWrites(executionPointer: usize, mark: u32): void {
  const execution = changetype<Execution>(executionPointer);
  let a = <usize>execution.accounts;
  while (a != 0) {
    const account = changetype<LocalAccount>(a);
    if ((account.flags & WRITTEN_ACCOUNT) != 0) {
      for (let field: u32 = 0; field < FIELD_SLOT; field++) {
        if ((account.flags & (WRITTEN << field)) != 0) markLocation(account.record | field, execution, mark);
      }
    }
    a = <usize>account.previous;
  }
  let s = <usize>execution.slots;
  while (s != 0) {
    const slot = changetype<LocalSlot>(s);
    if ((slot.flags & WRITTEN_SLOT) != 0) markLocation(slot.record | FIELD_SLOT, execution, mark);
    s = <usize>slot.previous;
  }
}

/** The published writes of an aborted execution become estimates: readers leave with Abort.Estimate. */
export function versionEstimate(execution: usize): void {
  markWrites(execution, VERSION_ESTIMATE);
}

/**
 * Takes back what an execution published and no newer incarnation has written over: after a newer incarnation was
 * published, or before the rest of the block is run in sequential mode.
 */
export function versionWithdraw(execution: usize): void {
  markWrites(execution, VERSION_ABSENT);
}

/** Of the last read that did not hold: its location, and the version met in place of the one read (0 = none). */
export let failedLocation: u32 = 0;
export let failedVersion: usize = 0;

function fail(location: u32, version: usize): bool {
  failedLocation = location;
  failedVersion = version;
  return false;
}

/** A version that was read is gone, and what the block began with was never brought: nothing can be compared. */
function isUnknown(record: usize): bool {
  return atomic.load<u32>(record + offsetof<AccountRecord>("loaded")) != Loaded.Yes;
}

function wordReadValid(location: u32, version: usize, base: usize, read: usize): bool {
  if (version == 0 && isUnknown(<usize>(location & ~7))) return fail(location, version);
  return wordEquals(version != 0 ? versionValue(version) : base, read) || fail(location, version);
}

function accountReadsValid(transaction: u32, account: LocalAccount): bool {
  const a = changetype<usize>(account);
  const record = <usize>account.record;
  const base = changetype<AccountRecord>(record);
  const flags = account.flags;
  if ((flags & KNOWN_BALANCE) != 0) {
    const location = <u32>record | FIELD_BALANCE;
    const version = versionRead(location, transaction);
    if (version != <usize>account.balanceVersion) {
      const committed = record + offsetof<AccountRecord>("balance0");
      if (!wordReadValid(location, version, committed, a + offsetof<LocalAccount>("balanceRead0")))
        return false;
      account.balanceVersion = <u32>version;
    }
  }
  if ((flags & KNOWN_NONCE) != 0) {
    const location = <u32>record | FIELD_NONCE;
    const version = versionRead(location, transaction);
    if (version != <usize>account.nonceVersion) {
      if (version == 0 && isUnknown(record)) return fail(location, version);
      const value = version != 0 ? load<u64>(versionValue(version)) : base.nonce;
      if (value != account.nonceRead) return fail(location, version);
      account.nonceVersion = <u32>version;
    }
  }
  if ((flags & KNOWN_CODE) != 0) {
    const location = <u32>record | FIELD_CODE;
    const version = versionRead(location, transaction);
    if (version != <usize>account.codeVersion) {
      const committed = record + offsetof<AccountRecord>("codeHash0");
      if (!wordReadValid(location, version, committed, a + offsetof<LocalAccount>("codeHashRead0")))
        return false;
      account.codeVersion = <u32>version;
    }
  }
  if ((flags & KNOWN_LIFE) != 0) {
    const location = <u32>record | FIELD_LIFE;
    const version = versionRead(location, transaction);
    if (version != <usize>account.lifeVersion) {
      if (version == 0 && isUnknown(record)) return fail(location, version);
      const exists = version != 0 ? load<u64>(versionValue(version)) : <u64>base.exists;
      const wipe = version != 0 ? load<u64>(versionValue(version), 8) : 0;
      if (exists != account.existsRead || wipe != account.wipeRead) return fail(location, version);
      account.lifeVersion = <u32>version;
    }
  }
  return true;
}

function slotReadValid(transaction: u32, slot: LocalSlot): bool {
  const location = slot.record | FIELD_SLOT;
  const read = changetype<usize>(slot) + offsetof<LocalSlot>("read0");
  // The wipe that was read: the account's reads are checked first, so it still holds.
  const wipe = changetype<LocalAccount>(<usize>slot.account).wipeRead;
  let version = versionRead(location, transaction);
  if (version != 0 && <u64>changetype<Version>(version).transaction + 1 < wipe) version = 0;
  if (version == <usize>slot.version) return true;
  if (version != 0) {
    if (!wordEquals(versionValue(version), read)) return fail(location, version);
  } else if (wipe != 0) {
    if (!wordIsZero(read)) return fail(location, version);
  } else {
    const base = changetype<SlotRecord>(<usize>slot.record);
    const owner = <usize>base.account;
    if (isUnknown(owner)) return fail(location, version);
    const account = changetype<AccountRecord>(owner);
    if (base.generation != account.generation || account.exists == 0) {
      if (!wordIsZero(read)) return fail(location, version);
    } else {
      const loaded = atomic.load<u32>(<usize>slot.record + offsetof<SlotRecord>("loaded"));
      const value = <usize>slot.record + offsetof<SlotRecord>("value0");
      if (loaded != Loaded.Yes || !wordEquals(value, read)) return fail(location, version);
    }
  }
  slot.version = <u32>version;
  return true;
}

/**
 * Whether every read of the execution would give the same value now: the same version, or another one with an
 * equal value. Called when all earlier transactions are committed and published.
 */
export function readSetValid(executionPointer: usize): bool {
  const execution = changetype<Execution>(executionPointer);
  const transaction = execution.transaction;
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
  return true;
}
