// A block run in order in this thread for those who trace its transactions. Nothing of it is ever applied.

import { Failure } from "@heddle/kernel";
import { writeBlock } from "./block-input.ts";
import { ColdReads } from "./cold-reads.ts";
import { throwIfAborted } from "./errors.ts";
import { growIndex } from "./index-tables.ts";
import { type BlockRun, type BlockRunner, refusal, runHere } from "./run-block.ts";
import type { TraceRelay } from "./trace-relay.ts";
import type { Trace, Tracer, TracerFactory } from "./tracer.ts";

/** Thrown through the kernel when the last traced transaction is over: what comes after it is nobody's concern. */
class TraceOver extends Error {}

/**
 * Runs the block up to the transaction with number `index`, or all of it, and gives what tracers were told.
 * @throws InvalidTransactionError for the first transaction that is not valid; ColdReadError, AbortedError; what a tracer throws
 */
export async function traceBlock<T extends Tracer>(
  runner: BlockRunner,
  run: BlockRun,
  relay: TraceRelay,
  makeTracer: TracerFactory<T>,
  index: number | undefined,
): Promise<Trace<T>[]> {
  const last = index ?? run.checked.transactions.count - 1;
  // By number: a transaction may begin again even after its end was told, for a value that its end needs.
  const traces = new Map<number, Trace<T>>();
  if (last < 0) return [];
  const over = new TraceOver();
  const onEnd = (trace: Trace<Tracer>) => {
    const { index } = trace.transaction;
    traces.set(index, trace as Trace<T>);
    if (index === last) throw over;
  };
  const { exports } = runner.host;
  await relay.during({ makeTracer, only: index, onEnd }, async () => {
    try {
      while (await attempt(runner, run)) traces.clear();
    } catch (error) {
      if (error !== over) throw error;
    } finally {
      exports.blockDiscard();
      exports.blockOpen();
    }
  });
  return [...traces.values()];
}

/** Runs the block once; true: a table was full and has grown, it is to be run again. */
async function attempt(
  { host, source, loader, reader }: BlockRunner,
  { checked, rules, hashes, signal }: BlockRun,
): Promise<boolean> {
  const { exports, layout } = host;
  const cold = new ColdReads(host, source, loader, (isOver) => reader.bringNodes(isOver));
  try {
    throwIfAborted(signal);
    writeBlock(host, checked, rules, hashes, { sequential: true, noStateRoot: true, trace: true });
    exports.blockStart(checked.transactions.count, 1);
    await runHere(host, cold, signal);
    const failure = host.getU32(layout.SCHEDULER + layout.Scheduler_failure);
    if (failure !== Failure.IndexFull) throw refusal(host, failure);
    const table = host.getU32(layout.SCHEDULER + layout.Scheduler_failedCode);
    exports.blockDiscard();
    growIndex(host, table);
    return true;
  } finally {
    cold.close();
  }
}
