// What a block's execution leaves for the host. It stands at a fixed place behind BlockEnv, because the
// worker that holds the commit lock may be another one each time.

import { BLOCK_ENV } from "../memory/layout";

/** Bytes of one bloom filter. */
export const BLOOM_BYTES: usize = 256;

@unmanaged
export class BlockResult {
  /** Invalid: why the block is not valid; 0 = valid. The error's values stand in the transaction. */
  invalid: u32;
  /** Position of the transaction that is not valid, or 0xffffffff where it is the block itself. */
  invalidIndex: u32;
  /** The header's: of the two below the larger one. */
  gasUsed: u64;
  blobGasUsed: u64;
  /** Transactions committed so far. */
  committed: u32;
  /** What the steps of the block access list share (access-list-work.ts). */
  accessListWork: u32;
  /** Execution of what ran before and after the transactions; 0 = not yet. */
  beginExecution: u32;
  endExecution: u32;
  /** 1 = the fee recipient was touched, and is owed `fees`, since its account was last brought up to date. */
  feesPending: u32;
  /** 1 = some execution has logged an event of a deposit (deposits.ts), be it committed or not; atomic. */
  depositLogged: u32;
  unused: u32;
  /** Transactions whose state root, where it is needed, was made by a run in order. */
  rooted: u32;
  /** What the fee recipient is owed and its account does not show yet; a word. */
  fees0: u64;
  fees1: u64;
  fees2: u64;
  fees3: u64;
  /** Requests by type (EIP-7685), each the concatenated data without the type byte. */
  depositRequests: u32;
  depositRequestsLength: u32;
  withdrawalRequests: u32;
  withdrawalRequestsLength: u32;
  consolidationRequests: u32;
  consolidationRequestsLength: u32;
  /** Where the system call or log stands that made the block invalid: its address as a word. */
  culprit0: u64;
  culprit1: u64;
  culprit2: u64;
  culprit3: u64;
  /** Lists for the ordered roots (trie/ordered.ts): items and parts. */
  transactionItems: u32;
  transactionParts: u32;
  receiptItems: u32;
  receiptParts: u32;
  /** The block access list's RLP (EIP-7928); 0 where the block has none. */
  accessList: u32;
  accessListLength: u32;
  /** What the block's limit is about: gas without state gas, and state gas (EIP-8037). */
  regularGas: u64;
  stateGas: u64;
  /** What the committed transactions' senders paid, as receipts have it. */
  cumulativeGas: u64;
  // Bloom and roots follow; read with the constants below.
}

export const BLOCK_RESULT: usize = BLOCK_ENV + 2048;
/** The block's logs bloom, 256 bytes. */
export const RESULT_BLOOM: usize = BLOCK_RESULT + 256;
/** 32 raw bytes each. */
export const RESULT_TRANSACTIONS_ROOT: usize = RESULT_BLOOM + 256;
export const RESULT_RECEIPTS_ROOT: usize = RESULT_BLOOM + 288;
export const RESULT_WITHDRAWALS_ROOT: usize = RESULT_BLOOM + 320;
export const RESULT_STATE_ROOT: usize = RESULT_BLOOM + 352;
/** keccak256 of the RLP list of all logs: what state tests state. */
export const RESULT_LOGS_HASH: usize = RESULT_BLOOM + 384;

/** keccak256 of the block access list. */
export const RESULT_ACCESS_LIST_HASH: usize = RESULT_BLOOM + 416;

const RESULT_END: usize = RESULT_BLOOM + 448;

export function blockResult(): BlockResult {
  return changetype<BlockResult>(BLOCK_RESULT);
}

export function resultFees(): usize {
  return BLOCK_RESULT + offsetof<BlockResult>("fees0");
}

/** An empty result, before the block's first step. */
export function resultReset(): void {
  memory.fill(BLOCK_RESULT, 0, RESULT_END - BLOCK_RESULT);
}

/** No transaction's position: the block itself is not valid. */
export const NO_TRANSACTION: u32 = 0xffffffff;

/** Address of the contract that made the block invalid. */
export function resultCulprit(): usize {
  return BLOCK_RESULT + offsetof<BlockResult>("culprit0");
}
