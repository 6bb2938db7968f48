// An execution that has to be repeated takes those with it that have read what it wrote: they are found at once, and what
// they wrote becomes estimates as well. So nobody goes on building on values that will change, however long the chain
// of readers is. It costs nothing where nothing is repeated.

import { SCHEDULER } from "../memory/layout";
import { Execution } from "../state/execution";
import { DELTA_BALANCE, DELTA_SLOT, KNOWN_SLOT, LocalAccount, LocalSlot } from "../state/local";
import { FIELD_BALANCE, FIELD_SLOT } from "../state/records";
import { estimateWrites } from "./execute";
import {
  NONE,
  Scheduler,
  scheduler,
  TaskState,
  task,
  taskIsExecuted,
  taskMove,
  taskWaitFor,
  transactionOfVersion,
} from "./scheduler";
import { VERSION_ESTIMATE, Version, versionNode } from "./versions";

/** Transactions behind the one that is repeated that are looked at. */
const PUSH_AHEAD: u32 = 64;

/** The transaction that will write `version` again, or NONE: also where it has done so by now. */
function rewriterOf(version: u32): u32 {
  if (version == 0) return NONE;
  const node = versionNode(version);
  const flags = atomic.load<u32>(node + offsetof<Version>("flags"));
  if ((flags & VERSION_ESTIMATE) == 0) return NONE;
  const writer = transactionOfVersion(changetype<Version>(node).transaction);
  return writer == NONE || taskIsExecuted(writer) ? NONE : writer;
}

/** The transaction whose estimate the execution has read, or NONE. */
function rewriterRead(execution: usize): u32 {
  const run = changetype<Execution>(execution);
  for (let s = <usize>run.slots; s != 0; s = <usize>changetype<LocalSlot>(s).previous) {
    // Whatever is only added to does not care for what is written before.
    if ((changetype<LocalSlot>(s).flags & (KNOWN_SLOT | DELTA_SLOT)) != KNOWN_SLOT) continue;
    const rewriter = rewriterOf(changetype<LocalSlot>(s).version);
    if (rewriter != NONE) return rewriter;
  }
  for (let a = <usize>run.accounts; a != 0; a = <usize>changetype<LocalAccount>(a).previous) {
    const flags = changetype<LocalAccount>(a).flags;
    for (let field: u32 = 0; field < FIELD_SLOT; field++) {
      if ((flags & (1 << field)) == 0) continue;
      if (field == FIELD_BALANCE && (flags & DELTA_BALANCE) != 0) continue;
      const versions = a + offsetof<LocalAccount>("balanceVersion");
      const rewriter = rewriterOf(load<u32>(versions + ((<usize>field) << 2)));
      if (rewriter != NONE) return rewriter;
    }
  }
  return NONE;
}

/**
 * Whether transaction `index`, which the caller has taken, was executed before and waits now for one that will write again
 * what it read then: it would only meet the estimate.
 */
export function waitsForRewriter(index: u32): bool {
  const execution = <usize>task(index).execution;
  if (execution == 0) return false;
  const rewriter = rewriterRead(execution);
  if (rewriter == NONE || rewriter >= index) return false;
  taskWaitFor(index, rewriter);
  return true;
}

/**
 * Lets the executed transactions wait that have read what transaction `index` will write again, and those that have read
 * what they wrote. Its writes are estimates already.
 */
export function pushInvalidation(index: u32): void {
  const end = min<u32>(scheduler().count, index + PUSH_AHEAD);
  for (let reader = index + 1; reader < end; reader++) {
    if (!taskMove(reader, TaskState.Executed, TaskState.Validating)) continue;
    const run = task(reader);
    const rewriter = rewriterRead(<usize>run.execution);
    if (rewriter == NONE || rewriter >= reader) {
      atomic.store<u32>(changetype<usize>(run), TaskState.Executed);
      continue;
    }
    run.aborts += 1;
    atomic.add<u32>(SCHEDULER + offsetof<Scheduler>("abortCount"), 1);
    estimateWrites(reader);
    taskWaitFor(reader, rewriter);
  }
}
