// The cache of flat state, which is the table of interned locations at the same time. A location is named by
// the address of its record plus a field number in the low three bits (records are 8-byte aligned):
// an account's balance, nonce, code and life are four locations, a storage slot is one.

/** Field numbers in the low bits of a location. */
export const FIELD_BALANCE: u32 = 0;
export const FIELD_NONCE: u32 = 1;
export const FIELD_CODE: u32 = 2;
/** Existence and storage wipes (creation, self-destruct). */
export const FIELD_LIFE: u32 = 3;
export const FIELD_SLOT: u32 = 4;

/** Whether a record's committed value is known. */
export enum Loaded {
  No = 0,
  /** Asked of the host, not there yet. */
  Requested = 1,
  Yes = 2,
}

/** Committed state of one account. Written by the host's loads and by a block's commit only. */
@unmanaged
export class AccountRecord {
  /** Identity: the address as a word, limbs 0 and 1 and the low half of limb 2. */
  address0: u64;
  address1: u64;
  address2: u32;
  /** Loaded; atomic. */
  loaded: u32;
  nonce: u64;
  balance0: u64;
  balance1: u64;
  balance2: u64;
  balance3: u64;
  /** 32 raw bytes; keccak256 of nothing where there is no code. */
  codeHash0: u64;
  codeHash1: u64;
  codeHash2: u64;
  codeHash3: u64;
  /** The code's Code structure (vm/code.ts), or 0 while it is not in the cache. */
  code: u32;
  /** 1 = is in the state trie. */
  exists: u32;
  /** Storage trie's root node (trie/node.ts) and root hash. */
  storageTrie: u32;
  /** Epoch in which the record was last touched: what eviction looks at. */
  touched: u32;
  storageRoot0: u64;
  storageRoot1: u64;
  storageRoot2: u64;
  storageRoot3: u64;
  /** keccak256(address), computed when first needed: 1 in `hashed`. */
  hash0: u64;
  hash1: u64;
  hash2: u64;
  hash3: u64;
  hashed: u16;
  /** Hints about conflicts on the balance (hot.ts). */
  heat: u8;
  pause: u8;
  /** Counts storage wipes: a slot whose `generation` is an older one is zero. */
  generation: u32;
  /** Block in which the change list took the record up. */
  collected: u32;
  /** Slots known to be set, while everything is in memory (Control.coldSource is 0). */
  slotCount: u32;
  /** Heads of the version lists of the four fields: epoch << 32 | newest Version (parallel/versions.ts). */
  balanceHead: u64;
  nonceHead: u64;
  codeHead: u64;
  lifeHead: u64;
}

/** Committed value of one storage slot. */
@unmanaged
export class SlotRecord {
  /** Identity: the account's record and the key as a word. */
  account: u32;
  loaded: u32;
  key0: u64;
  key1: u64;
  key2: u64;
  key3: u64;
  value0: u64;
  value1: u64;
  value2: u64;
  value3: u64;
  hash0: u64;
  hash1: u64;
  hash2: u64;
  hash3: u64;
  hashed: u16;
  /** Hints about conflicts on the slot (hot.ts). */
  heat: u8;
  pause: u8;
  /** Epoch in which the record was last touched: what eviction looks at. */
  touched: u32;
  /** The account's `generation` when the value was written. */
  generation: u32;
  /** Block in which the change list took the record up. */
  collected: u32;
  /** Head of the version list. */
  head: u64;
}
