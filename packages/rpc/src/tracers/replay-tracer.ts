// What trace_replay*, trace_call and their like answer: up to three traces of one transaction.

import type { Hex, TracedOutcome, TracedTransaction } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { FlatCallTracer, type FlatTrace } from "./flat-call-tracer.ts";
import { MuxTracer } from "./mux-tracer.ts";
import { type StateDifference, StateDiffTracer } from "./state-diff-tracer.ts";
import type { ResultTracer } from "./tracer.ts";
import { type VmTrace, VmTracer } from "./vm-tracer.ts";

export const REPLAY_TYPES = ["trace", "stateDiff", "vmTrace"] as const;
export type ReplayType = (typeof REPLAY_TYPES)[number];

/** Traces of a transaction; those that were not asked for are null, or empty. */
export interface Replay {
  output: Hex;
  stateDiff: StateDifference | null;
  trace: FlatTrace[];
  vmTrace: VmTrace | null;
}

const MAKERS: Readonly<Record<ReplayType, (transaction: TracedTransaction) => ResultTracer>> = {
  trace: (transaction) => new FlatCallTracer(transaction, {}, { parityForm: true }),
  stateDiff: (transaction) => new StateDiffTracer(transaction),
  vmTrace: () => new VmTracer(),
};

/** A tracer of these kinds at once. */
export function replayTracer(types: Iterable<ReplayType>): (transaction: TracedTransaction) => MuxTracer {
  const wanted = [...new Set(types)];
  return (transaction) => new MuxTracer(wanted.map((type) => [type, MAKERS[type](transaction)] as const));
}

/** The answer, when the transaction is over. */
export function replayOf(
  { halt, output }: Pick<TracedOutcome, "halt" | "output">,
  tracer: ResultTracer,
): Replay {
  const { trace = [], stateDiff = null, vmTrace = null } = tracer.result() as Partial<Replay>;
  const isTold = halt === "Success" || halt === "Revert";
  return { output: isTold ? HexOf.fromBytes(output) : "0x", stateDiff, trace, vmTrace };
}
