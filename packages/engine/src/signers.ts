// Senders and hashes of transactions that are in no block yet, for a pool: many at once, on all workers.

import { codeName, eipBits, Invalid } from "@heddle/kernel";
import { InvalidTransactionError, MemoryExhaustedError } from "./errors.ts";
import type { Rules } from "./forks.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import type { Attendant, WorkerPool } from "./pool.ts";
import { type CheckedTransactions, placedSize, placeTransactions } from "./transactions.ts";
import { workUntilDone } from "./work.ts";

/** Senders and hashes of transactions, in their order. */
export interface RecoveredSenders {
  /** 20 bytes each; zeros where the transaction is not well formed. */
  senders: Uint8Array;
  /** keccak256 of each envelope; zeros where the transaction is not well formed. */
  hashes: Uint8Array;
  /** Transactions that cannot be decoded under the newest rules, or that nobody has signed: each with `index` and `reason`. */
  errors: InvalidTransactionError[];
}

/** Nothing is asked of the host. */
const IDLE: Attendant = { serve: () => undefined, isWaiting: false, failure: undefined };

/**
 * Recovers the senders. An open block and its result stay as they are.
 * @throws MemoryExhaustedError, WorkerFailedError; then it can be done again
 */
export async function recoverSigners(
  kernel: KernelInstance,
  pool: WorkerPool,
  rules: Rules,
  transactions: CheckedTransactions,
): Promise<RecoveredSenders> {
  const { count } = transactions;
  if (count === 0) return { senders: new Uint8Array(0), hashes: new Uint8Array(0), errors: [] };
  const { exports, layout } = kernel;
  const placedAt = (layout.TransactionInput_size + 7) & ~7;
  const outAt = (placedAt + placedSize(transactions) + 7) & ~7;
  const size = outAt + count * layout.SIGNER_SIZE;
  const at = exports.inputAllocate(size) >>> 0;
  if (at === 0) throw new MemoryExhaustedError(size, kernel.memoryLimit);
  // What the workers of a block share is another block's: it is put back.
  const [shared, end] = [layout.SCHEDULER, layout.CHUNK_TABLE];
  const kept = kernel.copy(shared, end - shared);
  try {
    const placed = placeTransactions(kernel, transactions, undefined, at + placedAt);
    exports.signersInput(at, placed.bytes, placed.byteLength, placed.offsets);
    kernel.bytes.fill(0, layout.BLOCK_ENV, end);
    kernel.setU32(layout.BLOCK_ENV + layout.BlockEnv_fork, rules.fork);
    kernel.setU32(layout.BLOCK_ENV + layout.BlockEnv_eips, eipBits(rules.eips));
    kernel.setU64(layout.BLOCK_ENV + layout.BlockEnv_chainId, rules.chainId);
    kernel.setU32(layout.CONTROL + layout.Control_cancelled, 0);
    exports.signersStart(at, at + outAt, count);
    if (pool.size === 0) workUntilDone(kernel, () => undefined);
    else await pool.run(pool.size, IDLE);
    return read(kernel, at + outAt, count);
  } finally {
    kernel.write(shared, kept);
    exports.inputFree(at);
  }
}

function read(kernel: KernelInstance, out: number, count: number): RecoveredSenders {
  const senders = new Uint8Array(count * 20);
  const hashes = new Uint8Array(count * 32);
  const errors: InvalidTransactionError[] = [];
  for (let i = 0; i < count; i++) {
    // Invalid, sender, hash.
    const at = out + i * kernel.layout.SIGNER_SIZE;
    const invalid = kernel.getU32(at);
    if (invalid !== Invalid.None) {
      errors.push(new InvalidTransactionError(i, codeName(Invalid, invalid)));
      continue;
    }
    senders.set(kernel.bytes.subarray(at + 4, at + 24), i * 20);
    hashes.set(kernel.bytes.subarray(at + 24, at + 56), i * 32);
  }
  return { senders, hashes, errors };
}
