// A whole block on one instance alone, in order, without version lists: the workers' way with one worker.

import { versionPublish } from "../parallel/publish";
import { schedulerReset } from "../parallel/scheduler";
import { startBlock, work } from "../parallel/work";
import { MODE_SEQUENTIAL, setViewMode } from "../state/mode";
import { viewExecution } from "../state/view";
import { Invalid } from "../status";
import { blockBegin } from "./begin";
import { blockEnd } from "./end";
import { env, FLAG_SEQUENTIAL, FLAG_TRANSACTIONS_ONLY } from "./env";
import { blockResult } from "./result";

/** State tests state a root for refused transactions too: that after the touch of the fee recipient. */
function endRefused(): void {
  const result = blockResult();
  setViewMode(MODE_SEQUENTIAL);
  if (result.beginExecution == 0) {
    blockBegin();
    result.beginExecution = <u32>viewExecution();
    versionPublish(viewExecution());
  }
  blockEnd();
  result.endExecution = <u32>viewExecution();
  versionPublish(viewExecution());
}

/**
 * Runs the block that BlockEnv describes to its roots and leaves BlockResult; returns its `invalid`. The calling
 * instance is the only one in the block, and an abort means that it is given up: the state has to be in memory.
 */
export function runBlockSequential(): Invalid {
  env().flags |= FLAG_SEQUENTIAL;
  schedulerReset(env().transactionCount, 1);
  startBlock();
  work();
  const invalid = <Invalid>blockResult().invalid;
  if (invalid != Invalid.None && (env().flags & FLAG_TRANSACTIONS_ONLY) != 0) endRefused();
  return invalid;
}
