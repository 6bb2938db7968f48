// Which locations are tried as deltas: those on which transactions have met conflicts. What is kept of it stands in the
// records and survives blocks. It is a hint that any worker writes at any time, and decides how fast a block runs only.

import { control, SCHEDULER } from "../memory/layout";
import { Scheduler, task } from "../parallel/scheduler-layout";
import { Version } from "../parallel/versions";
import { Deltas } from "../status";
import { currentTransaction } from "./current";
import { UNHEATED } from "./local";
import { viewDeltas } from "./mode";
import { AccountRecord, FIELD_BALANCE, FIELD_SLOT, SlotRecord } from "./records";

/** Heat of a location on which a first conflict was met, and the most that it can have. */
const HEATED: u8 = 48;
const HOTTEST: u8 = 64;
/** Heat of a location at which a transaction met what another sender's had written that was not committed yet. */
const MET: u8 = 8;
/** Heat that a location gains where a delta has saved a conflict; where there would have been none it loses 1. */
const SAVED: u8 = 4;
/** Conflicts for which a location is left alone that has lost its heat. */
const PAUSE: u8 = 200;
/** Heat that a location loses where a transaction has used its value in another way. */
const GIVEN_UP: u8 = 4;

function heatOf(location: u32): usize {
  const record = <usize>(location & ~7);
  return (location & 7) == FIELD_SLOT
    ? record + offsetof<SlotRecord>("heat")
    : record + offsetof<AccountRecord>("heat");
}

/** Where a location's pause stands, given where its heat does. */
const PAUSE_BEHIND: usize = offsetof<SlotRecord>("pause") - offsetof<SlotRecord>("heat");

/**
 * Whether the running transaction should try the location (a record's FIELD_BALANCE or FIELD_SLOT) as a delta, when it
 * reads it first.
 */
export function wantsDelta(location: u32): bool {
  if (viewDeltas == Deltas.Off) return false;
  return viewDeltas == Deltas.Always || load<u8>(heatOf(location)) != 0;
}

/** UNHEATED where the running transaction reads a location in the ordinary way because no conflict was met on it. */
export function unheated(location: u32): u32 {
  return viewDeltas == Deltas.Learned && load<u8>(heatOf(location)) == 0 ? UNHEATED : 0;
}

/** Whether the next speculative reads of the location will be tried as deltas. */
export function deltaExpected(location: u32): bool {
  const field = location & 7;
  if (field != FIELD_SLOT && field != FIELD_BALANCE) return false;
  const mode = <Deltas>control().deltas;
  return mode == Deltas.Always || (mode == Deltas.Learned && load<u8>(heatOf(location)) != 0);
}

// The cold locations at which this worker has last seen one transaction depend on another.
let link0: u32 = 0;
let link1: u32 = 0;
let link2: u32 = 0;
let link3: u32 = 0;

function wasLinked(location: u32): bool {
  if (link0 == location || link1 == location || link2 == location || link3 == location) return true;
  link3 = link2;
  link2 = link1;
  link1 = link0;
  link0 = location;
  return false;
}

/**
 * Whether deltas may part two transactions of which one has read at the location what the other had written, in the
 * ordinary way; `flags` are the reader's, `inOrder`: it could not but read so. Where transaction after transaction
 * depends on the one before at one and the same location, that is worth a try.
 */
export function deltaMayPart(location: u32, flags: u32, inOrder: bool): bool {
  const field = location & 7;
  if (field != FIELD_SLOT && field != FIELD_BALANCE) return false;
  const mode = <Deltas>control().deltas;
  if (mode != Deltas.Learned) return mode == Deltas.Always && inOrder;
  const heat = heatOf(location);
  if (load<u8>(heat) != 0) return inOrder || (flags & UNHEATED) != 0;
  if (load<u8>(heat + PAUSE_BEHIND) != 0 || !wasLinked(location)) return false;
  store<u8>(heat, MET);
  return true;
}

function cool(heat: usize, by: u8): void {
  const now = load<u8>(heat);
  if (now > by) {
    store<u8>(heat, now - by);
  } else if (now != 0) {
    store<u8>(heat, 0);
    store<u8>(heat + PAUSE_BEHIND, PAUSE);
  }
}

/** The value of a location that was read as a delta is used in a way that needs the value itself. */
export function deltaGivenUp(location: u32): void {
  cool(heatOf(location), GIVEN_UP);
}

/** A transaction that met the location as a delta was committed; `saved`: an ordinary read would not have held. */
export function deltaHeld(location: u32, saved: bool): void {
  const heat = heatOf(location);
  const now = load<u8>(heat);
  if (now == 0) return;
  if (!saved) store<u8>(heat, now - 1);
  else if (now < HOTTEST) store<u8>(heat, now + SAVED);
}

/**
 * Notes that the running transaction has read `version` at the location in the ordinary way. What comes from a transaction
 * that is not committed may be another value then: where it is not the sender's own, the location is worth a try.
 */
export function noteMet(location: u32, version: usize): void {
  if (viewDeltas != Deltas.Learned || version == 0) return;
  const writer = changetype<Version>(version).transaction;
  if (writer == 0 || writer == task(currentTransaction - 1).senderBefore) return;
  if (writer <= atomic.load<u32>(SCHEDULER + offsetof<Scheduler>("committed"))) return;
  const heat = heatOf(location);
  if (load<u8>(heat) == 0 && load<u8>(heat + PAUSE_BEHIND) == 0) store<u8>(heat, MET);
}

/**
 * Notes that an ordinary read of the location did not hold, given the flags of its LocalAccount or LocalSlot. True where
 * the next transactions will try it as a delta: then nothing follows from the conflict for how the rest of the block
 * should be run.
 */
export function noteConflict(location: u32, flags: u32): bool {
  const field = location & 7;
  if (field != FIELD_SLOT && field != FIELD_BALANCE) return false;
  const heat = heatOf(location);
  if (load<u8>(heat) != 0) {
    // Given up, or used in a way that never is a delta: too many of these, and deltas are no help here.
    if ((flags & UNHEATED) == 0) cool(heat, 1);
    return true;
  }
  const pause = load<u8>(heat + PAUSE_BEHIND);
  if (pause != 0) {
    store<u8>(heat + PAUSE_BEHIND, pause - 1);
    return false;
  }
  store<u8>(heat, HEATED);
  return true;
}
