// One transaction of a block: what the host gives, what decoding finds, what execution leaves behind.

/** Transaction types: the first byte of the envelope (EIP-2718), 0 for the legacy list. */
export const TYPE_LEGACY: u32 = 0;
export const TYPE_ACCESS_LIST: u32 = 1;
export const TYPE_DYNAMIC_FEE: u32 = 2;
export const TYPE_BLOB: u32 = 3;
export const TYPE_SET_CODE: u32 = 4;

/** Blob gas of one blob (EIP-4844). */
export const GAS_PER_BLOB: u64 = 131072;

/**
 * Laid over 8-byte aligned memory of the host's choosing, which stays until the block ends. The host fills in
 * the first part, decoding clears the rest; pointers are u32.
 */
@unmanaged
export class Transaction {
  // Given by the host.

  /** The envelope as it stands in the block (for typed transactions without the RLP string around it). */
  raw: u32;
  rawLength: u32;
  /** 1 = `sender` is given and trusted, 0 = it is recovered from the signature. */
  senderGiven: u32;
  /** Position in the block, from 0. */
  index: u32;
  sender0: u64;
  sender1: u64;
  sender2: u64;
  sender3: u64;

  // Found by decoding.

  type: u32;
  /** 1 = `to` is empty: the data is init code. */
  isCreate: u32;
  nonce: u64;
  gasLimit: u64;
  chainId: u64;
  /** 1 = the transaction names a chain id; 0 = legacy without EIP-155. */
  hasChainId: u32;
  /** Parity of the signature's y, 0 or 1. */
  yParity: u32;
  /** Gas price, or the maximal fee a gas from type 2 on. */
  maxFee0: u64;
  maxFee1: u64;
  maxFee2: u64;
  maxFee3: u64;
  /** Gas price for types 0 and 1. */
  priorityFee0: u64;
  priorityFee1: u64;
  priorityFee2: u64;
  priorityFee3: u64;
  to0: u64;
  to1: u64;
  to2: u64;
  to3: u64;
  value0: u64;
  value1: u64;
  value2: u64;
  value3: u64;
  maxBlobFee0: u64;
  maxBlobFee1: u64;
  maxBlobFee2: u64;
  maxBlobFee3: u64;
  data: u32;
  dataLength: u32;
  /** RLP payload of the access list (EIP-2930), its number of addresses and of storage keys. */
  accessList: u32;
  accessListLength: u32;
  accessListAddresses: u32;
  accessListKeys: u32;
  /** Versioned hashes, 32 bytes each, copied by decoding. */
  blobHashes: u32;
  blobCount: u32;
  /** RLP payload of the authorization tuples (EIP-7702). */
  authorizations: u32;
  authorizationsLength: u32;
  authorizationCount: u32;
  /** Non-zero bytes of the data (EIP-2028, EIP-7623 count them apart). */
  dataNonZero: u32;
  /** Signature, 32 bytes each, big-endian. */
  r0: u64;
  r1: u64;
  r2: u64;
  r3: u64;
  s0: u64;
  s1: u64;
  s2: u64;
  s3: u64;
  /** 32 raw bytes each. */
  hash0: u64;
  hash1: u64;
  hash2: u64;
  hash3: u64;
  signingHash0: u64;
  signingHash1: u64;
  signingHash2: u64;
  signingHash3: u64;

  /** Gas that it costs before its first instruction, state gas included; set by the checks of its form. */
  intrinsicGas: u64;
  /** The part of it that is state gas (EIP-8037). */
  intrinsicStateGas: u64;

  // Left by execution.

  /** Invalid; of the decoding if that failed, else of the checks before execution. */
  invalid: u32;
  /** Halt of the outermost frame; Success = receipt status 1. */
  status: u32;
  /** After refunds and floor. */
  gasUsed: u64;
  /** What the block counts: as much, or what the transaction used before refunds (EIP-7778), without state gas. */
  blockGas: u64;
  /** State gas that the block counts (EIP-8037). */
  stateGas: u64;
  /** What the refund counter gave back after the cap. */
  gasRefunded: u64;
  /** Before the refund; the floor (EIP-7623) at least. */
  gasBeforeRefund: u64;
  effectiveGasPrice0: u64;
  effectiveGasPrice1: u64;
  effectiveGasPrice2: u64;
  effectiveGasPrice3: u64;
  /** What the proposer gets. */
  fee0: u64;
  fee1: u64;
  fee2: u64;
  fee3: u64;
  /** Address of the contract that a create transaction made or would have made. */
  created0: u64;
  created1: u64;
  created2: u64;
  created3: u64;
  /** The logs that survived, oldest first: Log structures linked by `next` (state/view.ts). */
  logs: u32;
  logCount: u32;
  output: u32;
  outputLength: u32;
  /** The two values that an invalid transaction's error names (words): what was met and what was expected. */
  met0: u64;
  met1: u64;
  met2: u64;
  met3: u64;
  expected0: u64;
  expected1: u64;
  expected2: u64;
  expected3: u64;

  // Left by ordered commit.

  cumulativeGas: u64;
  /** State root after this transaction (32 raw bytes); before Byzantium only. */
  stateRoot0: u64;
  stateRoot1: u64;
  stateRoot2: u64;
  stateRoot3: u64;
  /** The receipt's envelope, and its bloom (256 bytes) inside it. */
  receipt: u32;
  receiptLength: u32;
  bloom: u32;
  /** Left by execution: 1 = it credited the proposer itself, because it ran in its turn. */
  feeCredited: u32;
  /** What was said to the console, oldest first, that of failed frames too: Log structures without topics (vm/console.ts). */
  consoleCalls: u32;
}

export function transactionSender(t: Transaction): usize {
  return changetype<usize>(t) + offsetof<Transaction>("sender0");
}

export function transactionMaxFee(t: Transaction): usize {
  return changetype<usize>(t) + offsetof<Transaction>("maxFee0");
}

export function transactionPriorityFee(t: Transaction): usize {
  return changetype<usize>(t) + offsetof<Transaction>("priorityFee0");
}

export function transactionTo(t: Transaction): usize {
  return changetype<usize>(t) + offsetof<Transaction>("to0");
}

export function transactionValue(t: Transaction): usize {
  return changetype<usize>(t) + offsetof<Transaction>("value0");
}

export function transactionMaxBlobFee(t: Transaction): usize {
  return changetype<usize>(t) + offsetof<Transaction>("maxBlobFee0");
}

export function transactionR(t: Transaction): usize {
  return changetype<usize>(t) + offsetof<Transaction>("r0");
}

export function transactionS(t: Transaction): usize {
  return changetype<usize>(t) + offsetof<Transaction>("s0");
}

export function transactionHash(t: Transaction): usize {
  return changetype<usize>(t) + offsetof<Transaction>("hash0");
}

export function transactionSigningHash(t: Transaction): usize {
  return changetype<usize>(t) + offsetof<Transaction>("signingHash0");
}

export function transactionEffectiveGasPrice(t: Transaction): usize {
  return changetype<usize>(t) + offsetof<Transaction>("effectiveGasPrice0");
}

export function transactionFee(t: Transaction): usize {
  return changetype<usize>(t) + offsetof<Transaction>("fee0");
}

export function transactionCreated(t: Transaction): usize {
  return changetype<usize>(t) + offsetof<Transaction>("created0");
}

export function transactionMet(t: Transaction): usize {
  return changetype<usize>(t) + offsetof<Transaction>("met0");
}

export function transactionExpected(t: Transaction): usize {
  return changetype<usize>(t) + offsetof<Transaction>("expected0");
}

export function transactionStateRoot(t: Transaction): usize {
  return changetype<usize>(t) + offsetof<Transaction>("stateRoot0");
}

/** The bytes of versioned hash `index` (EIP-4844). */
export function transactionBlobHash(t: Transaction, index: u32): usize {
  return <usize>t.blobHashes + ((<usize>index) << 5);
}
