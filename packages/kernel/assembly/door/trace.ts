// What the host reads while it is told of a traced transaction: the running view, as the transaction sees it just now. May leave
// with Abort.Cold; then the transaction begins again.

import { DESTRUCTED, LocalAccount } from "../state/local";
import {
  accountBalance,
  accountCode,
  accountCodeHash,
  accountExists,
  accountNonce,
  slotValue,
  viewAccount,
  viewRefund,
  viewSlot,
} from "../state/view";
import { fork, returnData, returnLength, takeShortage } from "../vm/context";
import { precompileAt } from "../vm/precompiles";

/** The account at an address, a word: for the functions below. Looking at it makes it neither warm nor accessed. */
export function traceAccount(address: usize): usize {
  return viewAccount(address);
}

/** The balance: a word. */
export function traceBalance(account: usize): usize {
  return accountBalance(account);
}

export function traceNonce(account: usize): u64 {
  return accountNonce(account);
}

/** The Code (vm/code.ts). */
export function traceCode(account: usize): usize {
  return accountCode(account);
}

/** 32 raw bytes. */
export function traceCodeHash(account: usize): usize {
  return accountCodeHash(account);
}

/** Whether there is such an account. */
export function traceExists(account: usize): bool {
  return accountExists(account);
}

/** Whether the account goes when the transaction ends. */
export function traceIsDestructed(account: usize): bool {
  return (changetype<LocalAccount>(account).flags & DESTRUCTED) != 0;
}

/** The value of a slot: a word; `key` is one. */
export function traceSlot(account: usize, key: usize): usize {
  return slotValue(viewSlot(account, key));
}

/** The refund counter. */
export function traceRefund(): i64 {
  return viewRefund();
}

/** What the last call of the running frame returned. */
export function traceReturnData(): usize {
  return returnData;
}

export function traceReturnLength(): u32 {
  return returnLength;
}

/** Whether calls of the address, a word, run a precompile. */
export function traceIsPrecompile(address: usize): bool {
  return precompileAt(address, fork) != 0;
}

/** What the operation with which a frame has just ended lacked in gas, told once; 0 = it lacked none, or it is not known. */
export function traceShortage(): u64 {
  return takeShortage();
}
