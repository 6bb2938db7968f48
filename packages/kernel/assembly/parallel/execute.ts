// Running one transaction on this worker, speculatively, and what becomes of it.

import { blockBlobGasAvailable, blockGasAvailable, blockStateGasAvailable } from "../block/commit";
import { env } from "../block/env";
import { blockTransaction } from "../block/transactions";
import { arenaMark, arenaRewind } from "../memory/arena";
import { SCHEDULER } from "../memory/layout";
import { coldBegin, coldEnd } from "../state/cold";
import { Execution } from "../state/execution";
import { allowDeltas, MODE_CLAIMED, MODE_PARALLEL, setViewMode } from "../state/mode";
import { viewExecution } from "../state/view";
import { transactionExecute } from "../tx/execute";
import { GAS_PER_BLOB } from "../tx/transaction";
import { libraryGasForget } from "../vm/precompiles";
import { beginAttempt, noteAttempt, Outcome } from "./attempts";
import { claimsInForce } from "./claims";
import { claimsCompare } from "./claims-hold";
import { noteIndependence } from "./dependencies";
import { learnHeaviness } from "./early";
import { Point, pass } from "./points";
import { isPutOff, predictTask } from "./predictions";
import { versionEstimate, versionPublish, versionWithdraw } from "./publish";
import { waitsForRewriter } from "./push";
import {
  Failure,
  failBlock,
  NONE,
  releaseWaiters,
  requestCold,
  Scheduler,
  TaskState,
  task,
  taskIsExecuted,
  taskWaitFor,
  transactionOfVersion,
  wakeOne,
} from "./scheduler";

/** The task that this worker runs speculatively just now, or NONE. */
let running: u32 = NONE;
let runningMark: u64 = 0;

/** Whether an aborted run (host.abortTransaction) was a speculative one, and not a phase of this worker alone. */
export function isRunningTask(): bool {
  return running != NONE;
}

/** Forgets a run that was left by an error. */
export function executeForget(): void {
  running = NONE;
}

/** Whether the task must not run before another one has: then it is made to wait for that. */
function waitsForAnother(index: u32): bool {
  // Also where it waits for another reason: those behind it must know what it will write.
  predictTask(index);
  const before = task(index).senderBefore;
  if (before != 0 && !taskIsExecuted(before - 1)) {
    taskWaitFor(index, before - 1);
    return true;
  }
  return isPutOff(index) || waitsForRewriter(index);
}

/**
 * Executes task `index`, which this worker has taken (Executing), and publishes its writes. May leave with an
 * abort, after which the host calls `aborted` (work.ts).
 */
export function runTask(index: u32): void {
  const claimed = claimsInForce();
  if (!claimed && waitsForAnother(index)) return;
  running = index;
  runningMark = arenaMark();
  if (claimed) {
    setViewMode(MODE_CLAIMED);
  } else {
    setViewMode(MODE_PARALLEL);
    allowDeltas();
  }
  beginAttempt();
  pass(Point.BeforeExecute, index);
  const t = blockTransaction(index);
  const gasLimit = env().gasLimit;
  libraryGasForget();
  coldBegin(task(index).coldRuns);
  transactionExecute(t, gasLimit, gasLimit, <u64>env().blobMax * GAS_PER_BLOB);
  coldEnd();
  learnHeaviness(index);
  pass(Point.BeforePublish, index);
  // What it leaves is claimed, and so published already.
  if (claimed) leaveClaimed(index);
  else publishRun(index);
  pass(Point.Published, index);
  running = NONE;
  noteAttempt(index, Outcome.Executed, 0);
  finishRun(index);
  wakeOne();
}

function leaveClaimed(index: u32): void {
  const execution = viewExecution();
  if (!claimsCompare(execution, index + 1)) failBlock(Failure.ClaimsRefuted, index, 0);
  noteIndependence(execution);
  task(index).execution = <u32>execution;
}

/** Publishes the newest run of a task over the one before; what that one wrote and this one did not is withdrawn. */
export function publishRun(index: u32): void {
  const run = task(index);
  const before = run.execution;
  const execution = viewExecution();
  run.incarnation += 1;
  changetype<Execution>(execution).incarnation = run.incarnation;
  noteIndependence(execution);
  versionPublish(execution);
  if (before != 0) {
    pass(Point.BeforeWithdraw, index);
    versionWithdraw(before);
  }
  run.execution = <u32>execution;
}

/** Marks a published task as executed and lets those go on that waited for it. */
function finishRun(index: u32): void {
  atomic.store<u32>(changetype<usize>(task(index)), TaskState.Executed);
  releaseWaiters(index);
}

/** Leaves a run that was given up: the arena as it was, the worker free. */
function leaveRun(): u32 {
  const index = running;
  running = NONE;
  arenaRewind(runningMark);
  return index;
}

function count(field: usize): void {
  atomic.add<u32>(SCHEDULER + field, 1);
}

/** The running task read a location whose value is not in the cache. */
export function runNeedsValue(location: u32): void {
  const index = leaveRun();
  task(index).coldRuns += 1;
  count(offsetof<Scheduler>("coldCount"));
  noteAttempt(index, Outcome.Cold, location);
  atomic.store<u32>(changetype<usize>(task(index)), TaskState.Suspended);
  requestCold(location, index);
}

/** The running task read an estimate of the transaction with this version index. */
export function runMetEstimate(version: u32): void {
  const index = leaveRun();
  count(offsetof<Scheduler>("estimateCount"));
  noteAttempt(index, Outcome.Estimate, version);
  const writer = transactionOfVersion(version);
  if (writer != NONE && writer < index) {
    taskWaitFor(index, writer);
  } else {
    atomic.store<u32>(changetype<usize>(task(index)), TaskState.NeedsTurn);
  }
}

/** The running task touches the fee recipient's balance. */
export function runNeedsTurn(): void {
  const index = leaveRun();
  count(offsetof<Scheduler>("turnCount"));
  noteAttempt(index, Outcome.NeedsTurn, 0);
  atomic.store<u32>(changetype<usize>(task(index)), TaskState.NeedsTurn);
}

/** Gives up the running task with the whole block. */
export function runCancelled(): void {
  leaveRun();
}

/** What an executed task published becomes estimates, because it will be executed again. */
export function estimateWrites(index: u32): void {
  const execution = task(index).execution;
  if (execution != 0) versionEstimate(execution);
  pass(Point.Estimated, index);
}

/** Executes the transaction in the order of the block; all before it is committed. Publishes nothing. */
export function executeNext(index: u32): void {
  coldBegin(task(index).coldRuns);
  transactionExecute(
    blockTransaction(index),
    blockGasAvailable(),
    blockStateGasAvailable(),
    blockBlobGasAvailable(),
  );
  coldEnd();
}
