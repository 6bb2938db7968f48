// State roots between transactions, which receipts hold before Byzantium.

import { abortTransaction } from "../host";
import { arenaAllocate } from "../memory/arena";
import { changes, changesBuild } from "../state/changes";
import { Abort } from "../status";
import { stateRootSequential } from "../trie/state-root";
import { blockResult } from "./result";
import { transactionAt } from "./roots";

/**
 * State root after the transactions that are committed, of which the last was published in sequential mode. Each is
 * made from the committed state with all changes since, so that nothing of it has to be kept; blocks of that
 * time are small. Leaves with Abort.MissingNodes where the host has to bring trie nodes first.
 */
export function stateRootInOrder(result: usize): void {
  const committed = blockResult().committed;
  const executions = arenaAllocate((<usize>committed + 1) << 2);
  store<u32>(executions, blockResult().beginExecution);
  for (let i: u32 = 0; i < committed; i++) {
    store<u32>(executions + ((<usize>i) << 2), transactionAt(i).execution, 4);
  }
  changesBuild(executions, committed + 1);
  const complete = stateRootSequential(<usize>changes().accounts, changes().accountCount, result);
  if (!complete) abortTransaction(Abort.MissingNodes, 0);
}
