// A transaction's view of balances. A payer's balance is asked only whether it is enough, a payee's not even that: where
// the account is hot (hot.ts), its balance is a delta (docs/deltas.md) until somebody asks for the value itself.

import { abortTransaction } from "../host";
import { arenaAllocate } from "../memory/arena";
import {
  versionGuess,
  versionGuessed,
  versionIsDelta,
  versionRead,
  versionSum,
  versionSummed,
  versionValue,
} from "../parallel/versions";
import { Abort } from "../status";
import { wordAdd, wordCopy, wordIsZero, wordLess, wordSubtract, wordZero } from "../word/word";
import { accountTouch, loadedAccount } from "./account";
import { currentTransaction } from "./current";
import { deltaGivenUp, noteMet, unheated, wantsDelta } from "./hot";
import { journalBalance } from "./journal";
import { COINBASE, DELTA_BALANCE, KNOWN_BALANCE, LocalAccount } from "./local";
import { MODE_PARALLEL, viewMode } from "./mode";
import { EQUAL, LESS, observeWord } from "./predicates";
import { AccountRecord, FIELD_BALANCE } from "./records";

function committedBalance(record: usize): usize {
  return changetype<usize>(loadedAccount(record, FIELD_BALANCE)) + offsetof<AccountRecord>("balance0");
}

/** `waits`: leaves with Abort.Estimate at an estimate, which is else taken for what it was before. */
function readBalance(a: usize, waits: bool): void {
  const account = changetype<LocalAccount>(a);
  if ((account.flags & COINBASE) != 0 && viewMode == MODE_PARALLEL) abortTransaction(Abort.NeedsTurn, 0);
  const record = <usize>account.record;
  const location = <u32>record | FIELD_BALANCE;
  const balance = a + offsetof<LocalAccount>("balance0");
  let version = waits
    ? versionRead(location, currentTransaction)
    : versionGuess(location, currentTransaction);
  if (version == 0) {
    wordCopy(balance, committedBalance(record));
  } else if (!versionIsDelta(version)) {
    wordCopy(balance, versionValue(version));
    if (waits) noteMet(location, version);
  } else {
    if (!waits) wordCopy(balance, versionGuessed(version));
    else if (!versionSum(version, 0, balance)) wordAdd(balance, balance, committedBalance(record));
    version = versionSummed(version);
  }
  wordCopy(a + offsetof<LocalAccount>("balanceRead0"), balance);
  account.balanceVersion = <u32>version;
  account.flags |= KNOWN_BALANCE | unheated(location);
}

/** Whether only predicates of the balance are known so far. Where it is hot and not read yet, it is read so. */
function balanceIsDelta(a: usize): bool {
  const account = changetype<LocalAccount>(a);
  if ((account.flags & KNOWN_BALANCE) == 0) {
    if (!wantsDelta(account.record | FIELD_BALANCE)) return false;
    readBalance(a, false);
    account.flags |= DELTA_BALANCE;
  }
  return (account.flags & DELTA_BALANCE) != 0;
}

/** Notes the outcome of a comparison of a balance that is a delta; false where that is one too many. */
function observeBalance(a: usize, relation: u32, other: usize, outcome: bool): bool {
  const offset = arenaAllocate(32);
  wordSubtract(offset, a + offsetof<LocalAccount>("balance0"), a + offsetof<LocalAccount>("balanceRead0"));
  return observeWord(a + offsetof<LocalAccount>("observed"), relation, offset, other, false, outcome);
}

/** Whether the balance is less than `amount`: all that a payer's balance is asked. */
export function accountBalanceLess(a: usize, amount: usize): bool {
  if (balanceIsDelta(a)) {
    const less = wordLess(a + offsetof<LocalAccount>("balance0"), amount);
    if (observeBalance(a, LESS, amount, less)) return less;
  }
  return wordLess(accountBalance(a), amount);
}

/** Whether the balance is zero. */
export function accountBalanceIsZero(a: usize): bool {
  if (balanceIsDelta(a)) {
    const zero = arenaAllocate(32);
    wordZero(zero);
    const empty = wordIsZero(a + offsetof<LocalAccount>("balance0"));
    if (observeBalance(a, EQUAL, zero, empty)) return empty;
  }
  return wordIsZero(accountBalance(a));
}

/** Pointer to the balance in wei, a word to read only. */
export function accountBalance(a: usize): usize {
  const account = changetype<LocalAccount>(a);
  if ((account.flags & KNOWN_BALANCE) == 0) {
    readBalance(a, true);
  } else if ((account.flags & DELTA_BALANCE) != 0) {
    // From now on it is an ordinary read of the value that was met.
    account.flags &= ~DELTA_BALANCE;
    deltaGivenUp(account.record | FIELD_BALANCE);
  }
  return a + offsetof<LocalAccount>("balance0");
}

export function accountSetBalance(a: usize, balance: usize): void {
  accountBalance(a);
  accountTouch(a);
  journalBalance(a);
  wordCopy(a + offsetof<LocalAccount>("balance0"), balance);
}

/** Adding zero touches the account and reads nothing. */
export function accountAddBalance(a: usize, amount: usize): void {
  accountTouch(a);
  if (wordIsZero(amount)) return;
  if (!balanceIsDelta(a)) accountBalance(a);
  const balance = a + offsetof<LocalAccount>("balance0");
  journalBalance(a);
  wordAdd(balance, balance, amount);
}

/** False, and nothing changed, where the balance is too small. */
export function accountSubtractBalance(a: usize, amount: usize): bool {
  if (!wordIsZero(amount)) {
    if (accountBalanceLess(a, amount)) return false;
    const balance = a + offsetof<LocalAccount>("balance0");
    journalBalance(a);
    wordSubtract(balance, balance, amount);
  }
  accountTouch(a);
  return true;
}
