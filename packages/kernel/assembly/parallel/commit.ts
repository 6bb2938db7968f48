// Ordered commit. Whoever holds the commit lock takes the transactions in their order: one that was executed is
// checked read by read against what is there now; one whose reads fail is executed again at once, where all
// before it is final and nothing can invalidate it.

import { commitTransaction } from "../block/commit";
import { blockTransaction } from "../block/transactions";
import { arenaMark, arenaRewind, workerId } from "../memory/arena";
import { control, SCHEDULER } from "../memory/layout";
import { deltaGivenUp, noteConflict } from "../state/hot";
import { MODE_IN_TURN, MODE_PARALLEL, setViewMode } from "../state/mode";
import { Deltas, Invalid } from "../status";
import { beginAttempt, noteAttempt, Outcome } from "./attempts";
import { claimsInForce } from "./claims";
import { beginWindow, noteDependencies } from "./dependencies";
import { estimateWrites, executeNext, publishRun, runTask } from "./execute";
import { Point, pass } from "./points";
import { learnConflict, settlePredictions } from "./predictions";
import { versionResolveAll } from "./publish";
import { pushInvalidation } from "./push";
import { failedFlags, failedLocation, failedPredicate, failedVersion, readSetValid } from "./reads";
import {
  beginFallback,
  Failure,
  failBlock,
  fallbackBegun,
  NONE,
  releaseWaiters,
  requestCold,
  Scheduler,
  scheduler,
  TaskState,
  task,
  taskMove,
  taskState,
  transactionOfVersion,
  wakeOne,
} from "./scheduler";
import { Version } from "./versions";

const LOCK: usize = SCHEDULER + offsetof<Scheduler>("commitLock");
const COMMITTED: usize = SCHEDULER + offsetof<Scheduler>("committed");

/** Of the last 32 transactions, this many had to be executed again: the next ones are run in order. */
const FALLBACK_ABORTS: u32 = 16;
/** And this many where it was hoped that deltas would help, or they were repeated before their turn. */
const FALLBACK_REPEATS: u32 = 20;
/** So many transactions are looked at together; a chain among them that is so long leaves nothing for a second worker. */
const WINDOW: u32 = 32;
const DEPENDENT_CHAIN: u32 = 29;

/** Transactions behind the frontier at which idle workers look ahead, and how often they execute one again. */
const LOOK_AHEAD: u32 = 64;
const MOST_ABORTS_AHEAD: u32 = 2;

/** The task that this worker executes in its turn just now, or NONE. */
let inTurn: u32 = NONE;
let inTurnMark: u64 = 0;

export function isRunningInTurn(): bool {
  return inTurn != NONE;
}

export function committedCount(): u32 {
  return atomic.load<u32>(COMMITTED);
}

/** What stands in the lock while this worker holds it: the attempt at a block and the owner. */
function lockMark(): u32 {
  return (control().epoch << 8) | (workerId + 1);
}

function lock(): bool {
  return atomic.load<u32>(LOCK) == 0 && atomic.cmpxchg<u32>(LOCK, 0, lockMark()) == 0;
}

/** Only what this worker took in this attempt: a late one of an earlier attempt opens nobody's lock. */
function unlock(): void {
  atomic.cmpxchg<u32>(LOCK, lockMark(), 0);
}

/** Whether the transaction at the frontier is ready to be looked at by a holder of the commit lock. */
function frontierIsReady(): bool {
  const s = scheduler();
  const index = committedCount();
  if (index >= s.count || fallbackBegun()) return false;
  const state = taskState(index);
  return state == TaskState.Executed || state == TaskState.NeedsTurn;
}

/** Forgets what was left by an error. */
export function commitForget(): void {
  inTurn = NONE;
  validating = NONE;
}

/** The in-order part of a transaction whose reads hold. False: it is not valid, the block has failed. */
function accept(index: u32): bool {
  const t = blockTransaction(index);
  pass(Point.BeforeCommit, index);
  const problem = commitTransaction(t);
  if (problem != Invalid.None) {
    failBlock(claimsInForce() ? Failure.ClaimsRefuted : Failure.InvalidTransaction, index, problem);
    return false;
  }
  atomic.store<u32>(changetype<usize>(task(index)), TaskState.Committed);
  atomic.store<u32>(COMMITTED, index + 1);
  return true;
}

function noteRecent(repeated: bool, aborted: bool): void {
  const s = scheduler();
  s.recentRepeats = (s.recentRepeats << 1) | (repeated ? 1 : 0);
  s.recentAborts = (s.recentAborts << 1) | (aborted ? 1 : 0);
}

/**
 * Executes the next transaction where all before it is final; the caller holds the commit lock and has the task in
 * Executing. First as everybody does, without the fee recipient; only where that is needed are the fees so
 * far credited and the transaction executed with them.
 */
function runInTurn(index: u32, withFees: bool): bool {
  inTurn = index;
  inTurnMark = arenaMark();
  beginAttempt();
  setViewMode(withFees ? MODE_IN_TURN : MODE_PARALLEL);
  executeNext(index);
  pass(Point.BeforePublish, index);
  publishRun(index);
  inTurn = NONE;
  noteAttempt(index, Outcome.InTurn, 0);
  const run = task(index);
  noteDependencies(index, <usize>run.execution, blockTransaction(index).gasUsed);
  settlePredictions(index);
  const accepted = accept(index);
  releaseWaiters(index);
  return accepted;
}

/** Leaves the run in turn that was given up: its task in `state`, the commit lock free. */
function leaveInTurn(state: TaskState): u32 {
  const index = inTurn;
  inTurn = NONE;
  arenaRewind(inTurnMark);
  atomic.store<u32>(changetype<usize>(task(index)), state);
  unlock();
  return index;
}

/** The transaction in its turn met a value that is not in the cache: it is suspended like any other. */
export function inTurnNeedsValue(location: u32): void {
  const index = leaveInTurn(TaskState.Suspended);
  task(index).coldRuns += 1;
  atomic.add<u32>(SCHEDULER + offsetof<Scheduler>("coldCount"), 1);
  noteAttempt(index, Outcome.Cold, location);
  requestCold(location, index);
}

/** The transaction in its turn touches the fee recipient: it is looked at again, with the fees. */
export function inTurnNeedsFees(): void {
  const index = leaveInTurn(TaskState.NeedsTurn);
  atomic.add<u32>(SCHEDULER + offsetof<Scheduler>("turnCount"), 1);
  noteAttempt(index, Outcome.NeedsTurn, 0);
}

export function inTurnCancelled(): void {
  leaveInTurn(TaskState.Executing);
}

/** Commits the transaction at the frontier if it can be; false where there is nothing to do now. */
function commitNext(): bool {
  const s = scheduler();
  const index = committedCount();
  if (index >= s.count) return false;
  const run = task(index);
  if (taskMove(index, TaskState.NeedsTurn, TaskState.Executing)) {
    noteRecent(false, false);
    return runInTurn(index, true);
  }
  if (!taskMove(index, TaskState.Executed, TaskState.Validating)) return false;
  pass(Point.BeforeValidate, index);
  if (claimsInForce()) {
    // Nothing that it read can change. Whether a claim was false is seen at the end, of all at once.
    noteDependencies(index, <usize>run.execution, blockTransaction(index).gasUsed);
    return accept(index);
  }
  if (readSetValid(<usize>run.execution)) {
    // It may have been repeated ahead of its turn.
    noteRecent(run.aborts != 0, false);
    if (blockTransaction(index).invalid == Invalid.None) {
      settlePredictions(index);
      noteDependencies(index, <usize>run.execution, blockTransaction(index).gasUsed);
      versionResolveAll(<usize>run.execution);
      return accept(index);
    }
    // The block is not valid. What is said of it must not depend on the schedule: of several reasons the first one
    // counts, and the gas that was left was not known before.
  } else {
    // A conflict that the next transactions will not have says nothing for running them in order.
    noteRecent(true, !noteAbort(index));
  }
  atomic.store<u32>(changetype<usize>(run), TaskState.Executing);
  estimateWrites(index);
  pushInvalidation(index);
  return runInTurn(index, false);
}

/**
 * Counts an execution that has to be repeated because something it had read changed. True where the location will be
 * tried as a delta from now on.
 */
function noteAbort(index: u32): bool {
  const run = task(index);
  run.aborts += 1;
  run.abortLocation = failedLocation;
  run.abortWriter =
    failedVersion == 0 ? NONE : transactionOfVersion(changetype<Version>(failedVersion).transaction);
  atomic.add<u32>(SCHEDULER + offsetof<Scheduler>("abortCount"), 1);
  // For calls of the same function: also where deltas may come to be tried at the location.
  learnConflict(index, run.abortLocation, run.abortWriter);
  if (failedPredicate) {
    atomic.add<u32>(SCHEDULER + offsetof<Scheduler>("predicateCount"), 1);
    deltaGivenUp(failedLocation);
    return false;
  }
  return control().deltas == Deltas.Learned && noteConflict(failedLocation, failedFlags);
}

/** Whether the transactions before `next` were better executed in order: repeated too often, or one long chain. */
function isDependent(next: u32): bool {
  const s = scheduler();
  if (<u32>popcnt<u32>(s.recentAborts) >= FALLBACK_ABORTS) return true;
  if (<u32>popcnt<u32>(s.recentRepeats) >= FALLBACK_REPEATS) return true;
  if (next - s.windowBegin < WINDOW) return false;
  if (s.windowChain >= DEPENDENT_CHAIN && !claimsInForce()) return true;
  beginWindow(next);
  return false;
}

/**
 * Commits from the frontier as far as it goes, if nobody else does. True where something was committed. After
 * many aborts it asks for the fallback instead.
 */
export function commitReady(): bool {
  let progress = false;
  // Whoever finishes the transaction at the frontier while the lock is held finds it taken: hence the second look.
  while (frontierIsReady() && lock()) {
    const s = scheduler();
    while (!fallbackBegun() && commitNext()) {
      progress = true;
      const next = committedCount();
      if (next < s.count && isDependent(next)) beginFallback(next, next + s.stretch);
    }
    unlock();
    wakeOne();
  }
  return progress;
}

/**
 * Ahead of the frontier, executes one transaction again whose reads do not hold any more, so that it need not be done in
 * its turn. For workers that have nothing else to do. True where there was one.
 */
export function revalidateAhead(): bool {
  const s = scheduler();
  const from = committedCount() + 1;
  const end = min<u32>(s.count, from + LOOK_AHEAD);
  for (let index = from; index < end; index++) {
    const run = task(index);
    // What changes again and again is left to its turn: there it counts for the fallback.
    if (run.aborts >= MOST_ABORTS_AHEAD) continue;
    if (!taskMove(index, TaskState.Executed, TaskState.Validating)) continue;
    // An estimate on the way leaves by an abort: then the task is one that waits, like any other run.
    if (readsHoldNow(index, <usize>run.execution)) {
      atomic.store<u32>(changetype<usize>(run), TaskState.Executed);
      if (committedCount() >= index) return true;
      continue;
    }
    noteAbort(index);
    atomic.store<u32>(changetype<usize>(run), TaskState.Executing);
    estimateWrites(index);
    pushInvalidation(index);
    runTask(index);
    return true;
  }
  return false;
}

let validating: u32 = NONE;

/** Whether this worker looks at a task ahead of the frontier just now. */
export function isValidatingAhead(): bool {
  return validating != NONE;
}

function readsHoldNow(index: u32, execution: usize): bool {
  validating = index;
  const holds = readSetValid(execution);
  validating = NONE;
  return holds;
}

/** A read of the task looked at ahead meets an estimate: it cannot be judged yet. */
export function validatingAheadMetEstimate(): void {
  const index = validating;
  validating = NONE;
  atomic.store<u32>(changetype<usize>(task(index)), TaskState.Executed);
}
