// The end of a transaction: accounts that the fork's rules remove are removed, and the write set is marked.

import { env } from "../block/env";
import { claimsNoteRemainder } from "../parallel/claims";
import { Fork } from "../status";
import { Code } from "../vm/code";
import { wordEquals, wordIsZero, wordLess, wordZero } from "../word/word";
import {
  accountAddress,
  accountCode,
  accountCodeHash,
  accountIsEmpty,
  accountNonce,
  accountReadLife,
  loadedAccount,
} from "./account";
import { accountBalance } from "./balance";
import { currentExecution, currentTransaction } from "./current";
import { hashIsEmpty, setEmptyHash } from "./empty";
import { firstLog, lastLog, logCount } from "./journal";
import {
  COINBASE,
  CREATED,
  DESTRUCTED,
  KNOWN_BALANCE,
  KNOWN_CODE,
  KNOWN_LIFE,
  KNOWN_NONCE,
  KNOWN_SLOT,
  LocalAccount,
  LocalSlot,
  TOUCHED,
  WRITTEN_BALANCE,
  WRITTEN_CODE,
  WRITTEN_LIFE,
  WRITTEN_NONCE,
  WRITTEN_SLOT,
} from "./local";
import { MODE_CLAIMED, viewMode } from "./mode";
import { AccountRecord, FIELD_LIFE } from "./records";

/** Bits of the fields whose value differs from the one read. */
function changedFields(a: usize): u32 {
  const account = changetype<LocalAccount>(a);
  const flags = account.flags;
  let changed: u32 = 0;
  if (
    (flags & KNOWN_BALANCE) != 0 &&
    !wordEquals(a + offsetof<LocalAccount>("balance0"), a + offsetof<LocalAccount>("balanceRead0"))
  ) {
    changed |= WRITTEN_BALANCE;
  }
  if ((flags & KNOWN_NONCE) != 0 && account.nonce != account.nonceRead) changed |= WRITTEN_NONCE;
  if (
    (flags & KNOWN_CODE) != 0 &&
    !wordEquals(a + offsetof<LocalAccount>("codeHash0"), a + offsetof<LocalAccount>("codeHashRead0"))
  ) {
    changed |= WRITTEN_CODE;
  }
  if (
    (flags & KNOWN_LIFE) != 0 &&
    (account.exists != account.existsRead || account.wipe != account.wipeRead)
  ) {
    changed |= WRITTEN_LIFE;
  }
  return changed;
}

/** Whether the account was empty when this transaction met it. Its fields are known. */
function wasEmpty(a: usize): bool {
  return (
    changetype<LocalAccount>(a).nonceRead == 0 &&
    hashIsEmpty(a + offsetof<LocalAccount>("codeHashRead0")) &&
    wordIsZero(a + offsetof<LocalAccount>("balanceRead0"))
  );
}

function remove(a: usize): void {
  const account = changetype<LocalAccount>(a);
  accountReadLife(a);
  const balance = accountBalance(a);
  const codeHash = accountCodeHash(a);
  accountNonce(a);
  if (viewMode == MODE_CLAIMED && account.existsRead != 0 && wasEmpty(a)) claimsNoteRemainder();
  wordZero(balance);
  account.nonce = 0;
  setEmptyHash(codeHash);
  account.code = 0;
  account.exists = 0;
  account.wipe = <u64>currentTransaction + 1;
}

/**
 * Of the accounts that are destructed and hold ether, the one with the lowest address above that of `after` (0 = of
 * all); 0 = there is none.
 */
export function viewBurntNext(after: usize): usize {
  let found: usize = 0;
  for (let a = <usize>currentExecution().accounts; a != 0; a = <usize>changetype<LocalAccount>(a).previous) {
    if ((changetype<LocalAccount>(a).flags & DESTRUCTED) == 0 || wordIsZero(accountBalance(a))) continue;
    if (after != 0 && !wordLess(accountAddress(after), accountAddress(a))) continue;
    if (found == 0 || wordLess(accountAddress(a), accountAddress(found))) found = a;
  }
  return found;
}

function isUndone(account: LocalAccount): bool {
  return (account.flags & (CREATED | DESTRUCTED)) == (CREATED | DESTRUCTED);
}

/**
 * Bytes that accounts which this transaction both created and destructed would have added to the state, given those of
 * an account without code and of a slot.
 */
export function viewDestructedBytes(accountBytes: u64, slotBytes: u64): u64 {
  let bytes: u64 = 0;
  const execution = currentExecution();
  for (let a = <usize>execution.accounts; a != 0; a = <usize>changetype<LocalAccount>(a).previous) {
    if (!isUndone(changetype<LocalAccount>(a))) continue;
    bytes += accountBytes + <u64>changetype<Code>(accountCode(a)).length;
  }
  if (bytes == 0) return 0;
  for (let s = <usize>execution.slots; s != 0; s = <usize>changetype<LocalSlot>(s).previous) {
    const slot = changetype<LocalSlot>(s);
    if ((slot.flags & KNOWN_SLOT) == 0 || wordIsZero(s + offsetof<LocalSlot>("value0"))) continue;
    if (isUndone(changetype<LocalAccount>(<usize>slot.account))) bytes += slotBytes;
  }
  return bytes;
}

/** Whether the transaction has looked at the fee recipient's account in any way, or named it. */
export function viewHasCoinbase(): bool {
  for (let a = <usize>currentExecution().accounts; a != 0; a = <usize>changetype<LocalAccount>(a).previous) {
    if ((changetype<LocalAccount>(a).flags & COINBASE) != 0) return true;
  }
  return false;
}

/** Whether the committed account is in the trie and empty: a remainder of the time before EIP-161. */
function wasEmptyRemainder(a: usize): bool {
  const record = loadedAccount(<usize>changetype<LocalAccount>(a).record, FIELD_LIFE);
  return (
    record.exists != 0 &&
    record.nonce == 0 &&
    hashIsEmpty(changetype<usize>(record) + offsetof<AccountRecord>("codeHash0")) &&
    wordIsZero(changetype<usize>(record) + offsetof<AccountRecord>("balance0"))
  );
}

/**
 * Ends the transaction: removes destructed accounts and, from Spurious Dragon on, touched ones that are empty;
 * marks what was written: values that differ from the value read.
 */
export function viewEnd(): void {
  const execution = currentExecution();
  const clearing = env().fork >= <u32>Fork.Spurious;
  let a = <usize>execution.accounts;
  while (a != 0) {
    const account = changetype<LocalAccount>(a);
    if ((account.flags & DESTRUCTED) != 0) {
      remove(a);
    } else if (clearing && (account.flags & TOUCHED) != 0) {
      // An account that was only touched can be empty in the trie from before EIP-161 only: nothing else is read.
      if ((changedFields(a) != 0 || wasEmptyRemainder(a)) && accountIsEmpty(a)) {
        accountReadLife(a);
        if (account.exists != 0) remove(a);
      }
    }
    account.flags |= changedFields(a);
    a = <usize>account.previous;
  }
  let s = <usize>execution.slots;
  while (s != 0) {
    const slot = changetype<LocalSlot>(s);
    if (
      (slot.flags & KNOWN_SLOT) != 0 &&
      (changetype<LocalAccount>(<usize>slot.account).flags & DESTRUCTED) == 0 &&
      !wordEquals(s + offsetof<LocalSlot>("value0"), s + offsetof<LocalSlot>("read0"))
    ) {
      slot.flags |= WRITTEN_SLOT;
    }
    s = <usize>slot.previous;
  }
  execution.firstLog = <u32>firstLog;
  execution.lastLog = <u32>lastLog;
  execution.logCount = logCount;
  execution.ended = 1;
}
