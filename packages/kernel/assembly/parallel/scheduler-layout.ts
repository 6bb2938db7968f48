// What the workers of one block share: the layout of the scheduler, of a transaction's task, and their states.

import { SCHEDULER } from "../memory/layout";

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
  /** Senders of transactions of no block (signers.ts): its only phase. */
  Signers = 9,
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
  /** Runs that were left for values that were not in the cache. */
  coldRuns: u32;
  /** What is predicted of it (predictions.ts); 0 = nobody has asked yet. */
  predictions: u32;
  /** As `chainLength`, among the transactions of the scheduler's window. */
  windowChain: u32;
  /** 1 = it was begun before its turn because it takes long (early.ts). */
  early: u32;
}

/** Transactions that are begun first, because they take long: their indexes follow, the longest first. */
@unmanaged
export class EarlyTasks {
  /** How many were taken. */
  next: u32;
  count: u32;
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
  /** 1 = the next uncommitted transactions run in order on one worker. */
  fallback: u32;
  /** Where the first stretch in order began; `count` = nowhere. */
  fallbackFrom: u32;
  /** 1 = transactions taken back before the stretch's first run. */
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
  /** EarlyTasks that are not all taken, or 0. */
  early: u32;
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
  /** The same, also where it was for a value that later transactions will try as a delta. */
  recentRepeats: u32;
  /** Longest chain and its gas, over the whole block. */
  chainLength: u32;
  chainGas: u64;
  /** The window of transactions, committed one after the other, whose longest chain is counted, and that chain. */
  windowBegin: u32;
  windowChain: u32;
  /** Where it is decided whether the stretch in order goes on, and how long the next one is. */
  stretchEnd: u32;
  stretch: u32;
  /** Transactions that were executed in order. */
  orderedCount: u32;
  line16: u64;

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
  /** Deltas that became absolute at their transaction's commit, and predicates that came out in another way (docs/deltas.md). */
  deltaCount: u32;
  predicateCount: u32;
  /** Pairs of transactions that were predicted to conflict at a location, and of these the ones that did. */
  predicted: u32;
  predictedRight: u32;
  /** Conflicts at locations that were not predicted. */
  missedConflicts: u32;
  /** Transactions that were put off and would have been executed in vain. */
  savedExecutions: u32;
  /** Who writes where, as predicted (predictions.ts), or 0. */
  writers: u32;
  /** Newest PhaseTime (phase-times.ts), where the schedule is recorded. */
  phaseTimes: u32;
}

export function scheduler(): Scheduler {
  return changetype<Scheduler>(SCHEDULER);
}

export function task(index: u32): Task {
  return changetype<Task>(<usize>scheduler().tasks + <usize>index * offsetof<Task>());
}
