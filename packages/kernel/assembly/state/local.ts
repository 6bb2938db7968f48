// One transaction's own copies of the accounts, slots and logs it touches. They live in the block arena and
// are its read set and write set at the same time: `…Read` is the value met, `…Version` the version node it came
// from (0 = committed base), the current value stands beside it, and viewEnd marks what was written.

/** Bits of LocalAccount.flags and LocalSlot.flags. A field's bit is 1 << its number (records.ts). */
export const KNOWN_BALANCE: u32 = 1;
export const KNOWN_NONCE: u32 = 2;
export const KNOWN_CODE: u32 = 4;
export const KNOWN_LIFE: u32 = 8;
export const KNOWN_SLOT: u32 = 16;
export const WARM: u32 = 1 << 5;
/** Created by this transaction (EIP-6780; its storage began empty). */
export const CREATED: u32 = 1 << 6;
/** Is removed when the transaction ends. */
export const DESTRUCTED: u32 = 1 << 7;
/** EIP-161: removed when the transaction ends if it is empty then. */
export const TOUCHED: u32 = 1 << 8;
/** Is the fee recipient: its balance is only known in turn. */
export const COINBASE: u32 = 1 << 9;
/** The slot's value is known without reading: this transaction created the account. */
export const UNREAD: u32 = 1 << 10;
/** The block access list names the account (EIP-7928), also where no field of it was read. Stays when a frame is undone. */
export const ACCESSED: u32 = 1 << 11;
/**
 * Of the balance, or the slot, only predicates are known so far (docs/deltas.md): the value read may be another one, on
 * which all of them come out the same. Then what is published is the difference to it.
 */
export const DELTA_BALANCE: u32 = 1 << 12;
export const DELTA_SLOT: u32 = 1 << 13;
/** The balance, or the slot, was read in the ordinary way when it was not hot: as a delta it might have held. */
export const UNHEATED: u32 = 1 << 14;
/** The value there at commit was another one than the one read: but for the delta it would have been a conflict. */
export const REBASED: u32 = 1 << 15;
/** Set by viewEnd: the field's value differs from what was read. WRITTEN << field number. */
export const WRITTEN: u32 = 1 << 16;
export const WRITTEN_BALANCE: u32 = 1 << 16;
export const WRITTEN_NONCE: u32 = 1 << 17;
export const WRITTEN_CODE: u32 = 1 << 18;
export const WRITTEN_LIFE: u32 = 1 << 19;
export const WRITTEN_SLOT: u32 = 1 << 20;
/** Any field was read. */
export const KNOWN_ACCOUNT: u32 = KNOWN_BALANCE | KNOWN_NONCE | KNOWN_CODE | KNOWN_LIFE;
export const WRITTEN_ACCOUNT: u32 = WRITTEN_BALANCE | WRITTEN_NONCE | WRITTEN_CODE | WRITTEN_LIFE;

@unmanaged
export class LocalAccount {
  /** The AccountRecord; comes first in LocalSlot too, so that one table finds both. */
  record: u32;
  flags: u32;
  /** The account touched before this one by the same transaction, or 0. */
  previous: u32;
  /** The current code's Code structure, or 0 while only its hash is known. */
  code: u32;
  address0: u64;
  address1: u64;
  address2: u64;
  address3: u64;
  balance0: u64;
  balance1: u64;
  balance2: u64;
  balance3: u64;
  codeHash0: u64;
  codeHash1: u64;
  codeHash2: u64;
  codeHash3: u64;
  /** Life: exists, and 1 + the last transaction that created or destroyed the account in this block (0 = none). */
  exists: u64;
  wipe: u64;
  nonce: u64;
  // What was read.
  nonceRead: u64;
  balanceRead0: u64;
  balanceRead1: u64;
  balanceRead2: u64;
  balanceRead3: u64;
  codeHashRead0: u64;
  codeHashRead1: u64;
  codeHashRead2: u64;
  codeHashRead3: u64;
  existsRead: u64;
  wipeRead: u64;
  balanceVersion: u32;
  nonceVersion: u32;
  codeVersion: u32;
  lifeVersion: u32;
  /** Set while the block access list is made: the execution's index, and the account's place in the list. */
  blockAccessIndex: u32;
  place: u32;
  /** With DELTA_BALANCE: the newest predicate observed on the balance (predicates.ts). */
  observed: u32;
  /** With WRITTEN_BALANCE and WRITTEN_NONCE: the versions published. */
  balanceNode: u32;
  nonceNode: u32;
  unused: u32;
}

@unmanaged
export class LocalSlot {
  record: u32;
  flags: u32;
  previous: u32;
  /** The LocalAccount it belongs to. */
  account: u32;
  version: u32;
  /** Set while the block access list is made: the execution's index. */
  blockAccessIndex: u32;
  /** With DELTA_SLOT: the newest predicate observed on the value (predicates.ts). */
  observed: u32;
  /** With WRITTEN_SLOT: the version published. */
  node: u32;
  value0: u64;
  value1: u64;
  value2: u64;
  value3: u64;
  read0: u64;
  read1: u64;
  read2: u64;
  read3: u64;
}

/** A log; its topics (words) follow, then its data. */
@unmanaged
export class Log {
  next: u32;
  previous: u32;
  topicCount: u32;
  dataLength: u32;
  address0: u64;
  address1: u64;
  address2: u64;
  address3: u64;
}

/** Pointer to the topics: words. */
export function logTopics(log: usize): usize {
  return log + offsetof<Log>();
}

export function logData(log: usize): usize {
  return log + offsetof<Log>() + ((<usize>changetype<Log>(log).topicCount) << 5);
}
