// EIP-8037: what grows the state is paid in a second kind of gas. A transaction has one reservoir of it, which every frame
// draws from in full; where it is empty, state gas is taken from the gas of the frame. Only operations outside of the
// interpreter's loop come here.

import { env, FLAG_STATE_GAS_KEPT } from "../block/env";
import { viewAddRefund } from "../state/view";
import { Eip } from "../status";
import { chargeGas, eips, gasLeft, setGasLeft } from "./context";
import { Frame } from "./frame";

/** Bytes that an account, a storage slot and the designator of EIP-7702 add to the state. */
export const ACCOUNT_BYTES: u64 = 112;
export const SLOT_BYTES: u64 = 32;
export const DESIGNATOR_BYTES: u64 = 23;

/** What a call or self-destruction pays for an account that it brings into being, without the EIP. */
const NEW_ACCOUNT: u64 = 25000;
const CODE_DEPOSIT_BYTE: u64 = 200;
const CODE_HASH_WORD: u64 = 6;

/** Twice the bytes by which the state is to grow in a year, and the blocks of a year. */
const TARGET_GROWTH: u64 = 2 * 100 * 1024 * 1024 * 1024;
const BLOCKS_PER_YEAR: u64 = 2628000;
const COST_OFFSET: i64 = 9578;
const SIGNIFICANT_BITS: i64 = 5;

/** What is left in the reservoir. */
export let stateGasLeft: u64 = 0;
/** What the running frame and those within it that succeeded have paid, less what they were given back. */
let stateGasUsed: u64 = 0;
/** What was given back to them, and what is to be given back to a frame around them that paid it. */
let refunded: u64 = 0;
let pending: u64 = 0;
/** What `stateGasReturn` was given. */
let returned: u64 = 0;
/** The part of all state gas that came out of the frames' own gas, since the transaction began. */
export let stateGasSpilled: u64 = 0;

let costOfLimit: u64 = 0;
let cost: u64 = 0;

export function hasStateGas(): bool {
  return (eips & Eip.E8037) != 0;
}

/** The EIP as of March 2026, which gives nothing back that a frame did not fail to make. */
function isKept(): bool {
  return (env().flags & FLAG_STATE_GAS_KEPT) != 0;
}

/** Gas for so many bytes of new state: more, in steps, the more gas a block may use. */
export function stateGasOf(bytes: u64): u64 {
  const limit = env().gasLimit;
  if (limit != costOfLimit) {
    costOfLimit = limit;
    cost = costPerByte(limit);
  }
  return bytes * cost;
}

function costPerByte(gasLimit: u64): u64 {
  const rest = (gasLimit % TARGET_GROWTH) * BLOCKS_PER_YEAR;
  const raw = (gasLimit / TARGET_GROWTH) * BLOCKS_PER_YEAR + (rest + TARGET_GROWTH - 1) / TARGET_GROWTH;
  const shifted = <i64>raw + COST_OFFSET;
  const shift = max<i64>(64 - <i64>clz<i64>(shifted) - SIGNIFICANT_BITS, 0);
  return <u64>max<i64>(((shifted >> shift) << shift) - COST_OFFSET, 1);
}

/** Before the first frame of a transaction or system call. */
export function stateGasBegin(reservoir: u64): void {
  stateGasLeft = reservoir;
  stateGasUsed = 0;
  stateGasSpilled = 0;
  refunded = 0;
  pending = 0;
  returned = 0;
}

/**
 * After the outermost frame: what failed has made no state, and neither have `undone` bytes of accounts that are gone with
 * the transaction that made them. Returns what the block counts of the gas that was paid for state.
 */
export function stateGasEnd(success: bool, undone: u64): u64 {
  if (isKept()) return stateGasUsed - returned;
  if (!success) {
    stateGasLeft += stateGasUsed;
    stateGasUsed = 0;
  }
  stateGasCredit(stateGasOf(undone));
  return stateGasUsed;
}

/** `frame` begins within another. */
export function stateGasEnter(frame: Frame): void {
  if (!hasStateGas()) return;
  frame.outerStateGasUsed = stateGasUsed;
  frame.outerStateGasRefunded = refunded;
  frame.outerStateGasPending = pending;
  stateGasUsed = 0;
  refunded = 0;
  pending = 0;
}

/** `frame`, which stands within another, is over. */
export function stateGasLeave(frame: Frame, success: bool): void {
  if (!hasStateGas()) return;
  if (success) {
    const rest = pending;
    stateGasUsed += frame.outerStateGasUsed;
    refunded += frame.outerStateGasRefunded;
    pending = frame.outerStateGasPending;
    stateGasCredit(rest);
    return;
  }
  // Nothing that it paid for came into being, and what was given back within it was never paid.
  stateGasLeft += stateGasUsed;
  stateGasLeft -= min<u64>(stateGasLeft, refunded);
  stateGasUsed = frame.outerStateGasUsed;
  refunded = frame.outerStateGasRefunded;
  pending = frame.outerStateGasPending;
}

/**
 * Gives back what was paid for state that is gone again. What a frame has not paid itself is given back to those around
 * it when it succeeds.
 */
function stateGasCredit(amount: u64): void {
  const applied = min<u64>(amount, stateGasUsed);
  stateGasLeft += applied;
  stateGasUsed -= applied;
  refunded += applied;
  pending += amount - applied;
}

/** Puts into the reservoir what was paid before the first frame and turned out not to be due. */
export function stateGasReturn(amount: u64): void {
  stateGasLeft += amount;
  returned += amount;
}

/** Takes state gas, from the reservoir first; false = there is not that much. */
export function chargeStateGas(amount: u64): bool {
  if (stateGasLeft >= amount) {
    stateGasLeft -= amount;
  } else {
    const rest = amount - stateGasLeft;
    if (gasLeft < rest) return false;
    setGasLeft(gasLeft - rest);
    stateGasSpilled += rest;
    stateGasLeft = 0;
  }
  stateGasUsed += amount;
  return true;
}

/** Pays for an account that comes into being by being sent ether. */
export function chargeNewAccount(): bool {
  return hasStateGas() ? chargeStateGas(stateGasOf(ACCOUNT_BYTES)) : chargeGas(NEW_ACCOUNT);
}

/** Pays for the account that CREATE or CREATE2 makes, beyond the gas of the opcode. */
export function chargeCreation(): bool {
  return !hasStateGas() || chargeStateGas(stateGasOf(ACCOUNT_BYTES));
}

/** The creation failed. */
export function creditCreation(): void {
  if (hasStateGas() && !isKept()) stateGasCredit(stateGasOf(ACCOUNT_BYTES));
}

/** A slot that this transaction made is empty again. */
export function creditSlot(): void {
  if (!hasStateGas()) return;
  if (isKept()) viewAddRefund(<i64>stateGasOf(SLOT_BYTES));
  else stateGasCredit(stateGasOf(SLOT_BYTES));
}

/** Pays for the code of a new contract, and with the EIP for hashing it. */
export function chargeCodeDeposit(length: u32): bool {
  if (!hasStateGas()) return chargeGas(<u64>length * CODE_DEPOSIT_BYTE);
  return chargeGas(((<u64>length + 31) >> 5) * CODE_HASH_WORD) && chargeStateGas(stateGasOf(length));
}
