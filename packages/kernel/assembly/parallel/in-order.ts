// The rest of a block in its order on one worker: after a fallback, or from the start where the block or the caller
// wants it so. No version lists (the newest version is overwritten in place), no checks of reads.

import { commitTransaction } from "../block/commit";
import { env, FLAG_NO_STATE_ROOT } from "../block/env";
import { stateRootInOrder } from "../block/state-root";
import { abortTransaction } from "../host";
import { Control, control, SCHEDULER } from "../memory/layout";
import { MODE_SEQUENTIAL, setViewMode } from "../state/mode";
import { viewExecution } from "../state/view";
import { Abort, Fork, Invalid } from "../status";
import { transactionStateRoot } from "../tx/transaction";
import { beginAttempt, noteAttempt, Outcome } from "./attempts";
import { noteDependencies } from "./dependencies";
import { blockTransaction, executeNext } from "./execute";
import { beat } from "./heartbeat";
import { versionPublish, versionWithdraw } from "./publish";
import { Failure, failBlock, Scheduler, scheduler, TaskState, task } from "./scheduler";

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

/**
 * Runs and commits what is not committed yet. Called by the one worker that has become sole in the phase, when
 * nobody else executes any more. May leave with an abort (a value that is not in the cache); called again, it
 * goes on where it was.
 */
export function runInOrder(): void {
  const s = scheduler();
  withdrawUncommitted();
  setViewMode(MODE_SEQUENTIAL);
  // Before Byzantium a receipt holds the state root after its transaction.
  const rootEach = env().fork < Fork.Byzantium && (env().flags & FLAG_NO_STATE_ROOT) == 0;
  const cancelled = changetype<usize>(control()) + offsetof<Control>("cancelled");
  while (s.committed < s.count) {
    if (atomic.load<u32>(cancelled) != 0) abortTransaction(Abort.Cancelled, 0);
    const index = s.committed;
    const t = blockTransaction(index);
    beat();
    beginAttempt();
    executeNext(index);
    const execution = viewExecution();
    const run = task(index);
    run.execution = <u32>execution;
    // Before its writes stand in place of the versions that it read.
    noteDependencies(index, execution, t.gasUsed);
    versionPublish(execution);
    noteAttempt(index, Outcome.InOrder, 0);
    const problem = commitTransaction(t);
    if (problem != Invalid.None) {
      failBlock(Failure.InvalidTransaction, index, problem);
      return;
    }
    run.state = TaskState.Committed;
    if (rootEach) stateRootInOrder(transactionStateRoot(t));
    atomic.store<u32>(SCHEDULER + offsetof<Scheduler>("committed"), index + 1);
  }
}
