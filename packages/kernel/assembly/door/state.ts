// The state as the host sets it up, commits and drops it between blocks. No worker may be inside a block.

import { buildBlockChanges } from "../block/change-list";
import { env, FLAG_NO_STATE_ROOT } from "../block/env";
import { RESULT_STATE_ROOT } from "../block/result";
import { arenaAllocate } from "../memory/arena";
import { control } from "../memory/layout";
import { predictorForget } from "../parallel/predictor";
import { changesApply, changesForget, changesRollback } from "../state/apply";
import { ChangesState, changes, changesSetState, changesState } from "../state/changes";
import {
  ACCOUNT_CHANGE_SIZE,
  AccountChange,
  CHANGE_CODE,
  SLOT_CHANGE_SIZE,
  SlotChange,
} from "../state/changes-layout";
import { internReserve, internReset } from "../state/host";
import { INDEX_ACCOUNTS, INDEX_SLOTS, internAccount, internSlot } from "../state/intern";
import { crashPoint } from "../trie/crash";
import { stateRootCommit, stateRootDiscard, stateRootSequential, trieReset } from "../trie/state-root";
import { codeHash, codeIntern, codesForget } from "../vm/code";
import { wordCopy } from "../word/word";

/** Forgets every account, slot and trie node: an empty state. Codes stay, as they are found by their hash. */
export function stateReset(): void {
  changesForget();
  trieReset();
  internReset();
  predictorForget();
}

/** Forgets all codes. Only where no account refers to one: after `stateReset`. */
export function codesReset(): void {
  codesForget();
}

// Import: accounts are entered as a change list, so that tries and records come about as after a block.

let importAccount: u32 = 0;

/** Begins an import of at most `accounts` accounts and `slots` slots in all. `blockOpen` comes first. */
export function importBegin(accounts: u32, slots: u32): void {
  const list = changes();
  changesSetState(ChangesState.None);
  internReserve(INDEX_ACCOUNTS, accounts);
  internReserve(INDEX_SLOTS, slots);
  list.epoch = control().epoch;
  list.accounts = <u32>arenaAllocate((<usize>accounts + 1) * ACCOUNT_CHANGE_SIZE);
  list.slots = <u32>arenaAllocate((<usize>slots + 1) * SLOT_CHANGE_SIZE);
  list.accountCount = 0;
  list.slotCount = 0;
  list.accountUndo = 0;
}

/** Adds an account: address and balance are words, the code its bytes; its slots follow. */
export function importAccountAdd(
  address: usize,
  nonce: u64,
  balance: usize,
  code: usize,
  codeLength: u32,
): void {
  const list = changes();
  const at = <usize>list.accounts + <usize>list.accountCount * ACCOUNT_CHANGE_SIZE;
  memory.fill(at, 0, ACCOUNT_CHANGE_SIZE);
  const change = changetype<AccountChange>(at);
  const interned = codeIntern(code, codeLength, 0);
  change.record = <u32>internAccount(address);
  change.flags = CHANGE_CODE;
  change.nonce = nonce;
  wordCopy(at + offsetof<AccountChange>("balance0"), balance);
  memory.copy(at + offsetof<AccountChange>("codeHash0"), codeHash(interned), 32);
  change.code = codeLength == 0 ? 0 : <u32>interned;
  change.slots = list.slots + list.slotCount * <u32>SLOT_CHANGE_SIZE;
  list.accountCount++;
  importAccount = <u32>at;
}

/** As `importAccountAdd`, for code of which only the hash (32 raw bytes) is known: running it asks the source. */
export function importCodeHash(hash: usize): void {
  const change = changetype<AccountChange>(<usize>importAccount);
  change.code = 0;
  memory.copy(<usize>importAccount + offsetof<AccountChange>("codeHash0"), hash, 32);
}

/** Adds a slot, which is not zero, to the account added last; key and value are words. */
export function importSlotAdd(key: usize, value: usize): void {
  const list = changes();
  const owner = changetype<AccountChange>(<usize>importAccount);
  const at = <usize>list.slots + <usize>list.slotCount * SLOT_CHANGE_SIZE;
  const slot = changetype<SlotChange>(at);
  slot.record = <u32>internSlot(<usize>owner.record, key);
  slot.unused = 0;
  wordCopy(at + offsetof<SlotChange>("value0"), value);
  list.slotCount++;
  owner.slotCount++;
}

/** Ends the import: the change list is complete and can be committed like a block's. */
export function importEnd(): void {
  changesSetState(ChangesState.Built);
}

// A block that `runBlockSequential` has run.

/** The change list of the block. */
export function sequentialChanges(): void {
  buildBlockChanges();
}

/** The state root after the change list, at RESULT_STATE_ROOT; 0 = nodes are missing (`trieMissing`). */
export function sequentialStateRoot(): u32 {
  if ((env().flags & FLAG_NO_STATE_ROOT) != 0 || control().trieEnabled == 0) return 1;
  const list = changes();
  // Without a list the root is that of the state as it is.
  const count = changesState() == <u32>ChangesState.None ? 0 : list.accountCount;
  return stateRootSequential(<usize>list.accounts, count, RESULT_STATE_ROOT) ? 1 : 0;
}

/**
 * Makes the change list and the new tries the state. Where whoever ran it died inside, it is repeated from the start,
 * or `blockDiscard` takes it back.
 */
export function blockCommit(): void {
  changesApply();
  crashPoint();
  stateRootCommit();
  crashPoint();
  changesForget();
}

/**
 * Drops the change list and the new tries: the state is as before the block. A commit that has begun is taken back,
 * or, once the whole list is applied, finished instead; then it returns true.
 */
export function blockDiscard(): bool {
  if (changesState() == <u32>ChangesState.Applied) {
    blockCommit();
    return true;
  }
  changesRollback();
  changesForget();
  stateRootDiscard();
  return false;
}
