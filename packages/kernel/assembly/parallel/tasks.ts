// The transactions' ways through the block: states, who takes which, who waits for whom.

import { SCHEDULER, wakeHost } from "../memory/layout";
import { phase } from "./phases";
import { EarlyTasks, NONE, Phase, Scheduler, scheduler, Task, TaskState, task } from "./scheduler-layout";
import { wakeOne } from "./sleep";

/** In place of a task that asks for a value: `resume` of it does nothing. */
const NOBODY: u32 = NONE - 1;

const CURSOR: usize = SCHEDULER + offsetof<Scheduler>("cursor");
const EARLY: usize = SCHEDULER + offsetof<Scheduler>("early");

/** The transaction whose versions have this index, or NONE: 0 is before the transactions, count + 1 after them. */
export function transactionOfVersion(version: u32): u32 {
  return version - 1 < scheduler().count ? version - 1 : NONE;
}

export function taskState(index: u32): u32 {
  return atomic.load<u32>(changetype<usize>(task(index)));
}

/** Moves a task from one state to another; false where it was not in `from`. */
export function taskMove(index: u32, from: TaskState, to: TaskState): bool {
  return atomic.cmpxchg<u32>(changetype<usize>(task(index)), from, to) == <u32>from;
}

/** Whether the task's newest writes are published. */
export function taskIsExecuted(index: u32): bool {
  const state = taskState(index);
  return state == TaskState.Executed || state == TaskState.Validating || state == TaskState.Committed;
}

function lowerCursor(index: u32): void {
  let seen = atomic.load<u32>(CURSOR);
  while (index < seen) {
    const met = atomic.cmpxchg<u32>(CURSOR, seen, index);
    if (met == seen) break;
    seen = met;
  }
}

/** Makes a task that nobody else may change now ready to be taken. */
export function taskMakeReady(index: u32): void {
  atomic.store<u32>(changetype<usize>(task(index)), TaskState.Ready);
  lowerCursor(index);
  wakeOne();
}

/**
 * Makes a task ready that was suspended for a cold value. Any other state stays: an answer may come late, when the
 * task was already made ready or another block runs.
 */
export function taskResume(index: u32): void {
  if (index >= scheduler().count || !taskMove(index, TaskState.Suspended, TaskState.Ready)) return;
  lowerCursor(index);
  wakeOne();
}

/** Takes a task that is to be begun first; NONE where there is none. */
function takeEarly(): u32 {
  while (true) {
    const list: usize = atomic.load<u32>(EARLY);
    if (list == 0) return NONE;
    const taken = atomic.add<u32>(list, 1, offsetof<EarlyTasks>("next"));
    if (taken >= changetype<EarlyTasks>(list).count) {
      atomic.store<u32>(EARLY, 0);
      return NONE;
    }
    const index = load<u32>(list + offsetof<EarlyTasks>() + ((<usize>taken) << 2));
    if (!taskMove(index, TaskState.Ready, TaskState.Executing)) continue;
    task(index).early = 1;
    return index;
  }
}

/** Takes a ready task: one that is to be begun first, otherwise the lowest; NONE where there is none now. */
export function takeTask(): u32 {
  const early = takeEarly();
  if (early != NONE) return early;
  const count = scheduler().count;
  while (true) {
    const index = atomic.load<u32>(CURSOR);
    if (index >= count) return NONE;
    if (atomic.cmpxchg<u32>(CURSOR, index, index + 1) != index) continue;
    if (taskMove(index, TaskState.Ready, TaskState.Executing)) return index;
  }
}

/**
 * Lets `index` wait until `other` has been executed. The caller owns the task (Executing). Returns at once;
 * where `other` is further already, the task is ready again.
 */
export function taskWaitFor(index: u32, other: u32): void {
  const waiting = task(index);
  const head = changetype<usize>(task(other)) + offsetof<Task>("waiters");
  atomic.store<u32>(changetype<usize>(waiting), TaskState.Waiting);
  while (true) {
    const first = atomic.load<u32>(head);
    waiting.nextWaiter = first;
    if (atomic.cmpxchg<u32>(head, first, index + 1) == first) break;
  }
  // Whoever executed `other` may have emptied the list before this task was in it. One that is being validated is
  // committed without another look at the list.
  if (taskIsExecuted(other)) releaseWaiters(other);
}

/** Makes all tasks ready that wait for `index`. */
export function releaseWaiters(index: u32): void {
  const head = changetype<usize>(task(index)) + offsetof<Task>("waiters");
  if (atomic.load<u32>(head) == 0) return;
  // The whole list at once: entries are only ever put in front, so there is no ABA.
  let next = atomic.xchg<u32>(head, 0);
  while (next != 0) {
    const waiting = next - 1;
    // Read first: once ready, the task may wait again elsewhere.
    next = task(waiting).nextWaiter;
    taskMakeReady(waiting);
  }
}

/** Asks the host for a cold value that nobody waits for yet. */
export function requestPrefetch(location: u32): void {
  requestCold(location, NOBODY);
}

/** Asks the host for a cold value on behalf of a task (NONE: the worker of a one-worker phase). */
export function requestCold(location: u32, index: u32): void {
  const s = scheduler();
  const at = atomic.add<u32>(SCHEDULER + offsetof<Scheduler>("ringTail"), 1);
  const head = SCHEDULER + offsetof<Scheduler>("ringHead");
  // A full ring: the host drains it.
  while (at - atomic.load<u32>(head) > s.ringMask) {
    wakeHost();
    if (phase() == Phase.Failed) return;
    atomic.wait<i32>(head, <i32>atomic.load<u32>(head), 1_000_000);
  }
  const entry = <usize>s.ring + ((<usize>(at & s.ringMask)) << 3);
  store<u32>(entry + 4, index);
  atomic.store<u32>(entry, location);
  wakeHost();
}
