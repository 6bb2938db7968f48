// A stretch of a block, or all of it, in its order on one worker: where transactions depend on one another, or the block
// or the caller wants it so. No version lists (the newest version is overwritten in place), no checks of reads.

import { commitTransaction } from "../block/commit";
import { env, FLAG_NO_STATE_ROOT } from "../block/env";
import { blockResult } from "../block/result";
import { stateRootInOrder } from "../block/state-root";
import { blockTransaction } from "../block/transactions";
import { abortTransaction } from "../host";
import { arenaMark, arenaRewind } from "../memory/arena";
import { CONTROL, Control, SCHEDULER } from "../memory/layout";
import { MODE_PARALLEL, MODE_SEQUENTIAL, setViewMode } from "../state/mode";
import { viewExecution } from "../state/view";
import { Abort, Fork, Invalid } from "../status";
import { transactionStateRoot } from "../tx/transaction";
import { beginAttempt, noteAttempt, Outcome } from "./attempts";
import { beginWindow, noteDependencies } from "./dependencies";
import { executeNext } from "./execute";
import { Point, pass } from "./points";
import { predictionsForget } from "./predictions";
import { versionPublish, versionWithdraw } from "./publish";
import { beat, endFallback, Failure, failBlock, Scheduler, scheduler, TaskState, task } from "./scheduler";

const CANCELLED: usize = CONTROL + offsetof<Control>("cancelled");

/** After so many more it is looked again whether a stretch goes on; stretches grow to at most so many. */
const CHECK: u32 = 64;
const LONGEST_STRETCH: u32 = 4096;

/** Where the arena stood when the transaction began that is being executed just now; 0 = none is. */
let mark: u64 = 0;

/** Forgets a run that was left by an error. */
export function inOrderForget(): void {
  mark = 0;
}

/** The running transaction was left for a cold value; it will be executed from its begin. */
export function inOrderLeft(): void {
  if (mark != 0) {
    arenaRewind(mark);
    task(scheduler().committed).coldRuns += 1;
  }
  mark = 0;
}

/** Takes back what transactions published that are not committed. */
function withdrawUncommitted(): void {
  const s = scheduler();
  if (s.withdrawn != 0) return;
  for (let index = s.committed; index < s.count; index++) {
    const execution = task(index).execution;
    if (execution != 0) versionWithdraw(<usize>execution);
    task(index).execution = 0;
  }
  s.withdrawn = 1;
}

/** Before Byzantium a receipt holds the state root after its transaction. */
function rootAfter(committed: u32): void {
  if (committed == 0 || blockResult().rooted == committed) return;
  if (env().fork < Fork.Byzantium && (env().flags & FLAG_NO_STATE_ROOT) == 0) {
    stateRootInOrder(transactionStateRoot(blockTransaction(committed - 1)));
  }
  blockResult().rooted = committed;
}

/** Executes, publishes and commits one transaction. False: it is not valid, the block has failed. */
function runNext(index: u32): bool {
  const t = blockTransaction(index);
  pass(Point.BeforeInOrder, index);
  beat();
  beginAttempt();
  mark = arenaMark();
  executeNext(index);
  mark = 0;
  const problem = commitTransaction(t);
  if (problem != Invalid.None) {
    failBlock(Failure.InvalidTransaction, index, problem);
    return false;
  }
  const execution = viewExecution();
  const run = task(index);
  run.execution = <u32>execution;
  // Before its writes stand in place of the versions that it read.
  noteDependencies(index, execution, t.gasUsed);
  versionPublish(execution);
  noteAttempt(index, Outcome.InOrder, 0);
  run.state = TaskState.Committed;
  scheduler().orderedCount += 1;
  atomic.store<u32>(SCHEDULER + offsetof<Scheduler>("committed"), index + 1);
  return true;
}

/** Makes all that is not committed as it was before anybody had taken it: what was done of it is withdrawn already. */
function forgetUncommitted(): void {
  const s = scheduler();
  for (let index = s.committed; index < s.count; index++) {
    const run = task(index);
    run.state = TaskState.Ready;
    run.waiters = 0;
    run.nextWaiter = 0;
    // What was not known of its call then may be known now.
    run.predictions = 0;
  }
  if (s.writers != 0) predictionsForget();
  s.cursor = s.committed;
  s.recentAborts = 0;
  s.recentRepeats = 0;
}

/**
 * Whether the stretch that was run goes on: where it was one chain of transactions for the most part. Otherwise all
 * workers take the next ones; a stretch that follows will be twice as long, so that what is tried in vain stays little.
 */
function goesOn(): bool {
  const s = scheduler();
  const dependent = s.windowChain * 2 > s.committed - s.windowBegin;
  beginWindow(s.committed);
  if (dependent) {
    s.stretchEnd = s.committed + CHECK;
    return true;
  }
  if (s.stretch < LONGEST_STRETCH) s.stretch *= 2;
  forgetUncommitted();
  setViewMode(MODE_PARALLEL);
  endFallback();
  return false;
}

/**
 * Runs and commits what is not committed yet, or as much of it as is better run in order. Called by the one worker that
 * has become sole in the phase, when nobody else executes any more. May leave with an abort (a value that is not in the
 * cache); called again, it goes on where it was.
 */
export function runInOrder(): void {
  const s = scheduler();
  if (s.withdrawn == 0) beginWindow(s.committed);
  withdrawUncommitted();
  setViewMode(MODE_SEQUENTIAL);
  rootAfter(s.committed);
  while (s.committed < s.count) {
    if (s.committed >= s.stretchEnd && !goesOn()) return;
    if (atomic.load<u32>(CANCELLED) != 0) abortTransaction(Abort.Cancelled, 0);
    if (!runNext(s.committed)) return;
    rootAfter(s.committed);
  }
}
