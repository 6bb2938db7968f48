// The change list of a block: what its transactions changed, each account and slot once. The state room
// writes it (changes.ts), the trie computes the state root from it (trie/state-root.ts) and the commit applies it.

/** The account is not in the state after the block. */
export const CHANGE_DELETED: u32 = 1;
/** The account's storage was emptied in the block; `slots` are what was written after that. */
export const CHANGE_STORAGE_WIPED: u32 = 2;
/** The code is another than before the block. */
export const CHANGE_CODE: u32 = 4;

/** One account whose fields or storage changed; its fields are those after the block, changed or not. */
@unmanaged
export class AccountChange {
  /** AccountRecord (records.ts). */
  record: u32;
  /** CHANGE_DELETED, CHANGE_STORAGE_WIPED. */
  flags: u32;
  nonce: u64;
  balance0: u64;
  balance1: u64;
  balance2: u64;
  balance3: u64;
  /** 32 raw bytes. */
  codeHash0: u64;
  codeHash1: u64;
  codeHash2: u64;
  codeHash3: u64;
  /** Array of SlotChange, each slot once, and its length. */
  slots: u32;
  slotCount: u32;
  /** The new code (vm/code.ts); 0 = the code is what it was, or none. */
  code: u32;
  unused: u32;
}

/** One slot and its value after the block; zero = not in the storage trie. */
@unmanaged
export class SlotChange {
  /** SlotRecord (records.ts). */
  record: u32;
  unused: u32;
  value0: u64;
  value1: u64;
  value2: u64;
  value3: u64;
}

export const ACCOUNT_CHANGE_SIZE: usize = offsetof<AccountChange>();
export const SLOT_CHANGE_SIZE: usize = offsetof<SlotChange>();
