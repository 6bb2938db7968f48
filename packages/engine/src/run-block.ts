// Runs a checked block in the kernel: on the workers or in this thread, again where a table had to grow, with the trie
// nodes that were missing, until its result stands or the block is refused.

import { codeName, Failure, Invalid } from "@heddle/kernel";
import { type CheckedInput, writeBlock } from "./block-input.ts";
import { type CacheLoader, ColdReads } from "./cold-reads.ts";
import { EngineError, InvalidBlockError, InvalidTransactionError, throwIfAborted } from "./errors.ts";
import type { Rules } from "./forks.ts";
import { growIndex } from "./index-tables.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import type { WorkerPool } from "./pool.ts";
import type { StateReader } from "./state-reader.ts";
import type { StateSource } from "./state-source.ts";
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
  hashes: [bigint, Uint8Array][];
  /** Workers that take part; 0 = the work is done in this thread. */
  workers: number;
  sequential: boolean;
  computeStateRoot: boolean;
  recordSchedule: boolean;
  signal: AbortSignal | undefined;
}

/**
 * Runs the block until its result lies in the kernel's memory. After an error nothing of it is left.
 * @throws InvalidTransactionError, InvalidBlockError where the block is not valid
 * @throws MemoryExhaustedError, WorkerFailedError, ColdReadError, AbortedError; then the block can be run again
 */
export async function runBlock(runner: BlockRunner, run: BlockRun): Promise<void> {
  while (!(await attempt(runner, run))) throwIfAborted(run.signal);
}

/** Runs the block once; false = a table was full and has grown, so that it must be run again. */
async function attempt(runner: BlockRunner, run: BlockRun): Promise<boolean> {
  const { host, pool, reader } = runner;
  const { checked, workers, signal } = run;
  const { exports, layout } = host;
  const cold = new ColdReads(host, runner.source, runner.loader);
  try {
    writeBlock(host, checked, run.rules, run.hashes, {
      sequential: run.sequential,
      noStateRoot: !run.computeStateRoot,
      recordSchedule: run.recordSchedule,
    });
    exports.blockStart(checked.transactions.length, Math.max(1, workers));
    for (;;) {
      if (workers === 0) await runHere(host, cold, signal);
      else await pool.run(workers, cold, signal);
      const failure = host.getU32(layout.SCHEDULER + layout.Scheduler_failure);
      if (failure === Failure.None) return true;
      if (failure === Failure.MissingNodes) {
        await reader.bringNodes();
        exports.restartRoots();
        continue;
      }
      if (failure === Failure.IndexFull) {
        const table = host.getU32(layout.SCHEDULER + layout.Scheduler_failedCode);
        exports.blockDiscard();
        growIndex(host, table);
        return false;
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

/** The block's work in this thread, where the engine has no workers. */
async function runHere(
  host: KernelInstance,
  cold: ColdReads,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (;;) {
    if (workUntilMiss(host) !== undefined) return;
    cold.serve();
    await cold.settled();
    throwIfAborted(signal);
    if (cold.failure !== undefined) throw cold.failure;
  }
}

function refusal(host: KernelInstance, failure: number): EngineError {
  const { layout } = host;
  const code = host.getU32(layout.SCHEDULER + layout.Scheduler_failedCode);
  const reason = codeName(Invalid, code);
  if (failure === Failure.InvalidTransaction) {
    const index = host.getU32(layout.SCHEDULER + layout.Scheduler_failedIndex);
    return new InvalidTransactionError(index, reason);
  }
  if (failure === Failure.InvalidBlock) return new InvalidBlockError("block", "valid", reason);
  return new EngineError("CANCELLED", "the block was given up");
}
