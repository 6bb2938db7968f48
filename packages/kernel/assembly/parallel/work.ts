// A worker's loop through the phases of a block. The host calls `work` and, after every abort that it catches
// (host.abortTransaction), `aborted` and then `work` again, until `work` returns.

import { blockBegin } from "../block/begin";
import { blockRefuse } from "../block/commit";
import { blockEnd } from "../block/end";
import { env, FLAG_SEQUENTIAL } from "../block/env";
import { blockResult } from "../block/result";
import { blockTransaction, layTransaction } from "../block/transactions";
import { panic } from "../host";
import { CONTROL, Control, SCHEDULER } from "../memory/layout";
import { coldForget, coldLocation } from "../state/cold";
import { MODE_CLAIMED, MODE_SEQUENTIAL, setViewMode } from "../state/mode";
import { viewExecution } from "../state/view";
import { Abort, Fork, Invalid } from "../status";
import { togetherBegin, togetherEnd, transactionDecodeTogether } from "../tx/decode-together";
import { claims, claimsInForce } from "./claims";
import { claimsCompare } from "./claims-hold";
import { claimsPieces, publishClaims } from "./claims-publish";
import { claimsRootBegin, claimsRootDone, claimsRootMissing, claimsRootWork } from "./claims-root";
import {
  commitForget,
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
import { planEarly } from "./early";
import {
  executeForget,
  isRunningTask,
  runCancelled,
  runMetEstimate,
  runNeedsTurn,
  runNeedsValue,
  runTask,
} from "./execute";
import { inOrderForget, inOrderLeft, runInOrder } from "./in-order";
import { Point, pass } from "./points";
import { versionPublish } from "./publish";
import { beginRoots, runRoots } from "./roots";
import {
  beat,
  becomeSole,
  beginFallback,
  enterParallel,
  enterPhase,
  Failure,
  failBlock,
  fallbackBegun,
  finishPiece,
  leaveParallel,
  leavePhase,
  NONE,
  Phase,
  parallelIsLeft,
  phase,
  requestCold,
  Scheduler,
  scheduler,
  sleepSince,
  takePiece,
  takeTask,
  taskResume,
  wakeCount,
  wakeWorkers,
} from "./scheduler";
import { linkSenders } from "./senders";
import { signersWork } from "./signers";

/** Transactions a piece of the decoding phase. */
const DECODE_BATCH: u32 = 64;

const CANCELLED: usize = CONTROL + offsetof<Control>("cancelled");
const SOLE_WAITS: usize = SCHEDULER + offsetof<Scheduler>("soleWaits");

/** Starts the block that the host has laid out (BlockEnv, transactions, `schedulerReset`). */
export function startBlock(): void {
  leavePhase(Phase.Idle);
  const pieces = claimsPieces() + (scheduler().count + DECODE_BATCH - 1) / DECODE_BATCH;
  if (pieces == 0) enterPhase(Phase.Prologue, 0, 0);
  else enterPhase(Phase.Decode, 0, pieces);
}

function decodeTransactions(piece: u32): void {
  pass(Point.BeforeDecode, piece);
  const end = min<u32>(scheduler().count, (piece + 1) * DECODE_BATCH);
  togetherBegin();
  for (let index = piece * DECODE_BATCH; index < end; index++) {
    transactionDecodeTogether(layTransaction(index));
  }
  togetherEnd();
}

function decode(seen: u32): void {
  const piece = takePiece(Phase.Decode);
  if (piece == NONE) {
    sleepSince(seen);
    return;
  }
  const claimed = claimsPieces();
  if (piece < claimed) {
    pass(Point.BeforeClaims, piece);
    publishClaims(piece);
  } else {
    decodeTransactions(piece - claimed);
  }
  if (finishPiece() && leavePhase(Phase.Decode)) enterPhase(Phase.Prologue, 0, 0);
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

/** A block of few transactions, and one whose receipts hold state roots, is run in order from the start. */
function runsInOrder(): bool {
  const s = scheduler();
  return (env().flags & FLAG_SEQUENTIAL) != 0 || s.workers < 2 || s.count < 2 || env().fork < Fork.Byzantium;
}

/** May be left by an abort and done again: nothing is published before its last abort. */
function prologue(): void {
  if (refuseMalformed()) return;
  const claimed = claimsInForce();
  const inOrder = !claimed && runsInOrder();
  if (!inOrder && !claimed) linkSenders();
  if (!inOrder) planEarly(claimed);
  setViewMode(claimed ? MODE_CLAIMED : MODE_SEQUENTIAL);
  blockBegin();
  pass(Point.BeforePrologue, 0);
  if (!claimed) versionPublish(viewExecution());
  else if (claimsCompare(viewExecution(), 0)) claimsRootBegin();
  else failBlock(Failure.ClaimsRefuted, NONE, 0);
  blockResult().beginExecution = <u32>viewExecution();
  if (inOrder) {
    beginFallback(0, scheduler().count);
    scheduler().withdrawn = 1;
  }
  if (leavePhase(Phase.Prologue)) enterPhase(Phase.Execute, 0, 0);
}

/**
 * The rest of the block in order, by whoever comes first when all others have left the parallel part. True: this
 * worker has run it. Nobody else may end the phase: the last transaction is committed before its state root is made.
 */
function executeRest(seen: u32): bool {
  if (!parallelIsLeft() || !becomeSole(Phase.Execute)) {
    sleepSince(seen);
    return false;
  }
  if (soleMustWait()) return false;
  runInOrder();
  return true;
}

/** On claims transactions depend on nothing: whoever has a hand free takes a piece of the promised root, or one of them. */
function executeClaimed(seen: u32): void {
  if (!claimsRootWork() && !commitReady()) {
    const index = takeTask();
    if (index != NONE) runTask(index);
    else if (claims().alone != 0 && claimsRootMissing()) failBlock(Failure.MissingNodes, NONE, 0);
    else if (committedCount() != scheduler().count || !claimsRootDone()) sleepSince(seen);
  }
  if (committedCount() == scheduler().count && claimsRootDone() && leavePhase(Phase.Execute)) {
    enterPhase(Phase.Epilogue, 0, 0);
  }
}

function executeSome(seen: u32): void {
  if (claimsInForce()) {
    executeClaimed(seen);
    return;
  }
  if (fallbackBegun()) {
    if (!executeRest(seen)) return;
  } else {
    let idle = false;
    if (!enterParallel()) return;
    if (!commitReady()) {
      const index = takeTask();
      if (index != NONE) runTask(index);
      else idle = !revalidateOnce(seen);
    }
    leaveParallel();
    if (idle) sleepSince(seen);
  }
  if (committedCount() == scheduler().count && leavePhase(Phase.Execute)) enterPhase(Phase.Epilogue, 0, 0);
}

/** What this worker last looked ahead at: nothing has changed while the count is the same. */
let lookedAhead: u32 = 0;

function revalidateOnce(seen: u32): bool {
  if (seen == lookedAhead) return false;
  lookedAhead = seen;
  return revalidateAhead();
}

/** May be left by an abort and done again. */
function epilogue(): void {
  const claimed = claimsInForce();
  setViewMode(claimed ? MODE_CLAIMED : MODE_SEQUENTIAL);
  const problem = blockEnd();
  if (problem != Invalid.None) {
    failBlock(claimed ? Failure.ClaimsRefuted : Failure.InvalidBlock, NONE, problem);
    return;
  }
  pass(Point.BeforeEpilogue, 0);
  if (!claimed) versionPublish(viewExecution());
  else if (!claimsCompare(viewExecution(), scheduler().count + 1)) failBlock(Failure.ClaimsRefuted, NONE, 0);
  blockResult().endExecution = <u32>viewExecution();
  if (leavePhase(Phase.Epilogue)) beginRoots();
}

/** Whether the one worker of this phase still waits for a value that it asked the host for. */
function soleMustWait(): bool {
  const seen = wakeCount();
  if (atomic.load<u32>(SOLE_WAITS) == 0) return false;
  sleepSince(seen);
  return atomic.load<u32>(SOLE_WAITS) != 0;
}

/** This worker begins afresh: also after an error that was no abort and left a run standing. */
function forgetRuns(): void {
  coldForget();
  executeForget();
  commitForget();
  inOrderForget();
  leaveParallel();
}

/**
 * Works on the block until it is done, has failed or was cancelled; returns the phase (Phase.Done, Phase.Failed). May
 * leave with an abort, after which the host calls `aborted` and then this again.
 */
export function work(): u32 {
  forgetRuns();
  while (true) {
    beat();
    if (atomic.load<u32>(CANCELLED) != 0) {
      failBlock(Failure.Cancelled, NONE, 0);
      return Phase.Failed;
    }
    // Before the phase is looked at: a worker that goes to sleep has missed no change of it.
    const seen = wakeCount();
    const now = phase();
    switch (now) {
      case Phase.Decode:
        decode(seen);
        break;
      case Phase.Prologue:
        if (!becomeSole(Phase.Prologue)) sleepSince(seen);
        else if (!soleMustWait()) prologue();
        break;
      case Phase.Execute:
        executeSome(seen);
        break;
      case Phase.Epilogue:
        if (!becomeSole(Phase.Epilogue)) sleepSince(seen);
        else if (!soleMustWait()) epilogue();
        break;
      case Phase.Roots:
        runRoots(seen);
        break;
      case Phase.Signers:
        if (!signersWork()) sleepSince(seen);
        break;
      case Phase.Between:
        sleepSince(seen);
        break;
      default:
        return now;
    }
  }
}

/** What the host calls after it has caught an abort of this worker. */
export function aborted(reason: u32, detail: u32): void {
  // A run that has guessed before leaves for what it guessed: whatever else it met may be a guess's doing.
  const guessed = coldLocation != 0 && (reason == Abort.Estimate || reason == Abort.NeedsTurn);
  if (guessed) leaveRun(Abort.Cold, coldLocation);
  else leaveRun(reason, detail);
  coldForget();
}

function leaveRun(reason: u32, detail: u32): void {
  if (reason == Abort.Cancelled || reason == Abort.IndexFull || reason == Abort.MissingNodes) {
    const why =
      reason == Abort.Cancelled
        ? Failure.Cancelled
        : reason == Abort.IndexFull
          ? Failure.IndexFull
          : Failure.MissingNodes;
    failBlock(why, NONE, detail);
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
    inOrderLeft();
    atomic.store<u32>(SOLE_WAITS, 1);
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
    atomic.store<u32>(SOLE_WAITS, 0);
    wakeWorkers();
  } else {
    taskResume(index);
  }
}
