// The record of who ran what when: one entry an execution, for the schedule that the host reports. It costs a
// few stores a transaction and is kept only where the block's flags ask for it.

import { clock } from "../host";
import { arenaAllocate, workerId } from "../memory/arena";
import { SCHEDULER } from "../memory/layout";
import { isRecording } from "./phase-times";
import { Scheduler } from "./scheduler";

export enum Outcome {
  /** Executed and published; committed if it is the transaction's last attempt. */
  Executed = 1,
  /** Left for a value that was not in the cache: detail = location. */
  Cold = 2,
  /** Left because it met an estimate: detail = version index of the writer. */
  Estimate = 3,
  /** Left because it must run in its turn. */
  NeedsTurn = 4,
  /** Executed in its turn, final. */
  InTurn = 5,
  /** Executed in order after the fallback, final. */
  InOrder = 6,
}

/** One execution. Times are microseconds of the host's clock. */
@unmanaged
export class Attempt {
  next: u32;
  transaction: u32;
  worker: u32;
  outcome: u32;
  detail: u32;
  unused: u32;
  begun: f64;
  ended: f64;
}

let begun: f64 = 0;

/** Notes the time at which the next attempt of this worker begins. */
export function beginAttempt(): void {
  if (isRecording()) begun = clock();
}

export function noteAttempt(transaction: u32, outcome: Outcome, detail: u32): void {
  if (!isRecording()) return;
  const entry = arenaAllocate(offsetof<Attempt>());
  const attempt = changetype<Attempt>(entry);
  attempt.transaction = transaction;
  attempt.worker = workerId;
  attempt.outcome = outcome;
  attempt.detail = detail;
  attempt.begun = begun;
  attempt.ended = clock();
  const head = SCHEDULER + offsetof<Scheduler>("attempts");
  while (true) {
    const first = atomic.load<u32>(head);
    attempt.next = first;
    if (atomic.cmpxchg<u32>(head, first, <u32>entry) == first) return;
  }
}
