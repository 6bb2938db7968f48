// What the host does around the workers' phases.

import { CONTROL, Control } from "../memory/layout";
import { Failure, failBlock, NONE, schedulerReset } from "../parallel/scheduler";
import { startBlock } from "../parallel/work";

/** Starts the open block for `workers` workers, which then call `work`. */
export function blockStart(count: u32, workers: u32): void {
  schedulerReset(count, workers);
  startBlock();
}

/** Gives the running block up: every worker leaves it at its next check. */
export function cancelBlock(): void {
  atomic.store<u32>(CONTROL + offsetof<Control>("cancelled"), 1);
  failBlock(Failure.Cancelled, NONE, 0);
}
