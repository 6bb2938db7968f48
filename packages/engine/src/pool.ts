// The worker threads of one engine. Between blocks they sleep on a word; a block is started by a store and a
// notify, and the main thread waits without blocking its event loop. A worker that dies, or makes no progress,
// fails the block alone: the others are told to leave it, the dead one is replaced, and the block can be run again.

import { Worker } from "node:worker_threads";
import type { Phase } from "./errors.ts";
import {
  AbortedError,
  type EngineError,
  KernelPanicError,
  MemoryExhaustedError,
  WorkerFailedError,
} from "./errors.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import { packageConditions } from "./package-conditions.ts";
import type { WorkerStart } from "./worker.ts";
import { Command, type ErrorReport, WorkerRow } from "./worker-control.ts";

export interface PoolOptions {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** The main thread's own instance over the memory. */
  host: KernelInstance;
  workers: number;
  /** Milliseconds without any progress after which a block is given up and its silent workers are replaced. */
  hangTimeout: number;
}

/** Asked while a block runs: answers cold reads and tells whether some are still under way. */
export interface Attendant {
  /** Called whenever the kernel may have posted requests. */
  serve(): void;
  /** True while an answer is awaited: then silence is no hang. */
  readonly isWaiting: boolean;
  /** Becomes set when a request failed for good: the block is given up. */
  readonly failure: Error | undefined;
}

interface Member {
  thread: Worker;
  row: WorkerRow;
  /** Why the thread is gone; undefined while it lives. */
  lost: { problem: string; cause?: unknown } | undefined;
}

const SOURCE = import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js";
/** Longest sleep of the main thread while a block runs: how often it looks for hangs. */
const TICK = 250;
/** Milliseconds that workers have to leave a block that was given up. */
const LEAVE_TIME = 1000;

export class WorkerPool {
  private readonly options: PoolOptions;
  private readonly control: SharedArrayBuffer;
  private members: Member[] = [];
  private closed = false;
  private starting: Promise<void> | undefined;
  private areStarted = false;
  /** Counts what the main thread must look at besides the kernel's word: deaths and aborts. */
  private interrupt: (() => void) | undefined;

  constructor(options: PoolOptions) {
    this.options = options;
    this.control = WorkerRow.buffer(options.workers);
  }

  get size(): number {
    return this.options.workers;
  }

  /** Starts the threads, once; resolves when all are ready. @throws WorkerFailedError where one does not start */
  start(): Promise<void> {
    this.starting ??= this.startAll();
    return this.starting;
  }

  private async startAll(): Promise<void> {
    if (this.closed) return;
    for (let worker = 0; worker < this.size; worker++) this.members.push(this.spawn(worker));
    await this.allReady().catch((error: unknown) => {
      // Threads that were ended while they started are no failure.
      if (!this.closed) throw error;
    });
    this.areStarted = true;
  }

  /** Resolves when all threads are there, whether they were started yet, or died between blocks. */
  private async present(): Promise<void> {
    if (!this.areStarted) {
      // Those that did not start are tried once more.
      await this.start().catch(() => undefined);
      this.areStarted = true;
    }
    await this.replaceLost();
  }

  private spawn(worker: number): Member {
    const { module, memory } = this.options;
    const row = new WorkerRow(this.control, worker);
    row.reset();
    const workerData: WorkerStart = { module, memory, control: this.control, worker };
    const thread = new Worker(new URL(SOURCE, import.meta.url), {
      workerData,
      name: `heddle worker ${worker}`,
      execArgv: packageConditions(process.execArgv),
    });
    const member: Member = { thread, row, lost: undefined };
    const lose = (problem: string, cause?: unknown) => {
      member.lost ??= { problem, cause };
      this.interrupt?.();
    };
    thread.on("error", (error) => lose("failed", error));
    thread.on("exit", (code) => lose(`exited with code ${code}`));
    return member;
  }

  private async allReady(): Promise<void> {
    await this.until(() => this.members.every(({ row, lost }) => row.isReady || lost !== undefined));
    for (const [worker, { lost }] of this.members.entries()) {
      if (lost !== undefined) throw new WorkerFailedError(worker, "start", lost.problem, lost.cause);
    }
    for (const { thread } of this.members) thread.unref();
  }

  /** Waits until `condition` holds; looks again whenever the kernel, a worker or an interrupt wakes it. */
  private async until(condition: () => boolean, deadline = Number.POSITIVE_INFINITY): Promise<boolean> {
    const { host } = this.options;
    const address = (host.layout.CONTROL + host.layout.Control_hostWake) >>> 2;
    for (;;) {
      const words = new Int32Array(host.memory.buffer, 0, address + 1);
      const seen = Atomics.load(words, address);
      if (condition()) return true;
      const left = deadline - performance.now();
      if (left <= 0) return false;
      const { promise: interrupted, resolve } = Promise.withResolvers<void>();
      this.interrupt = resolve;
      const woken = Atomics.waitAsync(words, address, seen, Math.min(TICK, left));
      if (woken.async) await Promise.race([woken.value, interrupted]);
      this.interrupt = undefined;
    }
  }

  /**
   * Lets the first `workers` workers work on the block that the kernel has been given, until all have left it.
   * @throws what made the block fail: WorkerFailedError, MemoryExhaustedError, AbortedError, the attendant's failure.
   * Then no worker is in the block any more and lost ones are replaced.
   */
  async run(workers: number, attendant: Attendant, signal?: AbortSignal): Promise<void> {
    // One that died between blocks has failed none.
    await this.present();
    const crew = this.members.slice(0, workers);
    const { host, hangTimeout } = this.options;
    for (const { thread } of crew) thread.ref();
    const abort = () => this.interrupt?.();
    signal?.addEventListener("abort", abort, { once: true });
    for (const { row } of crew) row.start(Command.Work);

    let failure: Error | undefined;
    const watch = new HangWatch(host, crew);
    try {
      await this.until(() => {
        attendant.serve();
        if (signal?.aborted) failure = new AbortedError(signal.reason);
        failure ??= attendant.failure ?? this.firstLoss(crew) ?? this.firstError(crew);
        if (failure !== undefined) return true;
        if (crew.every(({ row }) => row.isDone)) return true;
        const silent = watch.silent(hangTimeout, attendant.isWaiting);
        if (silent === undefined) return false;
        failure = new WorkerFailedError(silent, phaseOf(host), `made no progress for ${hangTimeout} ms`);
        return true;
      });
      if (failure === undefined && crew.every(({ row }) => row.isDone)) {
        // The last words of a worker may be an error.
        failure = this.firstError(crew);
        if (failure === undefined) return;
      }
      throw await this.giveUp(crew, failure);
    } finally {
      signal?.removeEventListener("abort", abort);
      for (const { thread } of crew) thread.unref();
    }
  }

  /** Makes every worker leave the block, replaces those that do not, and says what to throw. */
  private async giveUp(crew: Member[], failure: Error | undefined): Promise<Error> {
    const { host } = this.options;
    const phase = phaseOf(host);
    host.exports.cancelBlock();
    const left = () => crew.every(({ row, lost }) => lost !== undefined || row.isDone);
    await this.until(left, performance.now() + LEAVE_TIME);
    let result = failure;
    for (const [worker, member] of crew.entries()) {
      if (member.lost === undefined && !member.row.isDone) {
        result ??= new WorkerFailedError(worker, phase, "did not leave a block that was given up");
        await member.thread.terminate();
        member.lost ??= { problem: "was terminated" };
      }
    }
    await this.replaceLost();
    return result ?? new WorkerFailedError(0, phase, "failed");
  }

  /** Starts a new worker for every one that is gone. */
  async replaceLost(): Promise<void> {
    if (this.closed || this.members.every(({ lost }) => lost === undefined)) return;
    this.members = this.members.map((member, worker) =>
      member.lost === undefined ? member : this.spawn(worker),
    );
    await this.allReady();
  }

  private firstLoss(crew: Member[]): Error | undefined {
    for (const [worker, { lost }] of crew.entries()) {
      if (lost !== undefined) {
        return new WorkerFailedError(worker, phaseOf(this.options.host), lost.problem, lost.cause);
      }
    }
    return undefined;
  }

  private firstError(crew: Member[]): Error | undefined {
    for (const [worker, { row }] of crew.entries()) {
      const report = row.error;
      if (report !== undefined) return revive(report, worker, this.options.host);
    }
    return undefined;
  }

  /** Tests: ends a worker's thread at once, wherever it is. */
  kill(worker: number): Promise<number> {
    return this.members[worker]!.thread.terminate();
  }

  /** Tests: the row of a worker, to set a fault. */
  row(worker: number): WorkerRow {
    return this.members[worker]!.row;
  }

  /** Ends all threads. */
  async close(): Promise<void> {
    if (this.closed) return;
    this.closed = true;
    for (const { row, lost } of this.members) if (lost === undefined) row.start(Command.Stop);
    await Promise.all(this.members.map(({ thread }) => thread.terminate()));
  }
}

/** Finds out which worker has stopped: each moves a counter in shared memory at every step, waiting included. */
class HangWatch {
  private readonly host: KernelInstance;
  private readonly crew: Member[];
  private readonly seen: { beat: number; since: number }[];
  private progress = "";
  private since = performance.now();

  constructor(host: KernelInstance, crew: Member[]) {
    this.host = host;
    this.crew = crew;
    this.seen = crew.map((_, worker) => ({ beat: this.beat(worker), since: this.since }));
  }

  private beat(worker: number): number {
    const { host } = this;
    const { HEARTBEATS, WORKER_ROW_SIZE } = host.layout;
    return Atomics.load(host.u32, (HEARTBEATS + worker * WORKER_ROW_SIZE) >>> 2);
  }

  /** A number that changes while the block gets on, whoever does it. */
  private stand(): string {
    const { host } = this;
    const { layout } = host;
    const at = (offset: number) => host.getU32(layout.SCHEDULER + offset);
    const { Scheduler_phase, Scheduler_committed, Scheduler_donePieces, Scheduler_cursor } = layout;
    const { Scheduler_abortCount, Scheduler_coldCount, Scheduler_estimateCount } = layout;
    return [
      ...[Scheduler_phase, Scheduler_committed, Scheduler_donePieces, Scheduler_cursor].map(at),
      ...[Scheduler_abortCount, Scheduler_coldCount, Scheduler_estimateCount].map(at),
    ].join();
  }

  /** The number of a worker that has been silent for `timeout` ms, if there is one. */
  silent(timeout: number, waitsForSource: boolean): number | undefined {
    const now = performance.now();
    for (const [worker, { row }] of this.crew.entries()) {
      const seen = this.seen[worker]!;
      const beat = this.beat(worker);
      if (row.isDone || beat !== seen.beat) {
        seen.beat = beat;
        seen.since = now;
      } else if (now - seen.since > timeout) {
        return worker;
      }
    }
    const stand = this.stand();
    if (stand !== this.progress || waitsForSource) {
      this.progress = stand;
      this.since = now;
    }
    // All are alive, but the block stands still.
    return now - this.since > 2 * timeout ? this.crew.findIndex(({ row }) => !row.isDone) : undefined;
  }
}

const PHASES: readonly Phase[] = [
  "start",
  "prepare",
  "prepare",
  "execute",
  "commit",
  "trie",
  "trie",
  "execute",
];

/** The phase that the kernel's scheduler is in. */
function phaseOf(host: KernelInstance): Phase {
  const { layout } = host;
  return PHASES[host.getU32(layout.SCHEDULER + layout.Scheduler_phase)] ?? "execute";
}

/** The error that a worker reported, as an error of this thread. */
function revive(report: ErrorReport, worker: number, host: KernelInstance): EngineError {
  const [first = 0, second = 0] = report.values;
  if (report.name === "MemoryExhaustedError") return new MemoryExhaustedError(first, host.memoryLimit);
  if (report.name === "KernelPanicError") return new KernelPanicError(first, second);
  const cause = new Error(report.message);
  cause.name = report.name;
  cause.stack = report.stack;
  return new WorkerFailedError(worker, phaseOf(host), `failed (${report.message})`, cause);
}
