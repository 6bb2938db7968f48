// The running transaction.

import { arenaAllocate } from "../memory/arena";
import { Execution } from "./execution";

/** Its index in the versions: 0 before the transactions, 1 … n, n + 1 what follows them. */
export let currentTransaction: u32 = 0;
let execution: usize = 0;

/** What the running or last transaction of this worker leaves behind. */
export function viewExecution(): usize {
  return execution;
}

export function currentExecution(): Execution {
  return changetype<Execution>(execution);
}

export function currentBegin(transaction: u32): void {
  currentTransaction = transaction;
  execution = arenaAllocate(offsetof<Execution>());
  memory.fill(execution, 0, offsetof<Execution>());
  currentExecution().transaction = transaction;
}
