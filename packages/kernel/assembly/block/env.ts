// The block that is being executed: what the host writes before it starts the workers.

import { BLOCK_ENV } from "../memory/layout";

/** Words are 4 x u64, little-endian limbs; hashes are 32 raw bytes. */
@unmanaged
export class BlockEnv {
  /** Fork rules in force (status.ts Fork). */
  fork: u32;
  /** Sum of the FLAG_ constants below. */
  flags: u32;
  chainId: u64;
  number: u64;
  timestamp: u64;
  gasLimit: u64;
  excessBlobGas: u64;
  /** Blob schedule in force: target and maximum of blobs a block, update fraction. */
  blobTarget: u32;
  blobMax: u32;
  blobUpdateFraction: u64;
  /** Number of transactions and the array of pointers to Transaction (tx/transaction.ts). */
  transactionCount: u32;
  transactions: u32;
  /** Up to 256 hashes: blockHash(n) for n = number - 256 ... number - 1 stands at (n & 255) * 32. 0 = none. */
  blockHashes: u32;
  /** Array of Withdrawal (block/withdrawals.ts) and its length. */
  withdrawals: u32;
  withdrawalCount: u32;
  /** 1 = the parent beacon block root is given (EIP-4788). */
  hasParentBeaconRoot: u32;
  /** Array of Uncle (block/rewards.ts) and its length; before Paris. */
  uncles: u32;
  uncleCount: u32;
  /** Accounts that the DAO fork's block drains, words, and their number; 0 in every other block. */
  drained: u32;
  drainedCount: u32;
  /** What SLOTNUM gives (EIP-7843). */
  slotNumber: u64;
  /** EIPs in force of those that have a bit (status.ts Eip). */
  eips: u32;
  /** What the host has given of the transactions: TransactionInput (block/transactions.ts). */
  transactionInput: u32;
  /** Simulation (block/simulation.ts); 0 = the block is none. */
  simulation: u32;
  // Words follow, each 32 bytes; read with the functions below.
}

/** The host is asked of each transaction whether it is traced (host.ts). */
export const FLAG_TRACE: u32 = 1;
/** One worker runs the transactions in order. */
export const FLAG_SEQUENTIAL: u32 = 2;
/** The state root is not computed. */
export const FLAG_NO_STATE_ROOT: u32 = 4;
/**
 * Only the transactions run: no system calls, withdrawals, rewards or requests. The fee recipient is touched
 * at the end, as state tests have it.
 */
export const FLAG_TRANSACTIONS_ONLY: u32 = 8;
/** Every execution is noted with its worker, begin and end (parallel/attempts.ts). */
export const FLAG_RECORD_SCHEDULE: u32 = 16;
/** EIP-8037 as of March 2026: what was paid for state stays paid where a transaction undoes that state. */
export const FLAG_STATE_GAS_KEPT: u32 = 32;
/** Accounts with code may send transactions (against EIP-3607). */
export const FLAG_CONTRACT_SENDERS: u32 = 64;
/** Code and initcode may have any size (against EIP-170 and EIP-3860). */
export const FLAG_UNLIMITED_CODE: u32 = 128;

/** Transactions of nobody's signature: no key has signed them, and neither EIP-3607 nor EIP-7825 holds (eth_simulateV1). */
export const FLAG_SIMULATED: u32 = 256;
/** The nonce of a simulated transaction is its sender's, whatever it says, and who offers no fee pays none. */
export const FLAG_UNVALIDATED: u32 = 512;
/** Nonces and gas limits may be left open (block/simulation.ts). */
export const FLAG_OPEN_FIELDS: u32 = 1024;
/** Ether that moves leaves a log of 0xeeee…ee, that of a token's transfer. */
export const FLAG_TRANSFER_LOGS: u32 = 2048;
/** What is said to the console is kept (vm/console.ts). */
export const FLAG_CONSOLE: u32 = 4096;

/** Bytes of the fields above, rounded up so that the words are aligned. */
const WORDS: usize = BLOCK_ENV + 128;

export function env(): BlockEnv {
  return changetype<BlockEnv>(BLOCK_ENV);
}

/** Whether the EIP is in force (status.ts Eip). */
export function hasEip(eip: u32): bool {
  return (env().eips & eip) != 0;
}

/** Fee recipient, as a word (upper 96 bits zero). */
export const ENV_COINBASE: usize = WORDS;
/** Difficulty before Paris, prevRandao from Paris on: what opcode 0x44 gives. */
export const ENV_DIFFICULTY: usize = WORDS + 32;
/** Zero before London. */
export const ENV_BASE_FEE: usize = WORDS + 64;
/** Zero before Cancun; computed by the host from excessBlobGas (EIP-4844). */
export const ENV_BLOB_BASE_FEE: usize = WORDS + 96;
/** 32 raw bytes each. */
export const ENV_PARENT_HASH: usize = WORDS + 128;
export const ENV_PARENT_BEACON_ROOT: usize = WORDS + 160;
/** Contract whose logs are deposit requests (EIP-6110), as a word; zero = mainnet's. */
export const ENV_DEPOSIT_CONTRACT: usize = WORDS + 192;
/** What the DAO fork's drained accounts lose goes here, as a word. */
export const ENV_DRAIN_TARGET: usize = WORDS + 224;
