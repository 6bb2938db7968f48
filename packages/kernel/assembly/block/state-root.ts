// State roots between transactions, which receipts hold before Byzantium.

import { abortTransaction } from "../host";
import { changes } from "../state/changes";
import { Abort } from "../status";
import { stateRootSequential } from "../trie/state-root";
import { buildBlockChanges } from "./change-list";

/**
 * State root after the transactions that are committed, of which the last was published in sequential mode. Each is
 * made from the committed state with all changes since, so that nothing of it has to be kept; blocks of that
 * time are small. Leaves with Abort.MissingNodes where the host has to bring trie nodes first.
 */
export function stateRootInOrder(result: usize): void {
  buildBlockChanges();
  const complete = stateRootSequential(<usize>changes().accounts, changes().accountCount, result);
  if (!complete) abortTransaction(Abort.MissingNodes, 0);
}
