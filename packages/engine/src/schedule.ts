// Who ran what when: how a block was executed, as far as it can be told after the fact.

import { type Hex, toHex } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import { type PhaseTime, readPhaseTimes } from "./phase-times.ts";

/** How one execution of a transaction ended. */
export type AttemptOutcome = "executed" | "cold" | "estimate" | "needsTurn" | "inTurn" | "inOrder";

/** One execution of a transaction by a worker; the last one of a transaction is the one that counts. */
export interface Attempt {
  transaction: number;
  worker: number;
  outcome: AttemptOutcome;
  /** Microseconds from the begin of the block on. */
  begun: number;
  ended: number;
}

/** Why a transaction had to be executed again, the last time. */
export interface Conflict {
  transaction: number;
  /** The earlier transaction whose write it had not seen; undefined where that is not known. */
  writer: number | undefined;
  /** The account, and the slot or the field, that the two met at. */
  address: Hex;
  slot: Hex | undefined;
  field: "balance" | "nonce" | "code" | "life" | "storage";
}

/** What was predicted of conflicts between a block's transactions (docs/predictor.md), and what came of it. */
export interface PredictionReport {
  /** Pairs of a transaction and an earlier one that were predicted to meet at a location, and of these the ones that did. */
  predictions: number;
  right: number;
  /** Part of the predictions that were right; undefined where there were none. */
  precision: number | undefined;
  /** Part of the conflicts that had been predicted; undefined where there were none. */
  recall: number | undefined;
  /** Transactions that waited for one on which they depended, and so were not executed in vain. */
  executionsSaved: number;
}

/** The schedule of a block. */
export interface Schedule {
  workers: number;
  /** Executions that were repeated because what they had read was changed. */
  aborts: number;
  /** Changes that were kept as differences until their transaction was committed, so that they made no conflict. */
  deltas: number;
  /** Those of the aborts where the difference was known but something observed of the value came out in another way. */
  predicateFailures: number;
  /** Executions left because they met a value about to be written again, or that was not in the cache. */
  estimates: number;
  coldReads: number;
  /** Executions that touched the fee recipient and so ran in their turn. */
  inTurn: number;
  /** First transaction that was run in order by one worker, and how many were; undefined where there was none. */
  inOrderFrom: number | undefined;
  inOrder: number;
  prediction: PredictionReport;
  /** The block was executed on what its access list claims (EIP-7928): then nothing above is more than zero. */
  onAccessList: boolean;
  /** Transactions in the longest chain of which each read what the one before wrote. */
  longestChain: number;
  /** Gas of the most expensive such chain: what no number of workers can get below. */
  criticalGas: bigint;
  /** Present where the block was executed with `recordSchedule`. */
  attempts: Attempt[];
  /** Its phases, in order; present where the block was executed with `recordSchedule`. */
  phases: PhaseTime[];
  conflicts: Conflict[];
}

const OUTCOMES: readonly AttemptOutcome[] = [
  "executed",
  "cold",
  "estimate",
  "needsTurn",
  "inTurn",
  "inOrder",
];
const FIELDS = ["balance", "nonce", "code", "life", "storage"] as const;

/** Reads the schedule that the kernel left; `count` transactions were run. */
export function readSchedule(
  kernel: KernelInstance,
  count: number,
  workers: number,
  recorded: boolean,
): Schedule {
  const { layout } = kernel;
  const at = (offset: number) => kernel.getU32(layout.SCHEDULER + offset);
  const fallback = at(layout.Scheduler_fallbackFrom);
  const { begun, phases } = recorded ? readPhaseTimes(kernel, workers) : { begun: 0, phases: [] };
  return {
    workers,
    aborts: at(layout.Scheduler_abortCount),
    deltas: at(layout.Scheduler_deltaCount),
    predicateFailures: at(layout.Scheduler_predicateCount),
    estimates: at(layout.Scheduler_estimateCount),
    coldReads: at(layout.Scheduler_coldCount),
    inTurn: at(layout.Scheduler_turnCount),
    inOrderFrom: fallback < count ? fallback : undefined,
    inOrder: at(layout.Scheduler_orderedCount),
    prediction: readPrediction(kernel),
    onAccessList: kernel.getU32(layout.CLAIMS + layout.Claims_inForce) !== 0,
    longestChain: at(layout.Scheduler_chainLength),
    criticalGas: kernel.getU64(layout.SCHEDULER + layout.Scheduler_chainGas),
    attempts: recorded ? readAttempts(kernel, begun) : [],
    phases,
    conflicts: readConflicts(kernel, count),
  };
}

function readPrediction(kernel: KernelInstance): PredictionReport {
  const { layout } = kernel;
  const at = (offset: number) => kernel.getU32(layout.SCHEDULER + offset);
  const predictions = at(layout.Scheduler_predicted);
  const right = at(layout.Scheduler_predictedRight);
  const conflicts = right + at(layout.Scheduler_missedConflicts);
  return {
    predictions,
    right,
    precision: predictions === 0 ? undefined : right / predictions,
    recall: conflicts === 0 ? undefined : right / conflicts,
    executionsSaved: at(layout.Scheduler_savedExecutions),
  };
}

function readAttempts(kernel: KernelInstance, first: number): Attempt[] {
  const { layout, view } = kernel;
  const attempts: Attempt[] = [];
  let at = kernel.getU32(layout.SCHEDULER + layout.Scheduler_attempts);
  for (; at !== 0; at = kernel.getU32(at + layout.Attempt_next)) {
    attempts.push({
      transaction: kernel.getU32(at + layout.Attempt_transaction),
      worker: kernel.getU32(at + layout.Attempt_worker),
      outcome: OUTCOMES[kernel.getU32(at + layout.Attempt_outcome) - 1] ?? "executed",
      begun: view.getFloat64(at + layout.Attempt_begun, true) - first,
      ended: view.getFloat64(at + layout.Attempt_ended, true) - first,
    });
  }
  return attempts.sort((a, b) => a.begun - b.begun);
}

function readConflicts(kernel: KernelInstance, count: number): Conflict[] {
  const { layout } = kernel;
  if (kernel.getU32(layout.SCHEDULER + layout.Scheduler_abortCount) === 0) return [];
  const tasks = kernel.getU32(layout.SCHEDULER + layout.Scheduler_tasks);
  const conflicts: Conflict[] = [];
  for (let i = 0; i < count; i++) {
    const task = tasks + i * layout.Task_size;
    const location = kernel.getU32(task + layout.Task_abortLocation);
    if (kernel.getU32(task + layout.Task_aborts) === 0 || location === 0) continue;
    const field = FIELDS[location & 7] ?? "storage";
    const record = location & ~7;
    const owner = field === "storage" ? kernel.getU32(record + layout.SlotRecord_account) : record;
    const version = kernel.getU32(task + layout.Task_abortWriter);
    conflicts.push({
      transaction: i,
      // Version 0 is what runs before the transactions.
      writer: version >= 1 ? version - 1 : undefined,
      address: toHex(kernel.wordBytes(owner + layout.AccountRecord_address, 20)),
      slot: field === "storage" ? toHex(kernel.wordBytes(record + layout.SlotRecord_key, 32)) : undefined,
      field,
    });
  }
  return conflicts;
}
