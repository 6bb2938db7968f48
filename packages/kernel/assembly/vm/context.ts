// What holds for a whole transaction, and the registers that the interpreter shares with operations in other files.

import { env } from "../block/env";
import { abortTransaction } from "../host";
import { CONTROL, Control } from "../memory/layout";
import { Abort, Fork } from "../status";
import { wordZero } from "../word/word";
import { consoleBegin } from "./console";
import { framesReset, scratch } from "./frame";

/** Rules in force (status.ts Fork). */
export let fork: u32 = Fork.Frontier;
/** EIPs in force of those that have a bit (status.ts Eip). */
export let eips: u32 = 0;
/** What runs is traced: decoded for stepping, and the host hears of each instruction and frame. */
export let stepping: bool = false;
/** Whether the next run is to be traced. */
let traced: bool = false;

/** Says before `vmBeginTransaction` whether what begins is traced. */
export function vmTrace(isTraced: bool): void {
  traced = isTraced;
}

/** What ORIGIN and GASPRICE give: words. */
export let originWord: usize = 0;
export let gasPriceWord: usize = 0;
/** Versioned blob hashes of the transaction, 32 raw bytes each. */
export let blobHashes: usize = 0;
export let blobHashCount: u32 = 0;

/** Gas of the running frame while an operation outside of the interpreter's loop works on it. */
export let gasLeft: u64 = 0;

export function setGasLeft(gas: u64): void {
  gasLeft = gas;
}

/** What the operation that ran out of gas lacked; traces tell what it would have cost. */
let shortage: u64 = 0;

/** The last shortage, once; 0 = what was lacked is not known here. */
export function takeShortage(): u64 {
  const amount = shortage;
  shortage = 0;
  return amount;
}

/** What an operation that cannot be paid for would have cost besides. */
export function addShortage(amount: u64): void {
  if (shortage != 0) shortage += amount;
}

/** Takes `amount` from `gasLeft`; false = there is not that much. */
export function chargeGas(amount: u64): bool {
  if (gasLeft < amount) {
    shortage = amount - gasLeft;
    return false;
  }
  gasLeft -= amount;
  return true;
}

/**
 * Leaves a block that was given up. Asked where code goes back and where it calls: nothing runs long without
 * doing either.
 */
export function leaveIfCancelled(): void {
  if (atomic.load<u32>(CONTROL + offsetof<Control>("cancelled")) != 0) abortTransaction(Abort.Cancelled, 0);
}

/** What the last call of the running frame returned. */
export let returnData: usize = 0;
export let returnLength: u32 = 0;

export function setReturnData(at: usize, length: u32): void {
  returnData = at;
  returnLength = length;
}

/** Two words for operations in passing, of this worker's own. */
export let wordA: usize = 0;
export let wordB: usize = 0;
/** 160 bytes more: topics of a log, preimage of an address. */
export let passing: usize = 0;
/** The word zero; never written. */
export let zeroWord: usize = 0;
/** 128 bytes: the stack words that are sums (vm/tracked.ts). */
export let tracked: usize = 0;

/** Forgets what an aborted transaction left. */
function begin(): void {
  framesReset();
  wordA = scratch;
  wordB = scratch + 32;
  zeroWord = scratch + 64;
  passing = scratch + 96;
  tracked = scratch + 256;
  wordZero(zeroWord);
  fork = env().fork;
  eips = env().eips;
  stepping = traced;
  returnData = 0;
  returnLength = 0;
  shortage = 0;
  consoleBegin();
}

/**
 * Call before the first run of a transaction or system call. `origin` and `gasPrice` point to words,
 * `hashes` to `count` versioned hashes of 32 raw bytes; all must stay until the last run.
 */
export function vmBeginTransaction(origin: usize, gasPrice: usize, hashes: usize, count: u32): void {
  begin();
  originWord = origin;
  gasPriceWord = gasPrice;
  blobHashes = hashes;
  blobHashCount = count;
}
