// One simulated lane: an instance of the kernel's test build that is suspended wherever its time is counted
// (JavaScript Promise Integration), and goes on when it is told to.

import { EngineError } from "./errors.ts";
import { KernelInstance, type PrecompilesFactory } from "./kernel-instance.ts";

/** Points of parallel/points.ts at which time is counted. */
export const Point = {
  Start: 0,
  BeforePublish: 1,
  Published: 2,
  BeforeValidate: 3,
  BeforeCommit: 4,
  BeforeExecute: 5,
  BeforeDecode: 7,
  BeforePrologue: 8,
  BeforeEpilogue: 9,
  BeforeInOrder: 10,
  Estimated: 13,
  EnterParallel: 16,
  BeforeSleep: 19,
} as const;
/** All of them. */
export const COUNTED = new Set<number>(Object.values(Point));

// TypeScript knows no JavaScript Promise Integration yet.
interface PromiseIntegration {
  Suspending: new (from: (...args: number[]) => unknown) => WebAssembly.ImportValue;
  promising<Args extends unknown[], Result>(
    from: (...args: Args) => Result,
  ): (...args: Args) => Promise<Result>;
}
const integration = WebAssembly as unknown as PromiseIntegration;

/** Where a lane is. */
export class Lane {
  readonly instance: KernelInstance;
  clock = 0;
  /** Of its clock, what it was doing something. */
  worked = 0;
  point: number = Point.Start;
  index = 0;
  /** Until something happens. */
  sleeps = false;
  isDone = false;
  error: unknown;
  #goOn: () => void = () => undefined;
  #arrived: () => void = () => undefined;

  constructor(
    module: WebAssembly.Module,
    memory: WebAssembly.Memory,
    worker: number,
    libraries: PrecompilesFactory,
  ) {
    const stop = new integration.Suspending((point, index) => this.#stand(point!, index!));
    this.instance = new KernelInstance({
      module,
      memory,
      worker,
      precompiles: libraries,
      stop: stop as unknown as (point: number, index: number) => void,
    });
  }

  #stand(point: number, index: number): Promise<void> | undefined {
    if (!COUNTED.has(point)) return undefined;
    this.point = point;
    this.index = index;
    return new Promise((resolve) => {
      this.#goOn = resolve;
      this.#arrived();
    });
  }

  /** Lets it begin on the block; resolves when it stands at its first point. */
  begin(): Promise<void> {
    this.clock = 0;
    this.worked = 0;
    this.point = Point.Start;
    this.sleeps = false;
    this.isDone = false;
    return this.#until(() => void this.#work());
  }

  /** Lets it go on; resolves at its next point, or when it has left the block. */
  step(): Promise<void> {
    return this.#until(() => this.#goOn());
  }

  #until(start: () => void): Promise<void> {
    return new Promise((resolve) => {
      this.#arrived = resolve;
      start();
    });
  }

  async #work(): Promise<void> {
    const { exports, signal } = this.instance;
    const work = integration.promising(exports.work);
    const aborted = integration.promising(exports.aborted);
    try {
      exports.workerEnter();
      for (;;) {
        try {
          await work();
          break;
        } catch (error) {
          if (error !== signal) throw error;
          await aborted(signal.reason, signal.detail);
        }
      }
    } catch (error) {
      this.error = error;
    }
    this.isDone = true;
    this.#arrived();
  }
}

/** The lane to go on next; undefined when all are done. @throws EngineError where those that are not all sleep */
export function earliest(lanes: readonly Lane[]): Lane | undefined {
  let first: Lane | undefined;
  let left = 0;
  for (const lane of lanes) {
    if (lane.isDone) continue;
    left++;
    if (!lane.sleeps && (first === undefined || lane.clock < first.clock)) first = lane;
  }
  if (first === undefined && left > 0) throw new EngineError("CANCELLED", "all simulated lanes sleep");
  return first;
}

/** Something has happened at `clock`: who slept looks for work from then on. */
export function wakeAll(lanes: readonly Lane[], clock: number): void {
  for (const lane of lanes) {
    if (!lane.sleeps) continue;
    lane.sleeps = false;
    lane.clock = Math.max(lane.clock, clock);
  }
}
