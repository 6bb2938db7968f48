// Runs blocks on worker threads, one after another on states that are thrown away: the sibling of LocalExecutor for
// suites of many small chains. The threads and the memory are made once; between two tests only the state is reset.

import { compileKernel, createKernelMemory } from "@heddle/kernel";
import { type BlockInput, checkBlockInput, type RecentHashes } from "./block-input.ts";
import { type BlockOutcome, readBlockOutcome } from "./block-outcome.ts";
import { CacheLoader } from "./cold-reads.ts";
import { InvalidBlockError, InvalidTransactionError } from "./errors.ts";
import type { Rules } from "./forks.ts";
import type { Hex } from "./hex.ts";
import { KernelInstance } from "./kernel-instance.ts";
import { loadPrecompiles } from "./library-calls.ts";
import { LEARNED, MAX_MEMORY, type Speculation } from "./options.ts";
import { WorkerPool } from "./pool.ts";
import { ResettableState } from "./resettable-state.ts";
import { type BlockRunner, runBlock } from "./run-block.ts";
import { readSchedule, type Schedule } from "./schedule.ts";
import type { Allocation } from "./state-import.ts";
import { StateReader } from "./state-reader.ts";

/** What running one block on threads gave. */
export interface ThreadedOutcome extends BlockOutcome {
  /** How it was run; undefined where the block is not valid. */
  schedule: Schedule | undefined;
}

/**
 * Worker threads over one kernel memory. One block at a time: `runBlock` must have resolved before anything else is
 * asked.
 *
 * @example
 * ```ts
 * await using executor = await ThreadedExecutor.create({ threads: 8 });
 * executor.load({ [sender]: { balance: 10n ** 18n } });
 * const { roots } = await executor.runBlock(rules, block, [], 2);
 * executor.reset();
 * ```
 */
export class ThreadedExecutor {
  private readonly runner: BlockRunner;
  private readonly state: ResettableState;

  private constructor(runner: BlockRunner) {
    this.runner = runner;
    this.state = new ResettableState(runner.host);
  }

  /** Starts `threads` threads. */
  static async create(options: {
    threads: number;
    memoryLimit?: number;
    speculation?: Speculation;
  }): Promise<ThreadedExecutor> {
    const { threads: workers, speculation = LEARNED } = options;
    const memoryLimit = options.memoryLimit ?? MAX_MEMORY;
    const module = compileKernel();
    const memory = createKernelMemory(memoryLimit);
    // The host has the number behind the last worker's.
    const host = new KernelInstance({
      module,
      memory,
      worker: workers,
      precompiles: await loadPrecompiles(),
    });
    KernelInstance.initialiseMemory(host, { memoryLimit, seed: 1n, speculation });
    host.setU32(host.layout.CONTROL + host.layout.Control_trieEnabled, 1);
    const loader = new CacheLoader(host);
    const pool = new WorkerPool({ module, memory, host, workers, hangTimeout: 60_000 });
    await pool.start();
    const reader = new StateReader(host, loader, undefined);
    return new ThreadedExecutor({ host, pool, source: undefined, loader, reader });
  }

  /** Forgets the state. */
  reset(): void {
    this.state.reset();
  }

  /** Adds accounts to the state; returns its root. */
  load(alloc: Allocation): Hex {
    return this.state.load(alloc);
  }

  /**
   * Runs a block on the first `threads` threads (all, unless given); the state is changed where it is valid. Of a block
   * that is not valid only why and the root of the state are told.
   * @throws InvalidArgumentError, and what makes a run fail without saying that the block is wrong
   */
  async runBlock(
    rules: Rules,
    block: BlockInput,
    hashes: RecentHashes = [],
    threads: number = this.runner.pool.size,
  ): Promise<ThreadedOutcome> {
    const { host } = this.runner;
    const checked = checkBlockInput(block, rules);
    try {
      await runBlock(this.runner, {
        checked,
        rules,
        hashes: [...hashes] as [bigint, Uint8Array][],
        workers: threads,
        sequential: false,
        computeStateRoot: true,
        recordSchedule: false,
        signal: undefined,
      });
    } catch (error) {
      const invalid = invalidity(error);
      host.exports.sequentialStateRoot();
      return { ...readBlockOutcome(host), invalid, schedule: undefined };
    }
    const schedule = readSchedule(host, checked.transactions.count, threads, false);
    const outcome = { ...readBlockOutcome(host), schedule };
    host.exports.blockCommit();
    return outcome;
  }

  /** Ends the threads. */
  close(): Promise<void> {
    return this.runner.pool.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** What an error says of the block; one that says nothing of it goes on. */
function invalidity(error: unknown): NonNullable<BlockOutcome["invalid"]> {
  if (error instanceof InvalidTransactionError) return { reason: error.reason, transaction: error.index };
  if (error instanceof InvalidBlockError && error.reason !== undefined) {
    return { reason: error.reason, transaction: undefined };
  }
  throw error;
}
