// What each worker says of itself in a line of its own: that it is alive, that it is inside the parallel part.

import { workerId } from "../memory/arena";
import { MAX_WORKERS, SCHEDULER, WORKER_ROWS } from "../memory/layout";
import { Point, pass } from "./points";
import { Scheduler, scheduler } from "./scheduler-layout";
import { wakeWorkers } from "./sleep";

const FALLBACK: usize = SCHEDULER + offsetof<Scheduler>("fallback");

/** What only one worker writes: WORKER_ROWS + worker * WORKER_ROW_SIZE, a cache line each. */
@unmanaged
class WorkerRow {
  /** 1 = inside the parallel part of the execute phase. */
  inParallel: u32;
  /** Moves while the worker is alive, also while it waits: what the host's watch for hanging workers looks at. */
  heartbeat: u32;
}

export const WORKER_ROW_SIZE: usize = 64;

/** Worker 0's heartbeat; the next worker's stands WORKER_ROW_SIZE behind it. */
export const HEARTBEATS: usize = WORKER_ROWS + offsetof<WorkerRow>("heartbeat");

function rowOf(worker: u32): usize {
  return WORKER_ROWS + <usize>worker * WORKER_ROW_SIZE;
}

/** Moves this worker's heartbeat. */
export function beat(): void {
  const counter = rowOf(workerId) + offsetof<WorkerRow>("heartbeat");
  atomic.store<u32>(counter, load<u32>(counter) + 1);
}

/** Whether the next transactions run in order. */
export function fallbackBegun(): bool {
  return atomic.load<u32>(FALLBACK) != 0;
}

/** The transactions from `from` on run in order; at `until` it is looked whether the others had better too. */
export function beginFallback(from: u32, until: u32): void {
  const s = scheduler();
  if (from < s.fallbackFrom) s.fallbackFrom = from;
  s.stretchEnd = until;
  s.withdrawn = 0;
  atomic.store<u32>(FALLBACK, 1);
}

/** The next transactions are taken by all workers again. By the worker that has run the stretch in order. */
export function endFallback(): void {
  atomic.store<u32>(FALLBACK, 0);
  wakeWorkers();
}

/**
 * Marks this worker as inside the parallel part of the execute phase; false, and not marked, where the fallback has
 * begun. The mark stands before the fallback is looked at, and who runs the rest looks at the marks after it
 * was begun: one of the two sees the other.
 */
export function enterParallel(): bool {
  pass(Point.EnterParallel, 0);
  atomic.store<u32>(rowOf(workerId), 1);
  if (!fallbackBegun()) return true;
  leaveParallel();
  return false;
}

export function leaveParallel(): void {
  atomic.store<u32>(rowOf(workerId), 0);
  if (fallbackBegun()) wakeWorkers();
}

/** Whether no worker is inside the parallel part any more. */
export function parallelIsLeft(): bool {
  for (let worker: u32 = 0; worker < MAX_WORKERS; worker++) {
    if (atomic.load<u32>(rowOf(worker)) != 0) return false;
  }
  return true;
}
