// How a block would run on more lanes than the machine has cores: the kernel's own scheduler, commit and conflicts, with
// time that is counted and not waited for.
//
// Every lane is an instance of the kernel's test build whose `work` is suspended at the points where tests stop a worker
// (JavaScript Promise Integration). The lane with the earliest clock goes on to its next point; what it did on the
// way takes effect at once, and its clock moves on by what that takes alone on this machine: for the execution of a
// transaction what was measured for this very one, for other steps the median of their kind. So the outcome depends on
// nothing but the measured costs. What is not in it: that cores share memory and caches, and are woken late.

import { compileKernel, createKernelMemory, Failure } from "@heddle/kernel";
import { type BlockInput, checkBlockInput, type RecentHashes, writeBlock } from "./block-input.ts";
import { EngineError } from "./errors.ts";
import type { Rules } from "./forks.ts";
import { growIndex } from "./index-tables.ts";
import { KernelInstance, type PrecompilesFactory } from "./kernel-instance.ts";
import { loadPrecompiles } from "./library-calls.ts";
import { MAX_MEMORY } from "./options.ts";
import { COUNTED, earliest, Lane, Point, wakeAll } from "./simulated-lane.ts";
import { type Allocation, importAccounts } from "./state-import.ts";

/** Times that a block is run to measure what its steps take; the least of them counts for each transaction. */
const MEASURED_RUNS = 5;

/** What the steps of a block take when nothing else runs, in microseconds. */
export interface LaneCosts {
  /** Of each transaction: executed beside others, and in order. */
  execution: Float64Array;
  inOrder: Float64Array;
  /** Of any other step, by the points that it lies between. */
  step(from: number, to: number): number;
}

/** How the block ran on some lanes. */
export interface SimulatedRun {
  lanes: number;
  /** Microseconds from the first transaction taken to the last one committed. */
  time: number;
  /** Microseconds of the same in order on one worker, without versions: what a single core does. */
  inOrder: number;
  /** inOrder / time. */
  speedup: number;
  /** Executions that were done again. */
  aborts: number;
  /** Transactions that ran in order because too many had to be done again. */
  fallback: number;
  /** Part of the lanes' time in which they did something, 0 to 1. */
  busy: number;
}

const stepKey = (from: number, to: number): number => from * 32 + to;

/** Mean of the middle half: finer than the clock, and no step that was interrupted counts. */
function middle(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.slice(sorted.length >> 2, Math.max(1, sorted.length - (sorted.length >> 2)));
  return half.reduce((sum, value) => sum + value, 0) / half.length;
}

/** Whether the way between two points executes a transaction beside others. */
function executes(from: number, to: number): boolean {
  if (from === Point.BeforeExecute || to === Point.BeforePublish) return true;
  // One that is executed again in its turn and left.
  return from === Point.Estimated && to !== Point.BeforeExecute;
}

/** A block, the rules that it is under, and hashes that it may ask for. */
export interface SimulatedBlock {
  rules: Rules;
  input: BlockInput;
  hashes?: RecentHashes;
}

/** Lanes of the blocks before the simulated one. */
const LEARNING_LANES = 8;

/** Simulates a block on one state, which stays as it is. */
export class LaneSimulation {
  readonly #host: KernelInstance;
  readonly #module: WebAssembly.Module;
  readonly #libraries: PrecompilesFactory;
  readonly #lanes: Lane[] = [];
  #block: SimulatedBlock;
  #probe: ((point: number, index: number) => void) | undefined;
  #costs: LaneCosts | undefined;
  readonly #overhead = measuringTime();

  private constructor(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    libraries: PrecompilesFactory,
    block: SimulatedBlock,
  ) {
    this.#module = module;
    this.#libraries = libraries;
    this.#block = block;
    // It has worker 0's number, and is what measures; lanes begin behind it.
    this.#host = new KernelInstance({
      module,
      memory,
      worker: 0,
      precompiles: libraries,
      stop: (point, index) => this.#probe?.(point, index),
    });
  }

  /**
   * A block to simulate on the state `alloc`. Those `before` it are executed and committed first, on some lanes: so the
   * scheduler has learned what it learns of blocks of their kind.
   */
  static async create(
    alloc: Allocation,
    block: SimulatedBlock,
    before: readonly SimulatedBlock[] = [],
  ): Promise<LaneSimulation> {
    const module = compileKernel("test");
    const memory = createKernelMemory(MAX_MEMORY);
    const libraries = await loadPrecompiles();
    const simulation = new LaneSimulation(module, memory, libraries, block);
    KernelInstance.initialiseMemory(simulation.#host, { memoryLimit: MAX_MEMORY, seed: 1n });
    importAccounts(simulation.#host, alloc);
    for (const earlier of before) await simulation.#learn(earlier);
    simulation.#block = block;
    return simulation;
  }

  async #learn(block: SimulatedBlock): Promise<void> {
    this.#block = block;
    do {
      const count = this.#open(LEARNING_LANES, false);
      const alike = new Float64Array(count).fill(1);
      const costs = { execution: alike, inOrder: alike, step: () => 0 };
      await this.#drive(await this.#begin(LEARNING_LANES), costs, count);
    } while (!this.#close("commit"));
  }

  /** Lays the block out for `workers` workers. */
  #open(workers: number, sequential: boolean): number {
    const host = this.#host;
    const { rules, input, hashes = [] } = this.#block;
    const checked = checkBlockInput(input, rules);
    writeBlock(host, checked, rules, hashes, { sequential, noStateRoot: true });
    host.exports.blockStart(checked.transactions.count, workers);
    return checked.transactions.count;
  }

  #at(field: number): number {
    return this.#host.getU32(this.#host.layout.SCHEDULER + field);
  }

  /**
   * Takes the block back, or keeps what it changed. False: a table was full and has grown, the block must be run again.
   * @throws EngineError where it is not valid
   */
  #close(end: "discard" | "commit" = "discard"): boolean {
    const { exports, layout } = this.#host;
    const failure = this.#at(layout.Scheduler_failure);
    const table = this.#at(layout.Scheduler_failedCode);
    if (end === "commit" && failure === Failure.None) exports.blockCommit();
    else exports.blockDiscard();
    if (failure === Failure.None) return true;
    if (failure !== Failure.IndexFull) {
      throw new EngineError("CANCELLED", `the simulated block failed: ${failure}`);
    }
    growIndex(this.#host, table);
    return false;
  }

  /**
   * Runs the block with one worker alone, and notes what is between its points. "in a row": 32 are committed after 32 were
   * executed, as the lane that commits finds them where many execute. False: it must be run again.
   */
  #measure(
    way: "in order" | "one by one" | "in a row",
    costs: Omit<LaneCosts, "step">,
    steps: Map<number, number[]>,
  ): boolean {
    const sequential = way === "in order";
    const count = this.#open(sequential ? 1 : 2, sequential);
    const { layout, u32 } = this.#host;
    const lock = (layout.SCHEDULER + layout.Scheduler_commitLock) >>> 2;
    const wake = (layout.SCHEDULER + layout.Scheduler_wake) >>> 2;
    const release = () => {
      if (Atomics.compareExchange(u32, lock, NOBODY, 0) === NOBODY) Atomics.add(u32, wake, 1);
    };
    let from: number = Point.Start;
    let at = 0;
    const overhead = this.#overhead;
    let since = performance.now();
    this.#probe = (point, index) => {
      const now = performance.now();
      if (!COUNTED.has(point)) return;
      const took = Math.max(0, (now - since) * 1000 - overhead);
      if (from === Point.BeforeInOrder) costs.inOrder[at] = Math.min(costs.inOrder[at]!, took);
      else if (executes(from, point)) costs.execution[at] = Math.min(costs.execution[at]!, took);
      else {
        const key = stepKey(from, point);
        const known = steps.get(key);
        if (known === undefined) steps.set(key, [took]);
        else known.push(took);
      }
      if (point === Point.BeforeSleep) release();
      if (point === Point.BeforeExecute && way === "in a row") {
        if (index % IN_A_ROW === 0) Atomics.compareExchange(u32, lock, 0, NOBODY);
        else if (index % IN_A_ROW === IN_A_ROW - 1) release();
      }
      from = point;
      at = index < count ? index : 0;
      since = performance.now();
    };
    const { exports, signal } = this.#host;
    exports.workerEnter();
    for (;;) {
      try {
        exports.work();
        break;
      } catch (error) {
        if (error !== signal) throw error;
        exports.aborted(signal.reason, signal.detail);
      }
    }
    this.#probe = undefined;
    return this.#close();
  }

  #measured(count: number): LaneCosts {
    if (this.#costs !== undefined) return this.#costs;
    const execution = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    const inOrder = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    const steps = new Map<number, number[]>();
    const costs = { execution, inOrder };
    for (let run = 0; run <= MEASURED_RUNS; run++) {
      // In order as often as beside others, as the least counts.
      for (const way of ["in order", "one by one", "in order", "in a row"] as const) {
        while (!this.#measure(way, costs, steps)) steps.clear();
      }
      // The first run is that of code which is not compiled yet.
      if (run === 0) steps.clear();
    }
    const medians = new Map([...steps].map(([key, values]) => [key, middle(values)]));
    const likely = new Map([...medians].map(([key, value]) => [key >> 5, value]));
    // One that fell back to running in order has no time of its own beside others, and the other way round.
    for (let i = 0; i < count; i++) {
      if (execution[i] === Number.POSITIVE_INFINITY) execution[i] = inOrder[i]!;
    }
    const step = (from: number, to: number) =>
      medians.get(stepKey(from, to)) ?? likely.get(from) ?? UNKNOWN_STEP;
    this.#costs = { execution, inOrder, step };
    return this.#costs;
  }

  /** What a lane's way to its next point takes. */
  #cost(costs: LaneCosts, from: number, index: number, to: number): number {
    if (from === Point.BeforeInOrder) return costs.inOrder[index] ?? 0;
    if (executes(from, to)) return costs.execution[index] ?? 0;
    return costs.step(from, to);
  }

  /**
   * Runs the block on `lanes` lanes. What its steps take is measured the first time, unless `given`.
   * @throws EngineError where all lanes sleep, or the block fails
   */
  async run(lanes: number, given?: LaneCosts): Promise<SimulatedRun> {
    const count = this.#open(1, true);
    this.#host.exports.blockDiscard();
    const costs = given ?? this.#measured(count);
    const { layout } = this.#host;
    const inOrder = costs.inOrder.reduce((sum, cost) => sum + cost, 0);
    for (;;) {
      this.#open(lanes, false);
      const { begun, ended, worked } = await this.#drive(await this.#begin(lanes), costs, count);
      const aborts = this.#at(layout.Scheduler_abortCount);
      const fallback = count - this.#at(layout.Scheduler_fallbackFrom);
      if (!this.#close()) continue;
      const time = ended - begun;
      return {
        lanes,
        time,
        inOrder,
        speedup: inOrder / time,
        aborts,
        fallback,
        busy: worked / (time * lanes),
      };
    }
  }

  /** Lets so many lanes begin on the block that is laid out. */
  async #begin(lanes: number): Promise<readonly Lane[]> {
    const { memory } = this.#host;
    while (this.#lanes.length < lanes) {
      const worker = this.#lanes.length + 1;
      this.#lanes.push(new Lane(this.#module, memory, worker, this.#libraries));
    }
    const running = this.#lanes.slice(0, lanes);
    for (const lane of running) await lane.begin();
    return running;
  }

  /** Lets the lane with the earliest clock go on until all have left the block. */
  async #drive(lanes: readonly Lane[], costs: LaneCosts, count: number) {
    const { layout } = this.#host;
    let begun: number | undefined;
    let ended: number | undefined;
    let worked = 0;
    for (;;) {
      const lane = earliest(lanes);
      if (lane === undefined) break;
      const { point, index } = lane;
      const wakes = this.#at(layout.Scheduler_wake);
      const committed = this.#at(layout.Scheduler_committed);
      await lane.step();
      if (lane.error !== undefined) throw lane.error;
      const cost = point === Point.BeforeSleep ? 0 : this.#cost(costs, point, index, lane.point);
      lane.clock += cost;
      if (point === Point.BeforePrologue) begun = lane.clock;
      else if (begun !== undefined && ended === undefined) worked += cost;
      if (committed < count && this.#at(layout.Scheduler_committed) === count) ended = lane.clock;
      const wakesNow = this.#at(layout.Scheduler_wake);
      if (wakesNow !== wakes) wakeAll(lanes, lane.clock);
      // What happened since it looked for work keeps it awake.
      lane.sleeps = !lane.isDone && lane.point === Point.BeforeSleep && lane.index >>> 0 === wakesNow;
    }
    return { begun: begun ?? 0, ended: ended ?? 0, worked };
  }
}

const IN_A_ROW = 32;
/** Holder of the commit lock that no worker is. */
const NOBODY = 0xff;

/** (module (import "e" "f" (func $f (param i32 i32))) (func (export "g") (call $f 0 0) (call $f 0 0))) */
const TWO_CALLS =
  "0061736d0100000001090260027f7f006000000207010165016600000302010107050101670001" +
  "0a10010e00410041001000410041001000" +
  "0b";

/** Microseconds between two points with nothing between them: the way out of WebAssembly, and asking for the time. */
function measuringTime(): number {
  const times: number[] = [];
  let since = 0;
  const f = () => {
    const now = performance.now();
    times.push((now - since) * 1000);
    since = performance.now();
  };
  const module = new WebAssembly.Module(Buffer.from(TWO_CALLS, "hex"));
  const { g } = new WebAssembly.Instance(module, { e: { f } }).exports as { g: () => void };
  for (let i = 0; i < 20_000; i++) g();
  return middle(times.filter((_, i) => i > 20_000 && i % 2 === 1));
}

/** Microseconds of a way between two points that was not met while steps were measured, nor another from there. */
const UNKNOWN_STEP = 0.2;
