// Decides at each point which worker of a crew goes on, so that a test can force any interleaving.

import type { Crew } from "./crew.ts";
import type { TestBlock } from "./crew-block.ts";
import { Mode, ROW } from "./crew-control.ts";

/** Points of parallel/points.ts. */
export const Point = {
  BeforePublish: 1,
  Published: 2,
  BeforeValidate: 3,
  BeforeCommit: 4,
  BeforeExecute: 5,
  BeforeRoot: 6,
  BeforeDecode: 7,
  BeforePrologue: 8,
  BeforeEpilogue: 9,
  BeforeInOrder: 10,
  Publishing: 11,
  BeforeWithdraw: 12,
  Estimated: 13,
  BeforePiece: 14,
  BeforeSole: 15,
  EnterParallel: 16,
  BeforeClaims: 17,
  BeforeClaimedRoot: 18,
  BeforeSleep: 19,
} as const;

export const Phase = {
  Decode: 1,
  Prologue: 2,
  Execute: 3,
  Epilogue: 4,
  Roots: 5,
  Done: 6,
  Failed: 7,
} as const;

/** States of a task. */
export const TaskState = {
  Ready: 0,
  Executing: 1,
  Executed: 2,
  Waiting: 3,
  Suspended: 4,
  NeedsTurn: 5,
  Validating: 6,
  Committed: 7,
} as const;

export class Director {
  readonly crew: Crew;

  /** Lays the block out for `workers` workers, of which none has begun yet. */
  constructor(crew: Crew, block: TestBlock, workers: number) {
    this.crew = crew;
    crew.memory.layOut(block);
    crew.prepare(workers);
    for (let worker = 0; worker < crew.size; worker++) {
      crew.set(worker, ROW.points, 0);
      crew.set(worker, ROW.released, crew.get(worker, ROW.arrived));
    }
  }

  stands(worker: number): boolean {
    return this.crew.get(worker, ROW.arrived) > this.crew.get(worker, ROW.released);
  }

  /**
   * Lets a worker run until it stands at `point` with transaction (or piece) `index`. A worker that has not begun yet
   * begins; other points it passes.
   */
  bring(worker: number, point: number, index: number): void {
    const { crew } = this;
    crew.set(worker, ROW.mode, Mode.Gate);
    crew.set(worker, ROW.points, 1 << point);
    if (crew.isDone(worker)) crew.enter(worker);
    else this.letOn(worker);
    for (;;) {
      crew.until(() => this.stands(worker), `worker ${worker} at point ${point} of ${index}`);
      if (crew.get(worker, ROW.point) === point && crew.get(worker, ROW.index) === index) return;
      this.letOn(worker);
    }
  }

  /** Lets some workers run until one of them stands at `point`; which one. */
  watch(workers: readonly number[], point: number): number {
    const { crew } = this;
    for (const worker of workers) {
      crew.set(worker, ROW.mode, Mode.Gate);
      crew.set(worker, ROW.points, 1 << point);
    }
    // Who stands now: the first that goes on may bring another to the point at once.
    const standing = workers.filter((worker) => this.stands(worker));
    for (const worker of workers) {
      if (standing.includes(worker)) this.letOn(worker);
      else if (crew.isDone(worker)) crew.enter(worker);
    }
    crew.until(() => workers.some((worker) => this.stands(worker)), `somebody at point ${point}`);
    return workers.find((worker) => this.stands(worker))!;
  }

  /** Lets a worker that stands go on to its next point. */
  private letOn(worker: number): void {
    if (this.stands(worker)) this.crew.set(worker, ROW.released, this.crew.get(worker, ROW.released) + 1);
  }

  /** Lets a worker go on without stopping any more; begins where it has not yet. */
  free(worker: number): void {
    const { crew } = this;
    crew.set(worker, ROW.points, 0);
    if (crew.isDone(worker) && !this.stands(worker)) crew.enter(worker);
    else this.letOn(worker);
  }

  state(index: number): number {
    const { memory } = this.crew;
    const tasks = memory.u32(memory.at("SCHEDULER"), "Scheduler_tasks");
    return memory.u32(tasks + index * memory.at("Task_size"), "Task_state");
  }

  /** Waits until the block is in a phase. */
  untilPhase(phase: number): void {
    const { memory } = this.crew;
    this.crew.until(() => memory.u32(memory.at("SCHEDULER"), "Scheduler_phase") === phase, `phase ${phase}`);
  }

  /** Waits until a transaction is in a state. */
  until(index: number, state: number): void {
    this.crew.until(() => this.state(index) === state, `state ${state} of transaction ${index}`);
  }

  /** Lets all go, waits for the end. */
  finish() {
    const { crew } = this;
    for (let worker = 0; worker < crew.active; worker++) this.free(worker);
    crew.wait();
    return { outcome: crew.memory.outcome(), schedule: crew.memory.schedule() };
  }
}
