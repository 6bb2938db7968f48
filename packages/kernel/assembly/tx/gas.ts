// A transaction's gas: what it begins with, and what it has used when it is over.

import { hasEip } from "../block/env";
import { viewDestructedBytes, viewRefund } from "../state/view";
import { Eip, Fork, Halt } from "../status";
import {
  ACCOUNT_BYTES,
  SLOT_BYTES,
  stateGasBegin,
  stateGasEnd,
  stateGasLeft,
  stateGasSpilled,
} from "../vm/state-gas";
import { floorGas } from "./intrinsic";
import { Transaction } from "./transaction";

/** EIP-7825; with EIP-8037 of gas that is not state gas. */
export const MAX_TRANSACTION_GAS: u64 = 1 << 24;

/**
 * Gas for the outermost frame of a transaction whose intrinsic gas is known; what state gas it may use besides goes to
 * the reservoir (EIP-8037).
 */
export function openGas(t: Transaction): u64 {
  const gas = t.gasLimit - t.intrinsicGas;
  t.stateGas = t.intrinsicStateGas;
  const regular = t.intrinsicGas - t.intrinsicStateGas;
  const most = hasEip(Eip.E8037) ? MAX_TRANSACTION_GAS - min<u64>(regular, MAX_TRANSACTION_GAS) : gas;
  const left = min<u64>(gas, most);
  stateGasBegin(gas - left);
  return left;
}

/**
 * Gas used by a transaction that `openGas` gave `begun` and that left `gasLeft`: after the refund counter's cap (EIP-3529
 * from London on) and the floor (EIP-7623) for its sender; for the block before refunds (EIP-7778), state gas apart.
 */
export function settleGas(t: Transaction, begun: u64, gasLeft: u64, fork: u32): void {
  const hasState = hasEip(Eip.E8037);
  // Gas without state gas that the frames used, as the block counts it.
  let executed: u64 = 0;
  if (hasState) executed = settleStateGas(t, begun - gasLeft);
  const used = t.gasLimit - gasLeft - stateGasLeft;
  const cap = used / (fork >= Fork.London ? 5 : 2);
  // The counter is never below zero when a transaction ends (EIP-2200, EIP-3529).
  const refund = <u64>viewRefund();
  const floor = floorGas(t, fork);
  t.gasRefunded = min(refund, cap);
  t.gasBeforeRefund = max<u64>(used, floor);
  t.gasUsed = max<u64>(used - t.gasRefunded, floor);
  if (hasState) t.blockGas = max<u64>(t.intrinsicGas - t.intrinsicStateGas + executed, floor);
  else t.blockGas = hasEip(Eip.E7778) ? t.gasBeforeRefund : t.gasUsed;
}

/** Sums up the state gas; `taken` is what the frames took of their gas. Returns the part of it that is no state gas. */
function settleStateGas(t: Transaction, taken: u64): u64 {
  if (t.status == Halt.CreateCollision) {
    // The sender loses all of it; the block counts nothing, for nothing ran.
    stateGasBegin(0);
    return 0;
  }
  t.stateGas += stateGasEnd(t.status == Halt.Success, viewDestructedBytes(ACCOUNT_BYTES, SLOT_BYTES));
  return taken - stateGasSpilled;
}
