// A crew: worker threads over one kernel memory, that run blocks as the engine's pool does.

import { Worker } from "node:worker_threads";
import { compileKernel, createKernelMemory, encodeOpcodeTable } from "../../src/index.ts";
import {
  type Accounts,
  CrewMemory,
  FLAG_SEQUENTIAL,
  type Outcome,
  type Schedule,
  type TestBlock,
} from "./crew-block.ts";
import { type CrewStart, ERROR_AT, Mode, newsWord, ROW, ROW_WORDS } from "./crew-control.ts";
import { crewInstance } from "./crew-instance.ts";

/** The host's own instance has a number that no worker has. */
const HOST = 63;
/** Bytes of the memory; only what is used takes space. */
const MEMORY = 2 ** 29;
/** Milliseconds after which a run counts as hanging. */
const PATIENCE = 10_000;

export interface RunOptions {
  workers?: number;
  flags?: number;
  /** Called whenever something has happened: a worker stands at a gate, is done, or the kernel called the host. */
  attend?: (crew: Crew) => void;
  /** Points, one bit each, at which the workers pause: now and then, or always. */
  random?: { seed: number; points: number; always?: boolean };
}

export class Crew {
  readonly memory: CrewMemory;
  readonly size: number;
  private readonly module: WebAssembly.Module;
  private readonly rows: SharedArrayBuffer;
  readonly words: Int32Array<SharedArrayBuffer>;
  private threads: Worker[] = [];
  /** Workers in the running block. */
  active = 0;

  private constructor(size: number, build: "test" | "production" = "test") {
    const memory = createKernelMemory(MEMORY);
    this.size = size;
    this.module = compileKernel(build);
    const { exports } = crewInstance(this.module, memory, HOST);
    this.memory = new CrewMemory(exports, memory);
    this.rows = new SharedArrayBuffer((newsWord(size) + 1) * 4);
    this.words = new Int32Array(this.rows);
    const control = this.memory.at("CONTROL");
    this.memory.setU64(control, "Control_memoryLimit", BigInt(MEMORY));
    this.memory.setU64(control, "Control_seed", 12345n);
    this.memory.setU32(control, "Control_epoch", 1);
    this.memory.setU32(control, "Control_trieEnabled", 1);
    this.memory.write(this.memory.at("OPCODE_TABLE"), encodeOpcodeTable());
    exports.initialise();
  }

  /** Resolves when all threads are there. */
  static async of(size: number, build: "test" | "production" = "test"): Promise<Crew> {
    const crew = new Crew(size, build);
    crew.threads = await Promise.all(Array.from({ length: size }, (_, worker) => crew.spawn(worker)));
    return crew;
  }

  private async spawn(worker: number): Promise<Worker> {
    const workerData: CrewStart = {
      module: this.module,
      memory: this.memory.memory,
      rows: this.rows,
      worker,
      workers: this.size,
    };
    this.words.fill(0, worker * ROW_WORDS, (worker + 1) * ROW_WORDS);
    const thread = new Worker(new URL("./crew-worker.ts", import.meta.url), { workerData });
    const failed = new Promise<never>((_, reject) => thread.once("error", reject));
    failed.catch(() => undefined);
    const at = worker * ROW_WORDS + ROW.ready;
    while (Atomics.load(this.words, at) === 0) {
      const news = Atomics.waitAsync(
        this.words,
        newsWord(this.size),
        Atomics.load(this.words, newsWord(this.size)),
        20,
      );
      await Promise.race([news.value, failed]);
    }
    return thread;
  }

  get(worker: number, word: number): number {
    return Atomics.load(this.words, worker * ROW_WORDS + word);
  }

  set(worker: number, word: number, value: number): void {
    Atomics.store(this.words, worker * ROW_WORDS + word, value);
    Atomics.notify(this.words, worker * ROW_WORDS + word);
  }

  isDone(worker: number): boolean {
    return this.get(worker, ROW.done) === this.get(worker, ROW.sequence);
  }

  /** Starts the block that is laid out; `enter` for each worker and `wait` follow. */
  prepare(workers: number): void {
    const { x } = this.memory;
    x.blockStart(this.memory.u32(this.memory.at("BLOCK_ENV"), "BlockEnv_transactionCount"), workers);
    this.active = workers;
  }

  /** Lets a worker begin on the block. */
  enter(worker: number): void {
    this.set(worker, ROW.aborts, 0);
    this.set(worker, ROW.error, 0);
    this.set(worker, ROW.sequence, this.get(worker, ROW.sequence) + 1);
  }

  start(workers: number): void {
    this.prepare(workers);
    for (let worker = 0; worker < workers; worker++) this.enter(worker);
  }

  /** Blocks this thread until `condition`; looks again whenever a worker has news, and often. */
  until(condition: () => boolean, what: string): void {
    const news = newsWord(this.size);
    const end = performance.now() + PATIENCE;
    for (;;) {
      const seen = Atomics.load(this.words, news);
      if (condition()) return;
      for (let worker = 0; worker < this.active; worker++) {
        const length = this.get(worker, ROW.error);
        if (length === 0) continue;
        const at = (worker * ROW_WORDS + ERROR_AT) * 4;
        const text = new TextDecoder().decode(new Uint8Array(this.rows, at, length).slice());
        throw new Error(`worker ${worker}: ${text}`);
      }
      if (performance.now() > end) throw new Error(`waited in vain for ${what}\n${this.describe()}`);
      Atomics.wait(this.words, news, seen, 1);
    }
  }

  /** Where everybody stands, for messages. */
  describe(): string {
    const { memory } = this;
    const s = memory.at("SCHEDULER");
    const fields = ["phase", "count", "cursor", "committed", "wake", "failure", "soleWaits"];
    const tasks = memory.u32(s, "Scheduler_tasks");
    const states = Array.from({ length: Math.min(64, memory.u32(s, "Scheduler_count")) }, (_, i) =>
      memory.u32(tasks + i * memory.at("Task_size"), "Task_state"),
    );
    return [
      fields.map((field) => `${field} ${memory.u32(s, `Scheduler_${field}`)}`).join(", "),
      `task states ${states.join(" ")}`,
      ...Array.from({ length: this.active }, (_, worker) => {
        const row = Object.entries(ROW).map(([name, word]) => `${name} ${this.get(worker, word)}`);
        return `worker ${worker}: ${row.join(", ")}`;
      }),
    ].join("\n");
  }

  /** Blocks until all workers have left the block. */
  wait(attend: (crew: Crew) => void = () => undefined): void {
    this.until(() => {
      attend(this);
      for (let worker = 0; worker < this.active; worker++) if (!this.isDone(worker)) return false;
      return true;
    }, "the block's end");
    this.active = 0;
  }

  /** Runs a block on the first `workers` workers; the state stays as it was until `commit`. */
  run(block: TestBlock, options: RunOptions = {}): { outcome: Outcome; schedule: Schedule } {
    const workers = options.workers ?? this.size;
    this.memory.layOut(block, options.flags);
    for (let worker = 0; worker < this.size; worker++) {
      this.set(
        worker,
        ROW.mode,
        !options.random ? Mode.Run : options.random.always ? Mode.Slow : Mode.Random,
      );
      this.set(worker, ROW.points, options.random?.points ?? 0);
      this.set(worker, ROW.seed, (options.random?.seed ?? 0) * 31 + worker * 7919 + 1);
    }
    this.start(workers);
    this.wait(options.attend);
    return { outcome: this.memory.outcome(), schedule: this.memory.schedule() };
  }

  /** Runs a block in order on the main thread's own instance: what every other way must agree with. */
  runInOrder(block: TestBlock): { outcome: Outcome; schedule: Schedule } {
    const { x } = this.memory;
    this.memory.layOut(block, FLAG_SEQUENTIAL);
    x.blockStart(block.transactions.length, 1);
    x.workerEnter();
    x.work();
    return { outcome: this.memory.outcome(), schedule: this.memory.schedule() };
  }

  load(accounts: Accounts): void {
    this.memory.loadState(accounts);
  }

  commit(): void {
    this.memory.x.blockCommit();
  }

  discard(): void {
    this.memory.x.blockDiscard();
  }

  /** Ends a worker's thread wherever it is, lets the others leave the block, and starts another in its place. */
  async replace(worker: number): Promise<void> {
    await this.threads[worker]!.terminate();
    this.memory.x.cancelBlock();
    for (let other = 0; other < this.active; other++) {
      this.set(other, ROW.points, 0);
      this.set(other, ROW.released, this.get(other, ROW.arrived));
      if (other === worker) this.set(other, ROW.done, this.get(other, ROW.sequence));
    }
    this.wait();
    this.discard();
    this.threads[worker] = await this.spawn(worker);
  }

  /** Gives the running block up: nobody stands at a gate or works any more. */
  abandon(): void {
    this.memory.x.cancelBlock();
    for (let worker = 0; worker < this.active; worker++) {
      this.set(worker, ROW.points, 0);
      this.set(worker, ROW.released, this.get(worker, ROW.arrived) + 1);
    }
    this.wait();
    for (let worker = 0; worker < this.size; worker++)
      this.set(worker, ROW.released, this.get(worker, ROW.arrived));
    this.discard();
  }

  async close(): Promise<void> {
    await Promise.all(this.threads.map((thread) => thread.terminate()));
  }
}
