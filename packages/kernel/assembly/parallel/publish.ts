// From an execution's write set to the versions and back: publishing, resolving, withdrawing.

import { SCHEDULER } from "../memory/layout";
import { Execution } from "../state/execution";
import { deltaHeld } from "../state/hot";
import {
  DELTA_BALANCE,
  DELTA_SLOT,
  LocalAccount,
  LocalSlot,
  REBASED,
  WRITTEN,
  WRITTEN_ACCOUNT,
  WRITTEN_BALANCE,
  WRITTEN_CODE,
  WRITTEN_LIFE,
  WRITTEN_NONCE,
  WRITTEN_SLOT,
} from "../state/local";
import { MODE_SEQUENTIAL, viewMode } from "../state/mode";
import { FIELD_BALANCE, FIELD_CODE, FIELD_LIFE, FIELD_NONCE, FIELD_SLOT } from "../state/records";
import { Point, pass } from "./points";
import { Scheduler } from "./scheduler-layout";
import {
  VERSION_ABSENT,
  VERSION_ESTIMATE,
  Version,
  versionInPlace,
  versionLink,
  versionMark,
  versionNew,
  versionNewDelta,
  versionOf,
  versionResolve,
} from "./versions";

/** Publishes a value; returns the version. */
function publishWords(location: u32, execution: Execution, v0: u64, v1: u64, v2: u64, v3: u64): u32 {
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
  return <u32>node;
}

/** Publishes what is added to a location of which only predicates are known; returns the version. */
function publishDelta(location: u32, execution: Execution, value: usize, read: usize): u32 {
  const node = versionNewDelta(execution.transaction, execution.incarnation, read, value);
  versionLink(location, node);
  execution.deltas++;
  pass(Point.Publishing, execution.transaction);
  return <u32>node;
}

function publishAccount(execution: Execution, account: LocalAccount): void {
  const record = account.record;
  const flags = account.flags;
  // Life before storage and the rest: whoever meets the new fields meets the wipe too, or fails validation.
  if ((flags & WRITTEN_LIFE) != 0) {
    publishWords(record | FIELD_LIFE, execution, account.exists, account.wipe, 0, 0);
  }
  if ((flags & (WRITTEN_BALANCE | DELTA_BALANCE)) == (WRITTEN_BALANCE | DELTA_BALANCE)) {
    const a = changetype<usize>(account);
    account.balanceNode = publishDelta(
      record | FIELD_BALANCE,
      execution,
      a + offsetof<LocalAccount>("balance0"),
      a + offsetof<LocalAccount>("balanceRead0"),
    );
  } else if ((flags & WRITTEN_BALANCE) != 0) {
    account.balanceNode = publishWords(
      record | FIELD_BALANCE,
      execution,
      account.balance0,
      account.balance1,
      account.balance2,
      account.balance3,
    );
  }
  if ((flags & WRITTEN_NONCE) != 0) {
    account.nonceNode = publishWords(record | FIELD_NONCE, execution, account.nonce, 0, 0, 0);
  }
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
    if ((slot.flags & (WRITTEN_SLOT | DELTA_SLOT)) == (WRITTEN_SLOT | DELTA_SLOT)) {
      const value = s + offsetof<LocalSlot>("value0");
      slot.node = publishDelta(slot.record | FIELD_SLOT, execution, value, s + offsetof<LocalSlot>("read0"));
    } else if ((slot.flags & WRITTEN_SLOT) != 0) {
      slot.node = publishWords(
        slot.record | FIELD_SLOT,
        execution,
        slot.value0,
        slot.value1,
        slot.value2,
        slot.value3,
      );
    }
    s = <usize>slot.previous;
  }
}

/**
 * Gives the deltas of an execution their absolute values. All before it is final, its reads were found to hold: what was
 * known by predicates only has been put to the values there now (reads.ts).
 */
export function versionResolveAll(executionPointer: usize): void {
  const execution = changetype<Execution>(executionPointer);
  if (execution.deltas == 0) return;
  for (let a = <usize>execution.accounts; a != 0; a = <usize>changetype<LocalAccount>(a).previous) {
    const account = changetype<LocalAccount>(a);
    const both = WRITTEN_BALANCE | DELTA_BALANCE;
    if ((account.flags & both) != both) continue;
    versionResolve(<usize>account.balanceNode, a + offsetof<LocalAccount>("balance0"));
    deltaHeld(account.record | FIELD_BALANCE, (account.flags & REBASED) != 0);
  }
  for (let s = <usize>execution.slots; s != 0; s = <usize>changetype<LocalSlot>(s).previous) {
    const slot = changetype<LocalSlot>(s);
    const both = WRITTEN_SLOT | DELTA_SLOT;
    if ((slot.flags & both) != both) continue;
    versionResolve(<usize>slot.node, s + offsetof<LocalSlot>("value0"));
    deltaHeld(slot.record | FIELD_SLOT, (slot.flags & REBASED) != 0);
  }
  atomic.add<u32>(SCHEDULER + offsetof<Scheduler>("deltaCount"), execution.deltas);
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
