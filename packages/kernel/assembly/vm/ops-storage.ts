// Storage, transient storage and logs.

import { traceLog } from "../host";
import { viewDeltas } from "../state/mode";
import {
  slotSetSum,
  slotSum,
  slotSumBase,
  slotTryDelta,
  slotValue,
  slotWarm,
  transientLoad,
  transientStore,
  viewAddRefund,
  viewLog,
  viewSlot,
} from "../state/view";
import { Deltas, Fork, Halt } from "../status";
import { wordCopy, wordEquals } from "../word/word";
import { addShortage, chargeGas, fork, gasLeft, passing, stepping, wordA } from "./context";
import { Frame, frameAddress } from "./frame";
import { memoryRange, rangeLength, rangeOffset } from "./memory";
import { chargeStateGas, creditSlot, hasStateGas, SLOT_BYTES, stateGasOf } from "./state-gas";
import { giveUpSum, storedSum, sumIsZero, trackWord } from "./tracked";

const COLD_SLOT_LOAD: u64 = 2000;
const COLD_SLOT_STORE: u64 = 2100;
const SET: u64 = 20000;
const RESET: u64 = 5000;

/** SLOAD; false = out of gas. */
export function opSload(frame: Frame, sp: usize): bool {
  const slot = viewSlot(frame.account, sp);
  if (fork >= Fork.Berlin && slotWarm(slot) && !chargeGas(COLD_SLOT_LOAD)) return false;
  if (viewDeltas != Deltas.Off && slotTryDelta(slot)) {
    wordCopy(sp, slotSum(slot));
    trackWord(sp, slot);
  } else {
    wordCopy(sp, slotValue(slot));
  }
  return true;
}

/** SSTORE: key, value. All of its gas is charged here. */
export function opSstore(frame: Frame, sp: usize): Halt {
  return storeWord(frame, sp, 0);
}

/** SSTORE of a word that may be the sum of a slot that is a delta (tracked.ts). */
export function opSstoreTracked(frame: Frame, sp: usize): Halt {
  return storeWord(frame, sp, storedSum);
}

/** `sumOf`: the slot that is a delta and of which the value is a sum, or 0. */
function storeWord(frame: Frame, sp: usize, sumOf: usize): Halt {
  if (frame.isStatic != 0) return Halt.StaticViolation;
  // EIP-2200: a callee with no more than the stipend must not change storage.
  if (fork >= Fork.Istanbul && gasLeft <= 2300) return Halt.OutOfGas;
  const slot = viewSlot(frame.account, sp);
  const value = sp - 32;
  let gas: u64 = 0;
  if (fork >= Fork.Berlin && slotWarm(slot)) gas = COLD_SLOT_STORE;
  // What any other slot is set to, and what is no sum of this one, has to be known.
  if (sumOf != slot) {
    if (sumOf != 0) giveUpSum(sumOf);
    slotValue(slot);
  }
  const current = slotSum(slot);
  makesSlot = false;
  if (fork == Fork.Constantinople || fork >= Fork.Istanbul) {
    gas += netMeteredGas(slot, current, value);
  } else {
    const clears = sumIsZero(slot, value);
    const isClear = sumIsZero(slot, current);
    gas = !clears && isClear ? SET : RESET;
    if (clears && !isClear) viewAddRefund(15000);
  }
  if (!chargeGas(gas)) return Halt.OutOfGas;
  if (makesSlot && hasStateGas() && !chargeStateGas(stateGasOf(SLOT_BYTES))) return Halt.OutOfGas;
  slotSetSum(slot, value);
  return Halt.Success;
}

/** Whether the SSTORE whose gas was computed last makes a slot out of nothing. */
let makesSlot: bool = false;

/** Gas for a new slot; with EIP-8037 what it costs to write one, as its state is paid apart. */
function setGas(): u64 {
  return hasStateGas() ? RESET - COLD_SLOT_STORE : SET;
}

/** Net gas metering: EIP-1283 (Constantinople), EIP-2200 (Istanbul), EIP-2929 (Berlin), EIP-3529 (London). */
function netMeteredGas(slot: usize, current: usize, value: usize): u64 {
  const load: u64 = fork >= Fork.Berlin ? 100 : fork >= Fork.Istanbul ? 800 : 200;
  const reset: u64 = fork >= Fork.Berlin ? RESET - COLD_SLOT_STORE : RESET;
  const clears: i64 = fork >= Fork.London ? 4800 : 15000;
  // Of sums of one value, which are equal does not depend on that; which are zero does.
  if (wordEquals(current, value)) return load;
  const original = slotSumBase(slot);
  const hadValue = !sumIsZero(slot, original);
  if (wordEquals(original, current)) {
    if (!hadValue) {
      makesSlot = true;
      return setGas();
    }
    if (sumIsZero(slot, value)) viewAddRefund(clears);
    return reset;
  }
  if (hadValue) {
    if (sumIsZero(slot, current)) viewAddRefund(-clears);
    else if (sumIsZero(slot, value)) viewAddRefund(clears);
  }
  if (wordEquals(original, value)) {
    viewAddRefund(<i64>((hadValue ? reset : setGas()) - load));
    if (!hadValue) creditSlot();
  }
  return load;
}

export function opTload(frame: Frame, sp: usize): void {
  transientLoad(frame.account, sp, wordA);
  wordCopy(sp, wordA);
}

export function opTstore(frame: Frame, sp: usize): Halt {
  if (frame.isStatic != 0) return Halt.StaticViolation;
  transientStore(frame.account, sp, sp - 32);
  return Halt.Success;
}

/** LOG0 … LOG4: memory offset, length, topics. */
export function opLog(frame: Frame, sp: usize, topics: u32): Halt {
  if (frame.isStatic != 0) return Halt.StaticViolation;
  const isReached = memoryRange(frame, sp, sp - 32);
  const gas = <u64>rangeLength * 8;
  if (!isReached) addShortage(gas);
  if (!isReached || !chargeGas(gas)) return Halt.OutOfGas;
  for (let i: u32 = 0; i < topics; i++) {
    wordCopy(passing + ((<usize>i) << 5), sp - 64 - ((<usize>i) << 5));
  }
  const log = viewLog(frameAddress(frame), passing, topics, frame.memory + rangeOffset, rangeLength);
  if (stepping) traceLog(log);
  return Halt.Success;
}
