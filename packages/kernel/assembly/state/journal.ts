// Undo entries of the running transaction, newest first. A checkpoint is a pointer into the chain.
// What was read stays read: only values, flags, logs and refunds go back.

import { env } from "../block/env";
import { arenaAllocate } from "../memory/arena";
import { Fork } from "../status";
import { wordCopy } from "../word/word";
import { LocalAccount, Log, TOUCHED } from "./local";

const UNDO_BALANCE: u32 = 1;
const UNDO_NONCE: u32 = 2;
const UNDO_CODE: u32 = 3;
const UNDO_LIFE: u32 = 4;
const UNDO_FLAG: u32 = 5;
const UNDO_VALUE: u32 = 6;
const UNDO_LOG: u32 = 7;
const UNDO_REFUND: u32 = 8;

@unmanaged
class Undo {
  previous: u32;
  kind: u32;
  target: u32;
  /** The flag, or the code pointer. */
  detail: u32;
  old0: u64;
  old1: u64;
  old2: u64;
  old3: u64;
}

let newest: usize = 0;
export let refund: i64 = 0;
export let firstLog: usize = 0;
export let lastLog: usize = 0;
export let logCount: u32 = 0;

export function journalBegin(): void {
  newest = 0;
  refund = 0;
  firstLog = 0;
  lastLog = 0;
  logCount = 0;
}

function append(kind: u32, target: usize, detail: u32, size: usize): Undo {
  const undo = changetype<Undo>(arenaAllocate(offsetof<Undo>("old0") + size));
  undo.previous = <u32>newest;
  undo.kind = kind;
  undo.target = <u32>target;
  undo.detail = detail;
  newest = changetype<usize>(undo);
  return undo;
}

export function journalBalance(a: usize): void {
  const undo = append(UNDO_BALANCE, a, 0, 32);
  wordCopy(changetype<usize>(undo) + offsetof<Undo>("old0"), a + offsetof<LocalAccount>("balance0"));
}

export function journalNonce(a: usize): void {
  append(UNDO_NONCE, a, 0, 8).old0 = changetype<LocalAccount>(a).nonce;
}

export function journalCode(a: usize): void {
  const undo = append(UNDO_CODE, a, changetype<LocalAccount>(a).code, 32);
  wordCopy(changetype<usize>(undo) + offsetof<Undo>("old0"), a + offsetof<LocalAccount>("codeHash0"));
}

export function journalLife(a: usize): void {
  const undo = append(UNDO_LIFE, a, 0, 16);
  undo.old0 = changetype<LocalAccount>(a).exists;
  undo.old1 = changetype<LocalAccount>(a).wipe;
}

/** Sets a flag of a LocalAccount or LocalSlot that is not set; a revert clears it. */
export function journalFlag(local: usize, flag: u32): void {
  append(UNDO_FLAG, local, flag, 0);
  changetype<LocalAccount>(local).flags |= flag;
}

/** A word of a LocalSlot or of transient storage, by its own address. */
export function journalValue(word: usize): void {
  wordCopy(changetype<usize>(append(UNDO_VALUE, word, 0, 32)) + offsetof<Undo>("old0"), word);
}

export function journalRefund(delta: i64): void {
  append(UNDO_REFUND, 0, 0, 8).old0 = <u64>refund;
  refund += delta;
}

/** Appends a finished Log. */
export function journalLog(log: usize): void {
  append(UNDO_LOG, lastLog, 0, 0);
  const entry = changetype<Log>(log);
  entry.next = 0;
  entry.previous = <u32>lastLog;
  if (lastLog != 0) changetype<Log>(lastLog).next = <u32>log;
  else firstLog = log;
  lastLog = log;
  logCount++;
}

/** A point to which `viewRevert` can go back. Checkpoints may be nested. */
export function viewCheckpoint(): u32 {
  return <u32>newest;
}

/**
 * Undoes all changes since the checkpoint; what was read stays recorded.
 *
 * The touch of address 3 survives from Spurious Dragon on: mainnet's block 2,675,119 deleted the empty RIPEMD-160
 * account although the call that touched it ran out of gas, and the chain kept that (EIP-161, addendum).
 */
export function viewRevert(checkpoint: u32): void {
  let at = newest;
  while (at != <usize>checkpoint) {
    const undo = changetype<Undo>(at);
    const old = at + offsetof<Undo>("old0");
    const target = <usize>undo.target;
    switch (undo.kind) {
      case UNDO_BALANCE:
        wordCopy(target + offsetof<LocalAccount>("balance0"), old);
        break;
      case UNDO_NONCE:
        changetype<LocalAccount>(target).nonce = undo.old0;
        break;
      case UNDO_CODE:
        wordCopy(target + offsetof<LocalAccount>("codeHash0"), old);
        changetype<LocalAccount>(target).code = undo.detail;
        break;
      case UNDO_LIFE:
        changetype<LocalAccount>(target).exists = undo.old0;
        changetype<LocalAccount>(target).wipe = undo.old1;
        break;
      case UNDO_FLAG:
        if (undo.detail == TOUCHED && env().fork >= <u32>Fork.Spurious && isRipemd(target)) break;
        changetype<LocalAccount>(target).flags &= ~undo.detail;
        break;
      case UNDO_VALUE:
        wordCopy(target, old);
        break;
      case UNDO_LOG:
        lastLog = target;
        if (lastLog != 0) changetype<Log>(lastLog).next = 0;
        else firstLog = 0;
        logCount--;
        break;
      case UNDO_REFUND:
        refund = <i64>undo.old0;
        break;
    }
    at = <usize>undo.previous;
  }
  newest = at;
}

function isRipemd(a: usize): bool {
  const account = changetype<LocalAccount>(a);
  return account.address0 == 3 && (account.address1 | account.address2) == 0;
}
