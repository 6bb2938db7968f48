// A worker's loop through the phases of a block. The host calls `work` and, after every abort that it catches
// (host.abortTransaction), `aborted` and then `work` again, until `work` returns.

import { blockBegin } from "../block/begin";
import { blockRefuse } from "../block/commit";
import { blockEnd } from "../block/end";
import { env, FLAG_SEQUENTIAL } from "../block/env";
import { blockResult } from "../block/result";
import { panic } from "../host";
import { workerId } from "../memory/arena";
import { Control, control, SCHEDULER } from "../memory/layout";
import { MODE_SEQUENTIAL, setViewMode } from "../state/mode";
import { viewExecution } from "../state/view";
import { Abort, Fork, Invalid } from "../status";
import { transactionDecode } from "../tx/decode";
import {
  commitReady,
  committedCount,
  inTurnCancelled,
  inTurnNeedsFees,
  inTurnNeedsValue,
  isRunningInTurn,
  isValidatingAhead,
  revalidateAhead,
  validatingAheadMetEstimate,
} from "./commit";
import {
  blockTransaction,
  isRunningTask,
  runCancelled,
  runMetEstimate,
  runNeedsTurn,
  runNeedsValue,
  runTask,
} from "./execute";
import { beat } from "./heartbeat";
import { runInOrder } from "./in-order";
import { versionPublish } from "./publish";
import { beginRoots, runRoots } from "./roots";
import {
  becomeSole,
  enterPhase,
  Failure,
  failBlock,
  finishPiece,
  leavePhase,
  NONE,
  Phase,
  phase,
  requestCold,
  Scheduler,
  scheduler,
  sleepSince,
  takePiece,
  takeTask,
  taskMakeReady,
  wakeCount,
  wakeWorkers,
} from "./scheduler";
import { linkSenders } from "./senders";

/** Transactions a piece of the decoding phase. */
const DECODE_BATCH: u32 = 64;

/** Starts the block that the host has laid out (BlockEnv, transactions, `schedulerReset`). */
export function startBlock(): void {
  const pieces = (scheduler().count + DECODE_BATCH - 1) / DECODE_BATCH;
  if (pieces == 0) enterPhase(Phase.Prologue, 0);
  else enterPhase(Phase.Decode, pieces);
}

function decode(): void {
  const piece = takePiece();
  if (piece == NONE) {
    sleepSince(wakeCount());
    return;
  }
  const s = scheduler();
  const end = min<u32>(s.count, (piece + 1) * DECODE_BATCH);
  for (let index = piece * DECODE_BATCH; index < end; index++) {
    const t = blockTransaction(index);
    t.invalid = transactionDecode(t);
  }
  if (finishPiece()) enterPhase(Phase.Prologue, 0);
}

/** Refuses the block for its lowest transaction that could not be decoded, if there is one. */
function refuseMalformed(): bool {
  const count = scheduler().count;
  for (let index: u32 = 0; index < count; index++) {
    const t = blockTransaction(index);
    if (t.invalid == Invalid.None) continue;
    blockRefuse(t, t.invalid);
    failBlock(Failure.InvalidTransaction, index, t.invalid);
    return true;
  }
  return false;
}

function prologue(): void {
  const s = scheduler();
  if (refuseMalformed()) return;
  setViewMode(MODE_SEQUENTIAL);
  blockBegin();
  versionPublish(viewExecution());
  blockResult().beginExecution = <u32>viewExecution();
  const inOrder =
    (env().flags & FLAG_SEQUENTIAL) != 0 || s.workers < 2 || s.count < 2 || env().fork < Fork.Byzantium;
  if (inOrder) {
    s.fallbackFrom = 0;
    s.withdrawn = 1;
    s.fallback = 1;
  } else {
    linkSenders();
  }
  enterPhase(Phase.Execute, 0);
}

function executeSome(): void {
  const s = scheduler();
  if (atomic.load<u32>(SCHEDULER + offsetof<Scheduler>("fallback")) != 0) {
    const seen = wakeCount();
    if (atomic.load<u32>(SCHEDULER + offsetof<Scheduler>("executing")) != 0 || !becomeSole(workerId)) {
      sleepSince(seen);
      return;
    }
    if (soleMustWait()) return;
    runInOrder();
  } else {
    const seen = wakeCount();
    if (!commitReady()) {
      const index = takeTask();
      if (index != NONE) {
        runTask(index);
        return;
      }
      if (!revalidateOnce(seen)) sleepSince(seen);
    }
  }
  if (committedCount() == s.count && leavePhase(Phase.Execute)) enterPhase(Phase.Epilogue, 0);
}

/** What this worker last looked ahead at: nothing has changed while the count is the same. */
let lookedAhead: u32 = 0;

function revalidateOnce(seen: u32): bool {
  if (seen == lookedAhead) return false;
  lookedAhead = seen;
  return revalidateAhead();
}

function epilogue(): void {
  setViewMode(MODE_SEQUENTIAL);
  const problem = blockEnd();
  if (problem != Invalid.None) {
    failBlock(Failure.InvalidBlock, NONE, problem);
    return;
  }
  versionPublish(viewExecution());
  blockResult().endExecution = <u32>viewExecution();
  beginRoots();
}

/** Whether the one worker of this phase still waits for a value that it asked the host for. */
function soleMustWait(): bool {
  const waits = SCHEDULER + offsetof<Scheduler>("soleWaits");
  const seen = wakeCount();
  if (atomic.load<u32>(waits) == 0) return false;
  sleepSince(seen);
  return atomic.load<u32>(waits) != 0;
}

/**
 * Works on the block until it is done, has failed or was cancelled; returns the phase (Phase.Done, Phase.Failed). May
 * leave with an abort, after which the host calls `aborted` and then this again.
 */
export function work(): u32 {
  const cancelled = changetype<usize>(control()) + offsetof<Control>("cancelled");
  while (true) {
    beat();
    if (atomic.load<u32>(cancelled) != 0) {
      failBlock(Failure.Cancelled, NONE, 0);
      return Phase.Failed;
    }
    const now = phase();
    switch (now) {
      case Phase.Decode:
        decode();
        break;
      case Phase.Prologue:
      case Phase.Epilogue: {
        const seen = wakeCount();
        if (!becomeSole(workerId)) sleepSince(seen);
        else if (!soleMustWait()) {
          if (now == Phase.Prologue) prologue();
          else epilogue();
        }
        break;
      }
      case Phase.Execute:
        executeSome();
        break;
      case Phase.Roots:
        runRoots();
        break;
      case Phase.Between:
        sleepSince(wakeCount());
        break;
      default:
        return now;
    }
  }
}

/** What the host calls after it has caught an abort of this worker. */
export function aborted(reason: u32, detail: u32): void {
  if (reason == Abort.Cancelled || reason == Abort.IndexFull) {
    failBlock(reason == Abort.Cancelled ? Failure.Cancelled : Failure.IndexFull, NONE, detail);
    if (isRunningInTurn()) inTurnCancelled();
    else if (isRunningTask()) runCancelled();
    return;
  }
  if (isValidatingAhead()) {
    validatingAheadMetEstimate();
  } else if (isRunningInTurn()) {
    if (reason == Abort.Cold) inTurnNeedsValue(detail);
    else if (reason == Abort.NeedsTurn) inTurnNeedsFees();
    else panic(PANIC_ESTIMATE_IN_TURN, detail);
  } else if (isRunningTask()) {
    if (reason == Abort.Cold) runNeedsValue(detail);
    else if (reason == Abort.Estimate) runMetEstimate(detail);
    else runNeedsTurn();
  } else {
    if (reason != Abort.Cold) panic(PANIC_ABORT_ALONE, reason);
    atomic.store<u32>(SCHEDULER + offsetof<Scheduler>("soleWaits"), 1);
    requestCold(detail, NONE);
  }
}

/** All transactions before one in its turn are final: none of them can have left an estimate. */
const PANIC_ESTIMATE_IN_TURN: u32 = 101;
/** A phase that one worker does alone reads final versions only. */
const PANIC_ABORT_ALONE: u32 = 102;

/** The host has brought what task `index` (NONE: the worker of a one-worker phase) had asked for. */
export function resume(index: u32): void {
  if (index == NONE) {
    atomic.store<u32>(SCHEDULER + offsetof<Scheduler>("soleWaits"), 0);
    wakeWorkers();
  } else {
    taskMakeReady(index);
  }
}
