// The door of the scheduler: what the workers of one block share. Dependencies and estimates only order the work; the
// check of every read at ordered commit (commit.ts) is what makes the outcome right.

import { arenaAllocate } from "../memory/arena";
import { control, MAX_WORKERS, SCHEDULER, WORKER_ROWS } from "../memory/layout";
import { NONE, Scheduler, scheduler, Task } from "./scheduler-layout";
import { WORKER_ROW_SIZE } from "./worker-rows";

export {
  becomeSole,
  enterPhase,
  failBlock,
  finishPiece,
  leavePhase,
  phase,
  pieceStage,
  reviveBlock,
  takePiece,
} from "./phases";
export { Failure, NONE, Phase, Scheduler, scheduler, Task, TaskState, task } from "./scheduler-layout";
export { sleepSince, wakeCount, wakeOne, wakeWorkers } from "./sleep";
export {
  releaseWaiters,
  requestCold,
  takeTask,
  taskIsExecuted,
  taskMakeReady,
  taskMove,
  taskResume,
  taskState,
  taskWaitFor,
  transactionOfVersion,
} from "./tasks";
export {
  beat,
  beginFallback,
  endFallback,
  enterParallel,
  fallbackBegun,
  HEARTBEATS,
  leaveParallel,
  parallelIsLeft,
  WORKER_ROW_SIZE,
} from "./worker-rows";

/** Transactions of the first stretch in order; every later one is twice as long. */
const FIRST_STRETCH: u32 = 64;

const RING_CAPACITY: u32 = 16384;

/** Prepares the shared state for a block of `count` transactions; called by one instance before the workers start. */
export function schedulerReset(count: u32, workers: u32): void {
  const s = scheduler();
  memory.fill(SCHEDULER, 0, offsetof<Scheduler>());
  memory.fill(WORKER_ROWS, 0, <usize>MAX_WORKERS * WORKER_ROW_SIZE);
  s.count = count;
  s.workers = workers;
  const size = <usize>count * offsetof<Task>();
  s.tasks = (<u32>arenaAllocate(size + 64) + 63) & ~63;
  memory.fill(s.tasks, 0, size);
  if (control().coldSource != 0) {
    s.ring = <u32>arenaAllocate(<usize>RING_CAPACITY * 8);
    memory.fill(s.ring, 0, <usize>RING_CAPACITY * 8);
    s.ringMask = RING_CAPACITY - 1;
  }
  s.fallbackFrom = count;
  s.stretch = FIRST_STRETCH;
  s.failedIndex = NONE;
}
