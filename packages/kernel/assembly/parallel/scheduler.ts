// What the workers of one block share: its phase, the tasks, the cursor from which work is taken, and the
// commit frontier. Dependencies and estimates only order the work; the check of every read at ordered
// commit (commit.ts) is what makes the outcome right.

import { arenaAllocate, workerId } from "../memory/arena";
import { control, MAX_WORKERS, SCHEDULER, WORKER_ROWS, wakeHost } from "../memory/layout";
import { Point, pass } from "./points";

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
  /** The access list that came with the block is not what its executions give: the host runs it without. */
  ClaimsRefuted = 6,
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

/** One transaction's way through the block; a cache line, so that neighbours do not disturb one another. */
@unmanaged
export class Task {
  /** TaskState; changed by compare-and-swap, or by the one worker that owns the task. */
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
  /** Location of the read that failed last, and the transaction whose write it met then (NONE: none's). */
  abortLocation: u32;
  abortWriter: u32;
  /** Gas along the most expensive such chain. */
  chainGas: u64;
  unused0: u64;
  unused1: u64;
}

/** What workers write often stands on cache lines of its own; `line…` fill them up. */
@unmanaged
export class Scheduler {
  // Written when a phase begins, read by all.

  phase: u32;
  count: u32;
  tasks: u32;
  /** Workers of the pool that take part. */
  workers: u32;
  /** 1 = the uncommitted rest runs in order on one worker. */
  fallback: u32;
  /** Where the fallback began; `count` = nowhere. */
  fallbackFrom: u32;
  /** 1 = transactions taken back before the fallback's first run. */
  withdrawn: u32;
  /** 1 = the worker of a one-worker phase waits for a cold value. */
  soleWaits: u32;
  failure: u32;
  failedIndex: u32;
  failedCode: u32;
  /** Ring of requests for cold values, (record | field, task index) each, that the host drains. */
  ring: u32;
  ringMask: u32;
  /** Pieces of the phase. */
  pieces: u32;
  /** Phase << 8 | worker + 1 that does the work of a phase that only one may do; phase << 8 = nobody yet. */
  sole: u32;
  /** Newest Attempt (attempts.ts), where the schedule is recorded. */
  attempts: u32;

  /** Pieces that are taken: phase << 56 | stage << 48 | pieces << 24 | next piece. */
  ticket: u64;
  donePieces: u32;
  line0: u32;
  line1: u64;
  line2: u64;
  line3: u64;
  line4: u64;
  line5: u64;
  line6: u64;

  /** No task below it is ready. */
  cursor: u32;
  line7: u32;
  line8: u64;
  line9: u64;
  line10: u64;
  line11: u64;
  line12: u64;
  line13: u64;
  line14: u64;

  /** Tasks 0 … committed - 1 are final. */
  committed: u32;
  /** Epoch << 8 | holder + 1; 0 = free. */
  commitLock: u32;
  /** Of the last 32 commits, one bit each: 1 = had to be executed again in its turn. */
  recentAborts: u32;
  /** Longest chain and its gas, over the whole block. */
  chainLength: u32;
  chainGas: u64;
  line15: u64;
  line16: u64;
  line17: u64;
  line18: u64;
  line19: u64;

  /** Counts events that a sleeping worker may be waiting for. */
  wake: u32;
  sleeping: u32;
  line20: u64;
  line21: u64;
  line22: u64;
  line23: u64;
  line24: u64;
  line25: u64;
  line26: u64;

  /** Entries of the ring taken by the host, and handed to it. */
  ringHead: u32;
  ringTail: u32;
  /** Executions given up or repeated, over the whole block; for the report. */
  abortCount: u32;
  estimateCount: u32;
  coldCount: u32;
  turnCount: u32;
}

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

const RING_CAPACITY: u32 = 16384;

const PHASE: usize = SCHEDULER + offsetof<Scheduler>("phase");
const FALLBACK: usize = SCHEDULER + offsetof<Scheduler>("fallback");
const SOLE: usize = SCHEDULER + offsetof<Scheduler>("sole");
const TICKET: usize = SCHEDULER + offsetof<Scheduler>("ticket");
const DONE_PIECES: usize = SCHEDULER + offsetof<Scheduler>("donePieces");
const CURSOR: usize = SCHEDULER + offsetof<Scheduler>("cursor");
const WAKE: usize = SCHEDULER + offsetof<Scheduler>("wake");
const SLEEPING: usize = SCHEDULER + offsetof<Scheduler>("sleeping");

export function scheduler(): Scheduler {
  return changetype<Scheduler>(SCHEDULER);
}

export function task(index: u32): Task {
  return changetype<Task>(<usize>scheduler().tasks + <usize>index * offsetof<Task>());
}

/** The transaction whose versions have this index, or NONE: 0 is before the transactions, count + 1 after them. */
export function transactionOfVersion(version: u32): u32 {
  return version - 1 < scheduler().count ? version - 1 : NONE;
}

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
  s.failedIndex = NONE;
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

/** Takes the lowest ready task; NONE where there is none now. */
export function takeTask(): u32 {
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

/** Tells all sleeping workers that there may be something to do: another phase, a failure. */
export function wakeWorkers(): void {
  atomic.add<u32>(WAKE, 1);
  if (atomic.load<u32>(SLEEPING) > 0) atomic.notify(WAKE, -1);
}

/** As `wakeWorkers`, for something that one worker can do: a task is ready, a value final. Any of them will do. */
export function wakeOne(): void {
  atomic.add<u32>(WAKE, 1);
  if (atomic.load<u32>(SLEEPING) > 0) atomic.notify(WAKE, 1);
}

/** Read it before looking for work: `sleepSince` then misses nothing that happened after the look. */
export function wakeCount(): u32 {
  return atomic.load<u32>(WAKE);
}

/** Sleeps until something has happened since `wakeCount()` gave `seen`, or a tenth of a second has passed. */
export function sleepSince(seen: u32): void {
  // Most waits are for a transaction that is nearly through: shorter than falling asleep takes.
  for (let i = 0; i < 200; i++) {
    if (atomic.load<u32>(WAKE) != seen) return;
  }
  atomic.add<u32>(SLEEPING, 1);
  atomic.wait<i32>(WAKE, <i32>seen, 100_000_000);
  atomic.sub<u32>(SLEEPING, 1);
}

export function phase(): u32 {
  return atomic.load<u32>(PHASE);
}

/** Claims the end of phase `from`, for the one worker that then prepares and enters the next. */
export function leavePhase(from: Phase): bool {
  return atomic.cmpxchg<u32>(PHASE, from, Phase.Between) == <u32>from;
}

/**
 * Starts a phase of `pieces` pieces, which any worker takes by `takePiece`; for the worker that claimed the end of the
 * one before. A block that has failed meanwhile stays failed.
 */
export function enterPhase(next: Phase, stage: u32, pieces: u32): void {
  scheduler().pieces = pieces;
  atomic.store<u32>(DONE_PIECES, 0);
  atomic.store<u64>(TICKET, ((<u64>next) << 56) | ((<u64>stage) << 48) | ((<u64>pieces) << 24));
  atomic.store<u32>(SOLE, (<u32>next) << 8);
  atomic.cmpxchg<u32>(PHASE, Phase.Between, next);
  wakeWorkers();
}

/** Stage of the piece that this worker took last. */
export let pieceStage: u32 = 0;

/**
 * The next piece of phase `wanted`, or NONE where all are taken or another phase has begun: the ticket names its phase, so
 * that whoever was slow to come takes no piece of the next one for one of this.
 */
export function takePiece(wanted: Phase): u32 {
  pass(Point.BeforePiece, wanted);
  let ticket = atomic.load<u64>(TICKET);
  while (<u32>(ticket >> 56) == <u32>wanted) {
    const next = <u32>ticket & 0xffffff;
    if (next >= (<u32>(ticket >> 24) & 0xffffff)) return NONE;
    const met = atomic.cmpxchg<u64>(TICKET, ticket, ticket + 1);
    if (met == ticket) {
      pieceStage = <u32>(ticket >> 48) & 0xff;
      return next;
    }
    ticket = met;
  }
  return NONE;
}

/** Counts a piece as done; true for the worker that finished the last one. */
export function finishPiece(): bool {
  return atomic.add<u32>(DONE_PIECES, 1) + 1 == scheduler().pieces;
}

/** Whether the calling worker is the one that does phase `wanted`. */
export function becomeSole(wanted: Phase): bool {
  pass(Point.BeforeSole, wanted);
  const free = (<u32>wanted) << 8;
  const mine = free | (workerId + 1);
  const holder = atomic.cmpxchg<u32>(SOLE, free, mine);
  return holder == free || holder == mine;
}

/** Moves this worker's heartbeat. */
export function beat(): void {
  const counter = rowOf(workerId) + offsetof<WorkerRow>("heartbeat");
  atomic.store<u32>(counter, load<u32>(counter) + 1);
}

/** Whether the rest of the block runs in order. */
export function fallbackBegun(): bool {
  return atomic.load<u32>(FALLBACK) != 0;
}

export function beginFallback(from: u32): void {
  scheduler().fallbackFrom = from;
  atomic.store<u32>(FALLBACK, 1);
}

function rowOf(worker: u32): usize {
  return WORKER_ROWS + <usize>worker * WORKER_ROW_SIZE;
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

/** Ends the block as failed; the first reason stays. */
export function failBlock(why: Failure, index: u32, code: u32): void {
  const s = scheduler();
  if (atomic.cmpxchg<u32>(SCHEDULER + offsetof<Scheduler>("failure"), 0, why) == 0) {
    s.failedIndex = index;
    s.failedCode = code;
  }
  atomic.store<u32>(PHASE, Phase.Failed);
  wakeWorkers();
}

/** The reason for the failure is gone; the phase is between two, for the caller to enter one. Nobody works. */
export function reviveBlock(): void {
  const s = scheduler();
  s.failure = Failure.None;
  s.failedIndex = NONE;
  s.failedCode = 0;
  atomic.store<u32>(PHASE, Phase.Between);
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
