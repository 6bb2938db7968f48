// Feeds files to worker threads: one reader decompresses, all workers run.

import { Worker } from "node:worker_threads";
import type { Job, JobDone, WorkerOptions } from "./job.ts";
import { emptyResult, type FileResult, thrown } from "./outcome.ts";

/** Files that wait inside a worker besides the one it runs, so that it never waits for the reader. */
const AHEAD = 2;

interface Pending {
  job: Omit<Job, "bytes">;
  onDone(result: FileResult): void;
}

class Lane {
  readonly pending = new Map<number, Pending>();
  worker: Worker;

  constructor(worker: Worker) {
    this.worker = worker;
  }
}

/** A file that takes longer than this is given up. One vector of EIP-152 alone runs for minutes. */
const DEFAULT_TIME_LIMIT = 45 * 60_000;

export class Pool {
  readonly #options: WorkerOptions;
  readonly #module: URL;
  readonly #timeLimit: number;
  readonly #lanes: Lane[] = [];
  readonly #timers = new Map<number, NodeJS.Timeout>();
  #waiting: (() => void)[] = [];
  #nextId = 0;
  #closed = false;

  constructor(workers: number, options: WorkerOptions, module: URL, timeLimit = DEFAULT_TIME_LIMIT) {
    this.#options = options;
    this.#module = module;
    this.#timeLimit = timeLimit;
    for (let i = 0; i < workers; i++) this.#lanes.push(this.#start());
  }

  #spawn(): Worker {
    return new Worker(this.#module, { workerData: this.#options });
  }

  #start(): Lane {
    const lane = new Lane(this.#spawn());
    this.#listen(lane);
    return lane;
  }

  #listen(lane: Lane): void {
    const worker = lane.worker;
    worker.on("message", ({ id, result }: JobDone) => this.#settle(lane, id, result));
    worker.on("error", (error) => this.#lose(lane, worker, error));
    worker.on("exit", () => this.#lose(lane, worker, new Error("the worker ended")));
  }

  #settle(lane: Lane, id: number, result: FileResult): void {
    const pending = lane.pending.get(id);
    if (pending === undefined) return;
    lane.pending.delete(id);
    clearTimeout(this.#timers.get(id));
    this.#timers.delete(id);
    pending.onDone(result);
    this.#wake();
    // The clock of the file behind it starts now.
    const [next] = lane.pending.keys();
    if (next !== undefined) this.#watch(lane, next);
  }

  #watch(lane: Lane, id: number): void {
    if (this.#closed || this.#timers.has(id)) return;
    const timer = setTimeout(() => {
      this.#lose(lane, lane.worker, new Error(`gave up after ${this.#timeLimit / 1000} s`));
    }, this.#timeLimit);
    this.#timers.set(id, timer);
  }

  /** Everything that was with a lost worker has failed; another worker takes its place. */
  #lose(lane: Lane, worker: Worker, error: unknown): void {
    if (this.#closed || lane.worker !== worker) return;
    lane.worker = this.#spawn();
    this.#listen(lane);
    void worker.terminate();
    for (const [id, pending] of [...lane.pending]) {
      const result = emptyResult();
      const key = pending.job.file;
      result.failures.push({
        key,
        fork: "any",
        test: "the whole file",
        differences: [thrown(error, "a result")],
      });
      this.#settle(lane, id, result);
    }
  }

  #wake(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }

  #free(): Lane | undefined {
    const lane = this.#lanes.reduce((a, b) => (b.pending.size < a.pending.size ? b : a));
    return lane.pending.size <= AHEAD ? lane : undefined;
  }

  /** Hands a file to the least busy worker; returns when it is taken, not when it is done. `bytes` are moved. */
  async submit(job: Omit<Job, "id">, onDone: (result: FileResult) => void): Promise<void> {
    let lane = this.#free();
    while (lane === undefined) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
      lane = this.#free();
    }
    const id = this.#nextId++;
    lane.pending.set(id, { job: { id, suite: job.suite, file: job.file, path: job.path }, onDone });
    const [first] = lane.pending.keys();
    if (first === id) this.#watch(lane, id);
    const whole = job.bytes.byteLength === job.bytes.buffer.byteLength ? job.bytes : job.bytes.slice();
    lane.worker.postMessage({ ...job, bytes: whole, id }, [whole.buffer as ArrayBuffer]);
  }

  /** Returns when everything that was submitted is done. */
  async drain(): Promise<void> {
    while (this.#lanes.some((lane) => lane.pending.size > 0)) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const timer of this.#timers.values()) clearTimeout(timer);
    await Promise.all(this.#lanes.map((lane) => lane.worker.terminate()));
  }
}
