// A transaction's view of accounts: fields are read when first asked for.

import { ENV_COINBASE, env } from "../block/env";
import { abortTransaction, panic } from "../host";
import { arenaAllocate } from "../memory/arena";
import { control } from "../memory/layout";
import { versionRead, versionValue } from "../parallel/versions";
import { Abort, Fork } from "../status";
import { codeFind, codeHash, EMPTY_CODE } from "../vm/code";
import { precompileByRules } from "../vm/precompiles";
import { wordCopy, wordEquals, wordIsZero } from "../word/word";
import { accountBalance, accountBalanceIsZero } from "./balance";
import { currentExecution, currentTransaction } from "./current";
import { hashIsEmpty, rootIsEmpty, setEmptyHash } from "./empty";
import { internAccount } from "./intern";
import { journalCode, journalFlag, journalLife, journalNonce } from "./journal";
import {
  ACCESSED,
  COINBASE,
  CREATED,
  DESTRUCTED,
  KNOWN_CODE,
  KNOWN_LIFE,
  KNOWN_NONCE,
  LocalAccount,
  TOUCHED,
  WARM,
} from "./local";
import { localEnter, localFind } from "./local-table";
import { MODE_CLAIMED, viewMode } from "./mode";
import { AccountRecord, FIELD_CODE, FIELD_LIFE, FIELD_NONCE, Loaded } from "./records";

/** Precompiles are warm from the transaction's begin (EIP-2929), from Shanghai on the fee recipient too (EIP-3651). */
function flagsAtFirst(address: usize): u32 {
  const fork = env().fork;
  if (wordEquals(address, ENV_COINBASE)) return fork >= Fork.Shanghai ? COINBASE | WARM : COINBASE;
  return fork >= Fork.Berlin && precompileByRules(address, fork) != 0 ? WARM : 0;
}

/** The view's entry of the account at `address` (a word). Always the same pointer within a transaction. */
export function viewAccount(address: usize): usize {
  const record = internAccount(address);
  const found = localFind(record);
  if (found != 0) return found;
  const a = arenaAllocate(offsetof<LocalAccount>());
  const account = changetype<LocalAccount>(a);
  const execution = currentExecution();
  account.record = <u32>record;
  account.flags = flagsAtFirst(address);
  account.previous = execution.accounts;
  account.code = 0;
  account.observed = 0;
  wordCopy(a + offsetof<LocalAccount>("address0"), address);
  execution.accounts = <u32>a;
  execution.accountCount++;
  const epoch = control().epoch;
  if (changetype<AccountRecord>(record).touched != epoch) changetype<AccountRecord>(record).touched = epoch;
  localEnter(a);
  return a;
}

/** Pointer to the account's address, a word. */
export function accountAddress(a: usize): usize {
  return a + offsetof<LocalAccount>("address0");
}

/** The account's committed record; leaves with Abort.Cold where its values are not in the cache. */
export function loadedAccount(record: usize, field: u32): AccountRecord {
  const state = record + offsetof<AccountRecord>("loaded");
  if (atomic.load<u32>(state) != Loaded.Yes) {
    atomic.cmpxchg<u32>(state, Loaded.No, Loaded.Requested);
    abortTransaction(Abort.Cold, <u32>record | field);
  }
  return changetype<AccountRecord>(record);
}

function readNonce(a: usize): void {
  const account = changetype<LocalAccount>(a);
  const record = <usize>account.record;
  const version = versionRead(<u32>record | FIELD_NONCE, currentTransaction);
  const value = version != 0 ? load<u64>(versionValue(version)) : loadedAccount(record, FIELD_NONCE).nonce;
  account.nonce = value;
  account.nonceRead = value;
  account.nonceVersion = <u32>version;
  account.flags |= KNOWN_NONCE;
}

function readCode(a: usize): void {
  const account = changetype<LocalAccount>(a);
  const record = <usize>account.record;
  const version = versionRead(<u32>record | FIELD_CODE, currentTransaction);
  let value: usize;
  if (version != 0) {
    value = versionValue(version);
  } else {
    const base = loadedAccount(record, FIELD_CODE);
    account.code = base.code;
    value = record + offsetof<AccountRecord>("codeHash0");
  }
  wordCopy(a + offsetof<LocalAccount>("codeHash0"), value);
  wordCopy(a + offsetof<LocalAccount>("codeHashRead0"), value);
  account.codeVersion = <u32>version;
  account.flags |= KNOWN_CODE;
}

/**
 * On claims, an account whose fields somebody changed exists where it is not empty (EIP-161). Storage is never wiped:
 * only what its own transaction created can be destructed (EIP-6780), and nothing is created over storage (EIP-7610).
 */
function readClaimedLife(a: usize): void {
  const account = changetype<LocalAccount>(a);
  accountBalance(a);
  if ((account.flags & KNOWN_NONCE) == 0) readNonce(a);
  if ((account.flags & KNOWN_CODE) == 0) readCode(a);
  const empty =
    account.nonceRead == 0 &&
    hashIsEmpty(a + offsetof<LocalAccount>("codeHashRead0")) &&
    wordIsZero(a + offsetof<LocalAccount>("balanceRead0"));
  const claimed = (account.balanceVersion | account.nonceVersion | account.codeVersion) != 0;
  const exists =
    !empty || (!claimed && loadedAccount(<usize>account.record, FIELD_LIFE).exists != 0) ? <u64>1 : 0;
  account.exists = exists;
  account.wipe = 0;
  account.existsRead = exists;
  account.wipeRead = 0;
  account.lifeVersion = 0;
  account.flags |= KNOWN_LIFE;
}

/** Reads existence and storage wipes. */
export function accountReadLife(a: usize): void {
  const account = changetype<LocalAccount>(a);
  if ((account.flags & KNOWN_LIFE) != 0) return;
  if (viewMode == MODE_CLAIMED) {
    readClaimedLife(a);
    return;
  }
  const record = <usize>account.record;
  const version = versionRead(<u32>record | FIELD_LIFE, currentTransaction);
  let exists: u64 = 0;
  let wipe: u64 = 0;
  if (version != 0) {
    exists = load<u64>(versionValue(version));
    wipe = load<u64>(versionValue(version), 8);
  } else {
    exists = <u64>loadedAccount(record, FIELD_LIFE).exists;
  }
  account.exists = exists;
  account.wipe = wipe;
  account.existsRead = exists;
  account.wipeRead = wipe;
  account.lifeVersion = <u32>version;
  account.flags |= KNOWN_LIFE;
}

export function accountNonce(a: usize): u64 {
  if ((changetype<LocalAccount>(a).flags & KNOWN_NONCE) == 0) readNonce(a);
  return changetype<LocalAccount>(a).nonce;
}

/** Pointer to the code's hash, 32 bytes; that of nothing where there is no code. */
export function accountCodeHash(a: usize): usize {
  if ((changetype<LocalAccount>(a).flags & KNOWN_CODE) == 0) readCode(a);
  return a + offsetof<LocalAccount>("codeHash0");
}

function hasCode(a: usize): bool {
  accountCodeHash(a);
  return !hashIsEmpty(a + offsetof<LocalAccount>("codeHash0"));
}

/** The code (vm/code.ts), EMPTY_CODE if none. Leaves with Abort.Cold where only its hash is in the cache. */
export function accountCode(a: usize): usize {
  const account = changetype<LocalAccount>(a);
  if ((account.flags & KNOWN_CODE) == 0) readCode(a);
  if (account.code != 0) return <usize>account.code;
  const hash = a + offsetof<LocalAccount>("codeHash0");
  if (hashIsEmpty(hash)) {
    account.code = <u32>EMPTY_CODE;
  } else {
    const code = codeFind(hash);
    if (code == 0) {
      if (control().coldSource != 0) abortTransaction(Abort.Cold, account.record | FIELD_CODE);
      panic(2, account.record);
    }
    account.code = <u32>code;
    // The record remembers the place of its code: a fact about the hash, so it needs no undoing.
    const record = <usize>account.record;
    if (account.codeVersion == 0 && wordEquals(hash, record + offsetof<AccountRecord>("codeHash0"))) {
      atomic.store<u32>(record + offsetof<AccountRecord>("code"), <u32>code);
    }
  }
  return <usize>account.code;
}

/** EIP-161: no nonce, no code, no balance. The balance, which changes most often, is read last. */
export function accountIsEmpty(a: usize): bool {
  if (accountNonce(a) != 0) return false;
  if (hasCode(a)) return false;
  return accountBalanceIsZero(a);
}

/** Whether the account is in the trie. From Spurious Dragon on what is not empty exists. */
export function accountExists(a: usize): bool {
  if (env().fork >= <u32>Fork.Spurious && !accountIsEmpty(a)) return true;
  accountReadLife(a);
  return changetype<LocalAccount>(a).exists != 0;
}

/** Whether the account has storage (EIP-7610): creation fails there. */
export function accountHasStorage(a: usize): bool {
  accountReadLife(a);
  const account = changetype<LocalAccount>(a);
  if (account.wipe != 0) return false;
  return recordHasStorage(loadedAccount(<usize>account.record, FIELD_LIFE));
}

/** Whether the committed account has storage. */
export function recordHasStorage(record: AccountRecord): bool {
  if (record.storageTrie != 0 || record.slotCount != 0) return true;
  const root = changetype<usize>(record) + offsetof<AccountRecord>("storageRoot0");
  return !rootIsEmpty(root) && !wordIsZero(root);
}

/**
 * EIP-161: the account is removed at the end if it is empty then. Before Spurious Dragon a touched account
 * comes into existence. Every function below that changes an account touches it too.
 */
export function accountTouch(a: usize): void {
  const account = changetype<LocalAccount>(a);
  if ((account.flags & TOUCHED) == 0) {
    journalFlag(a, TOUCHED);
    account.flags |= ACCESSED;
  }
  if (env().fork < <u32>Fork.Spurious) {
    accountReadLife(a);
    if (account.exists == 0) {
      journalLife(a);
      account.exists = 1;
    }
  }
}

export function accountSetNonce(a: usize, nonce: u64): void {
  accountNonce(a);
  accountTouch(a);
  journalNonce(a);
  changetype<LocalAccount>(a).nonce = nonce;
}

/** `code` is a Code structure (vm/code.ts); EMPTY_CODE removes it. */
export function accountSetCode(a: usize, code: usize): void {
  accountCodeHash(a);
  accountTouch(a);
  journalCode(a);
  changetype<LocalAccount>(a).code = <u32>code;
  const hash = a + offsetof<LocalAccount>("codeHash0");
  if (code == EMPTY_CODE) setEmptyHash(hash);
  else wordCopy(hash, codeHash(code));
}

/**
 * Makes a new contract: it exists, its nonce is that of the fork (EIP-161), its storage is empty; its balance stays.
 * The caller has checked nonce, code and storage (EIP-7610).
 */
export function accountCreate(a: usize): void {
  const account = changetype<LocalAccount>(a);
  accountReadLife(a);
  accountTouch(a);
  journalLife(a);
  account.exists = 1;
  account.wipe = <u64>currentTransaction + 1;
  if ((account.flags & CREATED) == 0) journalFlag(a, CREATED);
  accountSetNonce(a, env().fork >= <u32>Fork.Spurious ? 1 : 0);
}

/** Whether this transaction created the account (EIP-6780). */
export function accountWasCreated(a: usize): bool {
  return (changetype<LocalAccount>(a).flags & CREATED) != 0;
}

/** The account is removed when the transaction ends. Whether EIP-6780 lets it is the caller's decision. */
export function accountDestruct(a: usize): void {
  if ((changetype<LocalAccount>(a).flags & DESTRUCTED) == 0) journalFlag(a, DESTRUCTED);
}

export function accountIsDestructed(a: usize): bool {
  return (changetype<LocalAccount>(a).flags & DESTRUCTED) != 0;
}

/** The account is accessed although nothing of it has to be read: the block access list names it (EIP-7928). */
export function accountAccess(a: usize): void {
  changetype<LocalAccount>(a).flags |= ACCESSED;
}

/** Marks the account warm (EIP-2929); true = it was cold. */
export function accountWarm(a: usize): bool {
  if ((changetype<LocalAccount>(a).flags & WARM) != 0) return false;
  journalFlag(a, WARM);
  return true;
}
