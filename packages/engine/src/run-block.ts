// Runs a checked block in the kernel: on the workers or in this thread, again where a table had to grow, with the trie
// nodes that were missing, until its result stands or the block is refused.

import { codeName, Failure, Invalid } from "@heddle/kernel";
import { type CheckedInput, type RecentHashes, writeBlock } from "./block-input.ts";
import { checkClaims, claimedLocations, compareLists, isWorthUsing, useClaims } from "./claims.ts";
import { type CacheLoader, ColdReads } from "./cold-reads.ts";
import {
  EngineError,
  InvalidBlockError,
  InvalidTransactionError,
  MemoryExhaustedError,
  throwIfAborted,
} from "./errors.ts";
import { Fork, type Rules } from "./forks.ts";
import { growIndex, reserveIndexes } from "./index-tables.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import type { WorkerPool } from "./pool.ts";
import type { StateReader } from "./state-reader.ts";
import type { StateSource } from "./state-source.ts";
import type { PlacedTransactions } from "./transactions.ts";
import { workUntilMiss } from "./work.ts";

/** What of the engine a block is run with. */
export interface BlockRunner {
  host: KernelInstance;
  pool: WorkerPool;
  source: StateSource | undefined;
  loader: CacheLoader;
  reader: StateReader;
}

/** A block to run, and how. */
export interface BlockRun {
  checked: CheckedInput;
  rules: Rules;
  /** Hashes for BLOCKHASH. */
  hashes: RecentHashes;
  /** Workers that take part; 0 = the work is done in this thread. */
  workers: number;
  sequential: boolean;
  computeStateRoot: boolean;
  recordSchedule: boolean;
  signal: AbortSignal | undefined;
  /** Its transactions, where they are in the kernel's memory already. */
  placed?: PlacedTransactions | undefined;
  /** Called where memory is exhausted: gives back what waits, `placed` too; true where that was something. */
  makeRoom?: (() => boolean) | undefined;
}

/**
 * Runs the block until its result lies in the kernel's memory. After an error nothing of it is left.
 * @throws InvalidTransactionError, InvalidBlockError where the block is not valid
 * @throws MemoryExhaustedError, WorkerFailedError, ColdReadError, AbortedError; then the block can be run again
 */
export async function runBlock(runner: BlockRunner, run: BlockRun): Promise<void> {
  const list = run.checked.blockAccessList;
  // In order there is nothing that claims would make faster; before EIP-6780 storage may vanish, which no list tells.
  let onClaims =
    list !== undefined &&
    !run.sequential &&
    run.rules.fork >= Fork.Cancun &&
    isWorthUsing(list, run.checked.header.gasLimit);
  let now = run;
  for (;;) {
    try {
      const outcome = await attempt(runner, now, onClaims);
      if (outcome === "done") break;
      // The list is wrong, or the block is: run without the list, it says which.
      if (outcome === "refuted") onClaims = false;
    } catch (error) {
      if (!(error instanceof MemoryExhaustedError)) throw error;
      // Neither what waits behind the block is a reason to refuse it, nor that transactions beside each other need more
      // memory than one after the other.
      const hasMore = run.makeRoom?.() ?? false;
      if (now.workers < 2 && !hasMore) throw error;
      if (now.workers >= 2) {
        now = { ...run, sequential: true, workers: 1 };
        onClaims = false;
      }
    }
    throwIfAborted(run.signal);
  }
  if (list === undefined || onClaims) return;
  const { host } = runner;
  try {
    compareLists(host, list);
  } catch (error) {
    host.exports.blockDiscard();
    host.exports.blockOpen();
    throw error;
  }
}

/** Runs the block once. "again" = a table was full and has grown; "refuted" = on false claims. */
async function attempt(
  runner: BlockRunner,
  run: BlockRun,
  onClaims: boolean,
): Promise<"done" | "again" | "refuted"> {
  const { host, pool, reader } = runner;
  const { checked, workers, signal } = run;
  const { exports, layout } = host;
  const cold = new ColdReads(host, runner.source, runner.loader, (isOver) => reader.bringNodes(isOver));
  try {
    const flags = {
      sequential: run.sequential,
      noStateRoot: !run.computeStateRoot,
      recordSchedule: run.recordSchedule,
    };
    writeBlock(host, checked, run.rules, run.hashes, flags, run.placed);
    reserveIndexes(host, checked.transactions.count);
    if (checked.blockAccessList !== undefined) checkClaims(host, checked.blockAccessList);
    if (onClaims) {
      useClaims(host, workers === 0);
      cold.prefetch(runner.source === undefined ? [] : claimedLocations(host));
      if (workers === 0) await settle(cold, signal);
    }
    exports.blockStart(checked.transactions.count, Math.max(1, workers));
    for (;;) {
      if (workers === 0) await runHere(host, cold, signal);
      else await pool.run(workers, cold, signal);
      const failure = host.getU32(layout.SCHEDULER + layout.Scheduler_failure);
      if (failure === Failure.None) return "done";
      if (failure === Failure.MissingNodes) {
        await reader.bringNodes();
        exports.restartRoots();
        continue;
      }
      if (failure === Failure.IndexFull) {
        const table = host.getU32(layout.SCHEDULER + layout.Scheduler_failedCode);
        exports.blockDiscard();
        growIndex(host, table);
        return "again";
      }
      if (failure === Failure.ClaimsRefuted) {
        exports.blockDiscard();
        return "refuted";
      }
      throw refusal(host, failure);
    }
  } catch (error) {
    exports.blockDiscard();
    exports.blockOpen();
    throw error;
  } finally {
    cold.close();
  }
}

/** The block's work in this thread, where the engine has no workers or transactions are traced. */
export async function runHere(
  host: KernelInstance,
  cold: ColdReads,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (;;) {
    if (workUntilMiss(host) !== undefined) return;
    cold.serve();
    await settle(cold, signal);
  }
}

/** Waits for all answers of the source. */
async function settle(cold: ColdReads, signal: AbortSignal | undefined): Promise<void> {
  await cold.settled();
  throwIfAborted(signal);
  if (cold.failure !== undefined) throw cold.failure;
}

/** Why the kernel has refused the block. */
export function refusal(host: KernelInstance, failure: number): EngineError {
  const { layout } = host;
  const code = host.getU32(layout.SCHEDULER + layout.Scheduler_failedCode);
  if (failure === Failure.InvalidTransaction) {
    const index = host.getU32(layout.SCHEDULER + layout.Scheduler_failedIndex);
    return new InvalidTransactionError(index, codeName(Invalid, code));
  }
  if (failure === Failure.InvalidBlock) {
    const reason = codeName(Invalid, code);
    return new InvalidBlockError("block", "valid", reason, reason);
  }
  return new EngineError("CANCELLED", "the block was given up");
}
