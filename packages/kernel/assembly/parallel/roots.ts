// The roots of an executed block, as pieces for all workers: receipts are encoded, the ordered roots and the state
// root (trie/state-root.ts) are computed. The stages follow one another, the pieces of a stage run at once.

import { env, FLAG_NO_STATE_ROOT, FLAG_TRANSACTIONS_ONLY } from "../block/env";
import { blockResult, RESULT_LOGS_HASH, RESULT_STATE_ROOT, RESULT_WITHDRAWALS_ROOT } from "../block/result";
import { encodeReceipts, receiptsRoot, transactionsRoot } from "../block/roots";
import { withdrawalsRoot } from "../block/withdrawals";
import { arenaAllocate } from "../memory/arena";
import { control } from "../memory/layout";
import { changes, changesBuild } from "../state/changes";
import { trieMissingCount } from "../trie/missing";
import {
  stateRootBegin,
  stateRootResult,
  stateRootTask,
  stateRootTasks,
  Phase as TriePhase,
} from "../trie/state-root";
import { logsHash } from "../tx/receipt";
import { Point, pass } from "./points";
import {
  enterPhase,
  Failure,
  failBlock,
  finishPiece,
  NONE,
  Phase,
  scheduler,
  sleepSince,
  takePiece,
  task,
  wakeCount,
} from "./scheduler";

/** Receipts a piece. */
const RECEIPT_BATCH: u32 = 128;

/** Stages of the phase: one more than the trie's phases, for what must follow the receipts. */
const LAST_STAGE: u32 = <u32>TriePhase.Root;

/** Whether the block's state root is wanted and can be had. */
function rootWanted(): bool {
  return control().trieEnabled != 0 && (env().flags & FLAG_NO_STATE_ROOT) == 0;
}

function receiptPieces(): u32 {
  return (scheduler().count + RECEIPT_BATCH - 1) / RECEIPT_BATCH;
}

/** Pieces of a stage that are not the trie's: they come first. */
function otherPieces(stage: u32): u32 {
  // Stage 0: the transactions' root and the receipts; stage 1, which needs those: receipts' and withdrawals' root.
  if (stage == 0) return 1 + receiptPieces();
  return stage == 1 ? 2 : 0;
}

function enterStage(stage: u32): void {
  const s = scheduler();
  const triePieces = rootWanted() ? stateRootTasks(stage) : 0;
  const pieces = otherPieces(stage) + triePieces;
  s.stage = stage;
  enterPhase(Phase.Roots, pieces);
}

/** Makes the change list and enters the phase; the one worker of the phase before. */
export function beginRoots(): void {
  const s = scheduler();
  const result = blockResult();
  const count = s.count + 2;
  const executions = arenaAllocate((<usize>count) << 2);
  store<u32>(executions, result.beginExecution);
  for (let i: u32 = 0; i < s.count; i++) store<u32>(executions + ((<usize>(i + 1)) << 2), task(i).execution);
  store<u32>(executions + ((<usize>(count - 1)) << 2), result.endExecution);
  changesBuild(executions, count);
  if (rootWanted()) stateRootBegin(changes().accounts, changes().accountCount);
  enterStage(0);
}

/** The host has brought missing trie nodes: the state root is computed again from the start. */
export function restartRoots(): void {
  stateRootBegin(changes().accounts, changes().accountCount);
  enterStage(0);
}

function otherPiece(stage: u32, piece: u32): void {
  const count = scheduler().count;
  if (stage == 0) {
    if (piece == 0) transactionsRoot();
    else encodeReceipts((piece - 1) * RECEIPT_BATCH, min<u32>(count, piece * RECEIPT_BATCH));
  } else if (piece == 0) {
    receiptsRoot();
    if ((env().flags & FLAG_TRANSACTIONS_ONLY) != 0) {
      logsHash(RESULT_LOGS_HASH, env().transactions, count);
    }
  } else {
    withdrawalsRoot(RESULT_WITHDRAWALS_ROOT);
  }
}

/** Does one piece of the phase, or waits for the others to end theirs. */
export function runRoots(): void {
  const s = scheduler();
  const seen = wakeCount();
  const piece = takePiece();
  if (piece == NONE) {
    sleepSince(seen);
    return;
  }
  const stage = s.stage;
  pass(Point.BeforeRoot, piece);
  const others = otherPieces(stage);
  if (piece < others) otherPiece(stage, piece);
  else stateRootTask(stage, piece - others);
  if (!finishPiece()) return;
  if (stage < LAST_STAGE && (rootWanted() || stage == 0)) {
    enterStage(stage + 1);
    return;
  }
  if (rootWanted()) {
    if (trieMissingCount() != 0) {
      failBlock(Failure.MissingNodes, NONE, trieMissingCount());
      return;
    }
    memory.copy(RESULT_STATE_ROOT, stateRootResult(), 32);
  }
  enterPhase(Phase.Done, 0);
}
