// What the workers of one block share: its phase, the tasks, the cursor from which work is taken, and the
// commit frontier. Dependencies and estimates only order the work; the check of every read at ordered
// commit (commit.ts) is what makes the outcome right.

import { arenaAllocate } from "../memory/arena";
import { SCHEDULER, wakeHost } from "../memory/layout";

/** Phases of a block. A phase ends when the worker that finishes its last piece stores the next one. */
export enum Phase {
  Idle = 0,
  /** Raw bytes to fields, signers recovered: pieces of DECODE_BATCH transactions. */
  Decode = 1,
  /** System calls before the transactions; one worker. */
  Prologue = 2,
  Execute = 3,
  /** Withdrawals, rewards, requests, change list; one worker. */
  Epilogue = 4,
  /** Tasks of the roots: any worker. */
  Roots = 5,
  Done = 6,
  /** The block is not valid, or its run was given up: see `failure`. */
  Failed = 7,
  /** Between two phases: somebody prepares the next one. */
  Between = 8,
}

/** Why a block ended in Phase.Failed. */
export enum Failure {
  None = 0,
  /** A transaction is not valid: its index and code are in the scheduler. */
  InvalidTransaction = 1,
  /** System call, withdrawal or request processing failed. */
  InvalidBlock = 2,
  Cancelled = 3,
  /** An index table is full: the host grows it and runs the block again. */
  IndexFull = 4,
  /** Trie nodes are missing: the host brings them and runs the roots phase again. */
  MissingNodes = 5,
}

export enum TaskState {
  Ready = 0,
  Executing = 1,
  /** Its writes are published. */
  Executed = 2,
  /** Read an estimate: ready again when that transaction was executed. */
  Waiting = 3,
  /** Asked the host for a value that is not in the cache. */
  Suspended = 4,
  /** Can only run when all before it are committed. */
  NeedsTurn = 5,
  /** Somebody checks its reads. */
  Validating = 6,
  Committed = 7,
}

/** No transaction. */
export const NONE: u32 = 0xffffffff;

/** One transaction's way through the block. */
@unmanaged
export class Task {
  /** TaskState; changed by compare-and-swap only. */
  state: u32;
  incarnation: u32;
  /** Index + 1 of the first task that waits for this one, and of the next that waits with this one. */
  waiters: u32;
  nextWaiter: u32;
  /** Execution (state/execution.ts) of the newest published incarnation; 0 = none. */
  execution: u32;
  /** Index + 1 of the sender's transaction before this one; 0 = none. A hint for the order of work. */
  senderBefore: u32;
  /** Longest chain of transactions that each read what the one before wrote, this one included. */
  chainLength: u32;
  /** Times it was executed again because something that it read had changed. */
  aborts: u32;
  /** Location and transaction of the first read that failed, of the last abort. */
  abortLocation: u32;
  abortWriter: u32;
  /** Gas along the most expensive such chain. */
  chainGas: u64;
}

@unmanaged
export class Scheduler {
  phase: u32;
  count: u32;
  tasks: u32;
  /** Workers of the pool that take part. */
  workers: u32;
  /** No task below it is ready. */
  cursor: u32;
  /** Tasks 0 … committed - 1 are final. */
  committed: u32;
  /** Holder of the commit lock + 1; 0 = free. */
  commitLock: u32;
  /** Worker + 1 that does the work of a phase that only one may do; 0 = nobody yet. */
  sole: u32;
  /** Counts events that a sleeping worker may be waiting for. */
  wake: u32;
  sleeping: u32;
  /** 1 = the uncommitted rest runs in order on one worker. */
  fallback: u32;
  /** Workers that are inside the execution of a task. */
  executing: u32;
  /** Next piece and number of finished pieces of the phases with pieces. */
  nextPiece: u32;
  donePieces: u32;
  pieces: u32;
  /** Step of a phase that one worker does: what is done is not done again after an abort. */
  step: u32;
  failure: u32;
  failedIndex: u32;
  failedCode: u32;
  /** In-turn executions so far: what was read before one may be stale. */
  rewrites: u32;
  /** Executions given up or repeated, over the whole block; for the report. */
  abortCount: u32;
  estimateCount: u32;
  coldCount: u32;
  turnCount: u32;
  /** Of the last 32 commits, one bit each: 1 = had to be executed again in its turn. */
  recentAborts: u32;
  /** Where the fallback began; `count` = nowhere. */
  fallbackFrom: u32;
  /** Requests for cold values: a ring of (record | field, task index) that the host drains. */
  ring: u32;
  ringMask: u32;
  ringHead: u32;
  ringTail: u32;
  /** 1 = the worker of a one-worker phase waits for a cold value. */
  soleWaits: u32;
  /** Longest chain and its gas, over the whole block. */
  chainLength: u32;
  chainGas: u64;
  /** Newest Attempt (attempts.ts), where the schedule is recorded. */
  attempts: u32;
  /** Stage of the roots phase (roots.ts). */
  stage: u32;
  /** 1 = transactions taken back before the fallback's first run. */
  withdrawn: u32;
}

/** A counter a worker, which it moves while it is alive: what the host's watch for hanging workers looks at. */
export const HEARTBEATS: usize = SCHEDULER + 1024;
export const MAX_WORKERS: u32 = 64;

const RING_CAPACITY: u32 = 16384;

export function scheduler(): Scheduler {
  return changetype<Scheduler>(SCHEDULER);
}

export function task(index: u32): Task {
  return changetype<Task>(<usize>scheduler().tasks + <usize>index * offsetof<Task>());
}

/** Version index of a transaction: 0 stands for the work before the transactions, count + 1 for what follows. */
export function versionIndex(index: u32): u32 {
  return index + 1;
}

/** The transaction whose versions have this index, or NONE. */
export function transactionOfVersion(version: u32): u32 {
  return version - 1 < scheduler().count ? version - 1 : NONE;
}

/** Prepares the shared state for a block of `count` transactions; called by one instance before the workers start. */
export function schedulerReset(count: u32, workers: u32): void {
  const s = scheduler();
  memory.fill(SCHEDULER, 0, offsetof<Scheduler>());
  s.count = count;
  s.workers = workers;
  const size = <usize>count * offsetof<Task>();
  s.tasks = <u32>arenaAllocate(size + 8);
  memory.fill(s.tasks, 0, size);
  s.ring = <u32>arenaAllocate(<usize>RING_CAPACITY * 8);
  memory.fill(s.ring, 0, <usize>RING_CAPACITY * 8);
  s.ringMask = RING_CAPACITY - 1;
  s.fallbackFrom = count;
  s.failedIndex = NONE;
}

export function taskState(index: u32): u32 {
  return atomic.load<u32>(changetype<usize>(task(index)));
}

/** Moves a task from one state to another; false where it was not in `from`. */
export function taskMove(index: u32, from: TaskState, to: TaskState): bool {
  return atomic.cmpxchg<u32>(changetype<usize>(task(index)), from, to) == <u32>from;
}

/** Makes a task that nobody else may change now ready to be taken. */
export function taskMakeReady(index: u32): void {
  atomic.store<u32>(changetype<usize>(task(index)), TaskState.Ready);
  const cursor = SCHEDULER + offsetof<Scheduler>("cursor");
  let seen = atomic.load<u32>(cursor);
  while (index < seen) {
    const met = atomic.cmpxchg<u32>(cursor, seen, index);
    if (met == seen) break;
    seen = met;
  }
  wakeWorkers();
}

/** Takes the lowest ready task; NONE where there is none now. */
export function takeTask(): u32 {
  const s = scheduler();
  const cursor = SCHEDULER + offsetof<Scheduler>("cursor");
  while (true) {
    const index = atomic.load<u32>(cursor);
    if (index >= s.count) return NONE;
    if (atomic.cmpxchg<u32>(cursor, index, index + 1) != index) continue;
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
  // Whoever executed `other` may have emptied the list before this task was in it.
  const state = taskState(other);
  if (state == TaskState.Executed || state == TaskState.Committed) releaseWaiters(other);
}

/** Makes all tasks ready that wait for `index`. */
export function releaseWaiters(index: u32): void {
  const head = changetype<usize>(task(index)) + offsetof<Task>("waiters");
  let next = atomic.xchg<u32>(head, 0);
  while (next != 0) {
    const waiting = next - 1;
    next = task(waiting).nextWaiter;
    taskMakeReady(waiting);
  }
}

/** Tells sleeping workers that there may be something to do. */
export function wakeWorkers(): void {
  const wake = SCHEDULER + offsetof<Scheduler>("wake");
  atomic.add<u32>(wake, 1);
  if (atomic.load<u32>(SCHEDULER + offsetof<Scheduler>("sleeping")) > 0) atomic.notify(wake, -1);
}

export function wakeCount(): u32 {
  return atomic.load<u32>(SCHEDULER + offsetof<Scheduler>("wake"));
}

/** Sleeps until something has happened since `wakeCount()` gave `seen`, or a tenth of a second has passed. */
export function sleepSince(seen: u32): void {
  const wake = SCHEDULER + offsetof<Scheduler>("wake");
  const sleeping = SCHEDULER + offsetof<Scheduler>("sleeping");
  // Most waits are for a transaction that is nearly through: shorter than falling asleep takes.
  for (let i = 0; i < 200; i++) {
    if (atomic.load<u32>(wake) != seen) return;
  }
  atomic.add<u32>(sleeping, 1);
  atomic.wait<i32>(wake, <i32>seen, 100_000_000);
  atomic.sub<u32>(sleeping, 1);
}

export function phase(): u32 {
  return atomic.load<u32>(SCHEDULER + offsetof<Scheduler>("phase"));
}

/** Starts a phase of `pieces` pieces, which any worker takes by `takePiece`. */
export function enterPhase(next: Phase, pieces: u32): void {
  const s = scheduler();
  s.pieces = pieces;
  s.nextPiece = 0;
  s.donePieces = 0;
  s.step = 0;
  atomic.store<u32>(SCHEDULER + offsetof<Scheduler>("sole"), 0);
  atomic.store<u32>(SCHEDULER + offsetof<Scheduler>("phase"), next);
  wakeWorkers();
}

/** Claims the end of phase `from`, for the one worker that then prepares and enters the next. */
export function leavePhase(from: Phase): bool {
  return atomic.cmpxchg<u32>(SCHEDULER + offsetof<Scheduler>("phase"), from, Phase.Between) == <u32>from;
}

/** The next piece of the phase, or NONE where all are taken. */
export function takePiece(): u32 {
  const s = scheduler();
  if (atomic.load<u32>(SCHEDULER + offsetof<Scheduler>("nextPiece")) >= s.pieces) return NONE;
  const piece = atomic.add<u32>(SCHEDULER + offsetof<Scheduler>("nextPiece"), 1);
  return piece < s.pieces ? piece : NONE;
}

/** Counts a piece as done; true for the worker that finished the last one. */
export function finishPiece(): bool {
  return atomic.add<u32>(SCHEDULER + offsetof<Scheduler>("donePieces"), 1) + 1 == scheduler().pieces;
}

/** Whether the calling worker is the one that does this phase. */
export function becomeSole(worker: u32): bool {
  const sole = SCHEDULER + offsetof<Scheduler>("sole");
  const holder = atomic.cmpxchg<u32>(sole, 0, worker + 1);
  return holder == 0 || holder == worker + 1;
}

/** Ends the block as failed; the first reason stays. */
export function failBlock(why: Failure, index: u32, code: u32): void {
  const s = scheduler();
  if (atomic.cmpxchg<u32>(SCHEDULER + offsetof<Scheduler>("failure"), 0, why) == 0) {
    s.failedIndex = index;
    s.failedCode = code;
  }
  atomic.store<u32>(SCHEDULER + offsetof<Scheduler>("phase"), Phase.Failed);
  wakeWorkers();
}

/** Asks the host for a cold value on behalf of a task (NONE: the worker of a one-worker phase). */
export function requestCold(location: u32, index: u32): void {
  const s = scheduler();
  const at = atomic.add<u32>(SCHEDULER + offsetof<Scheduler>("ringTail"), 1);
  const entry = <usize>s.ring + ((<usize>(at & s.ringMask)) << 3);
  // A full ring is drained by the host; the slot is free again when its location reads 0.
  while (atomic.load<u32>(entry) != 0) {
    if (phase() == Phase.Failed) return;
    atomic.wait<i32>(entry, <i32>atomic.load<u32>(entry), 1_000_000);
  }
  store<u32>(entry + 4, index);
  atomic.store<u32>(entry, location);
  wakeHost();
}
