// The change list of the running block, from what was published so far.

import { arenaAllocate } from "../memory/arena";
import { claimedAccount, claimedSlot, claims } from "../parallel/claims";
import { scheduler, task } from "../parallel/scheduler";
import {
  changesBegin,
  changesBuild,
  changesCollectAccount,
  changesCollectSlot,
  changesEnd,
} from "../state/changes";
import { blockResult } from "./result";

/** The execution that published under version index `index`: before the transactions, one of them, or behind them. */
export function blockExecution(index: u32): u32 {
  if (index == 0) return blockResult().beginExecution;
  return index <= scheduler().count ? task(index - 1).execution : blockResult().endExecution;
}

/**
 * Makes the change list (state/changes.ts) of all that has published: the work before the transactions, the committed
 * ones, and what follows them. Nobody executes while it is made.
 */
export function buildBlockChanges(): void {
  const count = scheduler().count + 2;
  const executions = arenaAllocate((<usize>count) << 2);
  for (let i: u32 = 0; i < count; i++) store<u32>(executions + ((<usize>i) << 2), blockExecution(i));
  changesBuild(executions, count);
}

/** Makes the change list that the block's access list claims (parallel/claims.ts), once it is published. */
export function buildClaimedChanges(): void {
  const count = claims().accountCount;
  changesBegin(count, claims().slotCount);
  for (let i: u32 = 0; i < count; i++) {
    const account = claimedAccount(i);
    if (account.changed == 0) continue;
    changesCollectAccount(<usize>account.record);
    for (let slot: u32 = 0; slot < account.changedSlots; slot++) {
      changesCollectSlot(<usize>load<u32>(claimedSlot(account.firstSlot + slot)));
    }
  }
  changesEnd();
}
