// Consecutive blocks: while one runs, those behind it are taken from their source, checked and copied to the kernel's
// memory; their results wait for whoever reads them. docs/pipeline.md has the rules.

import { InvalidArgumentError, throwIfAborted } from "./errors.ts";
import type { Hex } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import type { OpenResult } from "./open-result.ts";
import type { ExecuteInput } from "./options.ts";
import type { BlockResult } from "./result.ts";
import type { BlockRun } from "./run-block.ts";
import { placedSize, placeTransactions } from "./transactions.ts";

/** What a block of a pipeline gave; it is committed. */
export interface PipelinedBlock
  extends Omit<BlockResult, "receipts" | "changes" | "notable" | "commit" | "discard" | "retain" | "undo"> {
  /** Its position among the blocks that were given, from 0. */
  readonly index: number;
}

/** How a pipeline is run; everything may be left out. */
export interface PipelineOptions {
  /** Blocks that are taken over while one runs, and results that may wait unread; 1 to 64, 2 unless given. */
  ahead?: number;
  /**
   * Called with every block's result before it is committed, in order: the one moment at which receipts and changes can be
   * read. What it throws, or its promise is rejected with, discards the block and ends the pipeline. The next
   * block waits for it; it must itself wait for nothing that this engine does.
   */
  check?: (result: Omit<BlockResult, "commit" | "discard">, index: number) => void | Promise<void>;
  /** Gives up the running block and ends the pipeline. */
  signal?: AbortSignal;
}

/** What of the engine a pipeline is run with. */
export interface PipelineStages {
  kernel: KernelInstance;
  /** @throws EngineError where there is a pipeline already */
  open(): void;
  close(): void;
  /** `parents` are the hashes that the headers before told, of blocks that are not executed yet. */
  prepare(input: ExecuteInput, parents: ReadonlyMap<bigint, Hex>): Promise<BlockRun>;
  /** Does something while the engine does nothing else. */
  alone<T>(work: () => Promise<T>): Promise<T>;
  run(run: BlockRun, header: ExecuteInput["header"]): Promise<OpenResult>;
  commit(result: OpenResult): Promise<void>;
  discard(result: OpenResult): void;
}

/** A block that was taken over, or why it cannot be executed. */
type Waiting =
  | {
      input: ExecuteInput;
      run: BlockRun /** Its transactions in the kernel's memory; 0 = not there. */;
      at: number;
    }
  | { problem: unknown };

/** Lets several wait until something has changed. */
class Change {
  private now = Promise.withResolvers<void>();

  notify(): void {
    const { resolve } = this.now;
    this.now = Promise.withResolvers();
    resolve();
  }

  async until(holds: () => boolean): Promise<void> {
    while (!holds()) await this.now.promise;
  }
}

function checkOptions({ ahead = 2, check, signal }: PipelineOptions): number {
  if (!Number.isInteger(ahead) || ahead < 1 || ahead > 64) {
    throw new InvalidArgumentError("ahead", "an integer from 1 to 64", ahead);
  }
  if (check !== undefined && typeof check !== "function") {
    throw new InvalidArgumentError("check", "a function", check);
  }
  if (signal !== undefined && !(signal instanceof AbortSignal)) {
    throw new InvalidArgumentError("signal", "an AbortSignal", signal);
  }
  return ahead;
}

function iteratorOf<T>(blocks: Iterable<T> | AsyncIterable<T>): Iterator<T> | AsyncIterator<T> {
  const both = blocks as Partial<Iterable<T> & AsyncIterable<T>> | null | undefined;
  const iterator = both?.[Symbol.asyncIterator]?.() ?? both?.[Symbol.iterator]?.();
  if (iterator === undefined) throw new InvalidArgumentError("blocks", "iterable", blocks);
  return iterator;
}

class Pipeline {
  private readonly stages: PipelineStages;
  private readonly options: PipelineOptions;
  private readonly ahead: number;
  private readonly source: Iterator<ExecuteInput> | AsyncIterator<ExecuteInput>;
  private readonly change = new Change();
  /** For the reader of the results. */
  private readonly readable = new Change();
  /** Taken over, not running yet. */
  private readonly waiting: Waiting[] = [];
  private readonly done: PipelinedBlock[] = [];
  private readonly stop = new AbortController();
  private readonly signal: AbortSignal;
  /** Hashes of the blocks before those that were taken over, as their headers tell them. */
  private readonly parents = new Map<bigint, Hex>();
  /** No more blocks come: the source has ended, or one of its blocks cannot be executed. */
  private isFed = false;
  private isPulling = false;
  /** The source has ended by itself, or failed. */
  private isDry = false;
  /** The last block has ended, or one has failed. */
  private hasEnded = false;
  /** Memory has been exhausted: nothing is copied ahead any more. */
  private isTight = false;
  private failure: { error: unknown } | undefined;

  constructor(
    stages: PipelineStages,
    source: Iterator<ExecuteInput> | AsyncIterator<ExecuteInput>,
    options: PipelineOptions,
    ahead: number,
  ) {
    this.stages = stages;
    this.source = source;
    this.options = options;
    this.ahead = ahead;
    const { signal } = this.stop;
    this.signal = options.signal === undefined ? signal : AbortSignal.any([signal, options.signal]);
    this.signal.addEventListener("abort", () => this.change.notify(), { once: true });
  }

  async *results(): AsyncGenerator<PipelinedBlock, void, undefined> {
    void this.feed();
    const running = this.runAll();
    try {
      for (;;) {
        await this.readable.until(() => this.done.length > 0 || this.hasEnded);
        const next = this.done.shift();
        if (next === undefined) break;
        this.change.notify();
        yield next;
      }
      if (this.failure !== undefined) throw this.failure.error;
    } finally {
      this.stop.abort();
      await running;
      await this.stages.alone(async () => this.unplaceAll()).catch(() => undefined);
      await this.closeSource();
    }
  }

  /** Wakes the reader when the next block has been started: what he does with a result keeps no worker waiting. */
  private tell(): void {
    setImmediate(() => this.readable.notify());
  }

  /** Takes blocks over as long as there is room for them. */
  private async feed(): Promise<void> {
    try {
      for (;;) {
        await this.change.until(() => this.waiting.length < this.ahead || this.signal.aborted);
        if (this.signal.aborted) return;
        this.isPulling = true;
        this.isDry = true;
        const { value, done } = await this.source.next();
        this.isDry = done === true;
        this.isPulling = false;
        if (this.signal.aborted) return;
        if (done === true) break;
        this.waiting.push(await this.take(value));
        this.change.notify();
      }
    } catch (problem) {
      this.waiting.push({ problem });
    }
    this.isPulling = false;
    this.isFed = true;
    this.change.notify();
  }

  private async take(input: ExecuteInput): Promise<Waiting> {
    const run = await this.stages.prepare(input, this.parents);
    const { parentHash, number } = input.header;
    if (parentHash !== undefined && number > 0n) {
      this.parents.set(number - 1n, parentHash);
      this.parents.delete(number - 257n);
    }
    return { input, run, at: this.place(run) };
  }

  /** Copies a block's transactions to the kernel's memory, where there is room for them beside the running block. */
  private place(run: BlockRun): number {
    if (this.isTight || this.signal.aborted) return 0;
    const { kernel } = this.stages;
    const { transactions, senders } = run.checked;
    const at = kernel.exports.inputAllocate(placedSize(transactions)) >>> 0;
    if (at !== 0) run.placed = placeTransactions(kernel, transactions, senders, at);
    return at;
  }

  /** Gives back the kernel's memory that holds a block's transactions; false where it is not there. Nothing runs. */
  private unplace(block: Waiting): boolean {
    if ("problem" in block || block.at === 0) return false;
    this.stages.kernel.exports.inputFree(block.at);
    block.at = 0;
    block.run.placed = undefined;
    return true;
  }

  private unplaceAll(): boolean {
    return this.waiting.map((block) => this.unplace(block)).includes(true);
  }

  private async runAll(): Promise<void> {
    try {
      for (let index = 0; ; index++) {
        await this.change.until(
          () =>
            (this.done.length < this.ahead && (this.waiting.length > 0 || this.isFed)) || this.signal.aborted,
        );
        throwIfAborted(this.signal);
        const block = this.waiting.shift();
        if (block === undefined) break;
        this.change.notify();
        if ("problem" in block) throw block.problem;
        this.done.push(await this.runOne(block, index));
        this.tell();
      }
    } catch (error) {
      this.failure = { error };
      // What was taken over behind it must not be waited for.
      this.stop.abort();
    }
    this.hasEnded = true;
    this.tell();
  }

  private runOne(block: Exclude<Waiting, { problem: unknown }>, index: number): Promise<PipelinedBlock> {
    const { stages, options } = this;
    const { input, run } = block;
    run.signal = input.signal === undefined ? this.signal : AbortSignal.any([this.signal, input.signal]);
    run.makeRoom = () => {
      this.isTight = true;
      // Its own transactions too: where they lie now they may stand in the way of a long run of memory.
      const own = this.unplace(block);
      return this.unplaceAll() || own;
    };
    return stages.alone(async () => {
      try {
        const result = await stages.run(run, input.header);
        try {
          await options.check?.(result, index);
          throwIfAborted(run.signal);
          const { gasUsed, blobGasUsed, logsBloom, requests, schedule, roots } = result;
          const { blockAccessList, blockAccessListHash, simulated } = result;
          await stages.commit(result);
          const sums = { index, gasUsed, blobGasUsed, logsBloom, requests, schedule, roots };
          return { ...sums, blockAccessList, blockAccessListHash, simulated };
        } catch (error) {
          stages.discard(result);
          throw error;
        }
      } finally {
        this.unplace(block);
      }
    });
  }

  /** Tells the source that no more is taken from it. One that is asked for a block just now is not waited for. */
  private async closeSource(): Promise<void> {
    if (this.isDry && !this.isPulling) return;
    const closing = (async () => this.source.return?.())();
    if (this.isPulling || this.failure !== undefined) closing.catch(() => undefined);
    else await closing;
  }
}

/** Runs a pipeline over the engine's stages; `Engine.pipeline` says what it gives. */
export async function* runPipeline(
  stages: PipelineStages,
  blocks: Iterable<ExecuteInput> | AsyncIterable<ExecuteInput>,
  options: PipelineOptions,
): AsyncGenerator<PipelinedBlock, void, undefined> {
  const ahead = checkOptions(options);
  throwIfAborted(options.signal);
  const source = iteratorOf(blocks);
  stages.open();
  try {
    yield* new Pipeline(stages, source, options, ahead).results();
  } finally {
    stages.close();
  }
}
