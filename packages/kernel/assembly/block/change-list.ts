// The change list of the running block, from what was published so far.

import { arenaAllocate } from "../memory/arena";
import { scheduler, task } from "../parallel/scheduler";
import { changesBuild } from "../state/changes";
import { blockResult } from "./result";

/**
 * Makes the change list (state/changes.ts) of all that has published: the work before the transactions, the committed
 * ones, and what follows them. Nobody executes while it is made.
 */
export function buildBlockChanges(): void {
  const transactions = scheduler().count;
  const count = transactions + 2;
  const executions = arenaAllocate((<usize>count) << 2);
  store<u32>(executions, blockResult().beginExecution);
  for (let i: u32 = 0; i < transactions; i++) {
    store<u32>(executions + ((<usize>(i + 1)) << 2), task(i).execution);
  }
  store<u32>(executions + ((<usize>(count - 1)) << 2), blockResult().endExecution);
  changesBuild(executions, count);
}
