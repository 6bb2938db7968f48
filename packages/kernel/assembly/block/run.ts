// A whole block on one worker, in order, without version lists.

import { versionPublish } from "../parallel/publish";
import { MODE_SEQUENTIAL, setViewMode } from "../state/mode";
import { viewExecution } from "../state/view";
import { Fork, Invalid } from "../status";
import { transactionDecode } from "../tx/decode";
import { transactionExecute } from "../tx/execute";
import { transactionStateRoot } from "../tx/transaction";
import { blockBegin } from "./begin";
import { blockBlobGasAvailable, blockGasAvailable, blockRefuse, commitTransaction } from "./commit";
import { blockEnd } from "./end";
import { env, FLAG_NO_STATE_ROOT, FLAG_TRANSACTIONS_ONLY } from "./env";
import { blockResult } from "./result";
import { blockRoots, encodeReceipts, transactionAt } from "./roots";
import { stateRootInOrder } from "./state-root";

/** Where a run in order stands. A run that was left, for a value that is not in the cache, goes on from there. */
enum Step {
  Decode = 0,
  Begin = 1,
  Transactions = 2,
  End = 3,
  Roots = 4,
  Done = 5,
}

function decodeAll(): bool {
  for (let i: u32 = 0; i < env().transactionCount; i++) {
    const t = transactionAt(i);
    const problem = transactionDecode(t);
    if (problem != Invalid.None) {
      blockRefuse(t, problem);
      return false;
    }
  }
  return true;
}

/** Before Byzantium a receipt holds the state root after its transaction. */
function needsIntermediateRoots(): bool {
  return env().fork < Fork.Byzantium && (env().flags & FLAG_NO_STATE_ROOT) == 0;
}

/** State tests state a root for refused transactions too: that after the touch of the fee recipient. */
function refusalGoesOn(): bool {
  return (env().flags & FLAG_TRANSACTIONS_ONLY) != 0;
}

/** Runs the next transaction to its commit. */
function runNext(): bool {
  const t = transactionAt(blockResult().committed);
  transactionExecute(t, blockGasAvailable(), blockBlobGasAvailable());
  if (commitTransaction(t) != Invalid.None) return false;
  versionPublish(viewExecution());
  return true;
}

/** The root after the transaction that was committed last, where receipts need it. */
function rootAfterLast(): void {
  const committed = blockResult().committed;
  if (committed == blockResult().rooted) return;
  if (needsIntermediateRoots()) stateRootInOrder(transactionStateRoot(transactionAt(committed - 1)));
  blockResult().rooted = committed;
}

/**
 * Runs the block that BlockEnv describes and leaves BlockResult; returns its `invalid`. `resultReset` comes first.
 * Where it is left by an abort, calling it again goes on with what was not finished. The change list and the state
 * root are made afterwards, from the executions that result and transactions point to.
 */
export function runBlockSequential(): Invalid {
  const result = blockResult();
  setViewMode(MODE_SEQUENTIAL);
  if (result.step == Step.Decode) {
    if (!decodeAll() && !refusalGoesOn()) return <Invalid>result.invalid;
    result.step = Step.Begin;
  }
  if (result.step == Step.Begin) {
    blockBegin();
    result.beginExecution = <u32>viewExecution();
    versionPublish(viewExecution());
    result.step = Step.Transactions;
  }
  if (result.step == Step.Transactions) {
    rootAfterLast();
    while (result.invalid == Invalid.None && result.committed < env().transactionCount) {
      if (runNext()) rootAfterLast();
    }
    if (result.invalid != Invalid.None && !refusalGoesOn()) return <Invalid>result.invalid;
    result.step = Step.End;
  }
  if (result.step == Step.End) {
    blockEnd();
    result.endExecution = <u32>viewExecution();
    versionPublish(viewExecution());
    if (result.invalid != Invalid.None) return <Invalid>result.invalid;
    result.step = Step.Roots;
  }
  if (result.step == Step.Roots) {
    encodeReceipts(0, env().transactionCount);
    blockRoots();
    result.step = Step.Done;
  }
  return Invalid.None;
}
