// The roots of an executed block, as pieces for all workers: receipts are encoded, the ordered roots and the state
// root (trie/state-root.ts) are computed. The stages follow one another, the pieces of a stage run at once.

import {
  accessListAccountRanges,
  accessListCollect,
  accessListFinish,
  accessListSlotRanges,
  accessListWanted,
  encodeAccountRange,
  encodeSlotRange,
} from "../block/access-list";
import { buildBlockChanges } from "../block/change-list";
import { blockRefuseWhole } from "../block/commit";
import { env, FLAG_NO_STATE_ROOT, FLAG_TRANSACTIONS_ONLY } from "../block/env";
import {
  blockResult,
  RESULT_ACCESS_LIST_HASH,
  RESULT_LOGS_HASH,
  RESULT_STATE_ROOT,
  RESULT_WITHDRAWALS_ROOT,
} from "../block/result";
import {
  beginOrderedRoots,
  blockBloom,
  encodeReceipts,
  receiptsPart,
  receiptsRoot,
  transactionsPart,
  transactionsRoot,
} from "../block/roots";
import { withdrawalsRoot } from "../block/withdrawals";
import { keccak256 } from "../hash/keccak";
import { control } from "../memory/layout";
import { changes } from "../state/changes";
import { Invalid } from "../status";
import { trieMissingCount } from "../trie/missing";
import { orderedPartCount } from "../trie/ordered";
import { stateRootBegin, stateRootResult, stateRootTask, stateRootTasks } from "../trie/state-root";
import { Phase as TriePhase } from "../trie/state-work";
import { logsHash } from "../tx/receipt";
import { claims, claimsInForce } from "./claims";
import { claimsHold } from "./claims-hold";
import { claimsRootRestart } from "./claims-root";
import { Point, pass } from "./points";
import {
  enterPhase,
  Failure,
  failBlock,
  finishPiece,
  leavePhase,
  NONE,
  Phase,
  pieceStage,
  reviveBlock,
  scheduler,
  sleepSince,
  takePiece,
} from "./scheduler";

/** Receipts a piece. */
const RECEIPT_BATCH: u32 = 128;

/** Stage 0 makes the change list; the state trie's phases are the stages from 1 on. */
const LAST_STAGE: u32 = <u32>TriePhase.Root + 1;

/** Whether the block's state root is wanted and can be had. */
function rootWanted(): bool {
  return control().trieEnabled != 0 && (env().flags & FLAG_NO_STATE_ROOT) == 0;
}

/** Whether an access list is made out of the executions. On claims they were compared with the one that was given. */
function listIsMade(): bool {
  return accessListWanted() && !claimsInForce();
}

/** The change list and, where the block has one, the access list. */
function listPieces(): u32 {
  return accessListWanted() ? 2 : 1;
}

function receiptPieces(): u32 {
  return (scheduler().count + RECEIPT_BATCH - 1) / RECEIPT_BATCH;
}

/**
 * Pieces of a stage that are not the state trie's: they come first. Stage 0: change list, what the block access list is made
 * of, parts of the transactions' trie, receipts. Stage 1: the access list's slots, parts of the receipts' trie,
 * transactions' and withdrawals' root, bloom. Stage 2: the access list's accounts, the receipts' root. Stage 3: the access list.
 */
function otherPieces(stage: u32): u32 {
  const parts = orderedPartCount(scheduler().count);
  if (stage == 0) return listPieces() + parts + receiptPieces();
  if (stage == 1) return parts + 3 + (listIsMade() ? accessListSlotRanges() : 0);
  if (stage == 2) return 1 + (listIsMade() ? accessListAccountRanges() : 0);
  return stage == 3 && listIsMade() ? 1 : 0;
}

/** On claims the trie is updated by now (claims-root.ts). */
function triePieces(stage: u32): u32 {
  if (claimsInForce()) return 0;
  return stage != 0 && rootWanted() ? stateRootTasks(stage - 1) : 0;
}

/** Enters the first stage from `from` on that has anything to do, or ends the block. The phase is between two. */
function enterStage(from: u32): void {
  for (let stage = from; stage <= LAST_STAGE; stage++) {
    const pieces = otherPieces(stage) + triePieces(stage);
    if (pieces != 0) {
      enterPhase(Phase.Roots, stage, pieces);
      return;
    }
  }
  if (rootWanted()) {
    if (trieMissingCount() != 0) {
      failBlock(Failure.MissingNodes, NONE, trieMissingCount());
      return;
    }
    memory.copy(RESULT_STATE_ROOT, stateRootResult(), 32);
  }
  enterPhase(Phase.Done, 0, 0);
}

/** Enters the phase; the one worker of the phase before. */
export function beginRoots(): void {
  beginOrderedRoots();
  enterStage(0);
}

/** Makes the block's change list, and of it the tasks of the state root. */
function buildChanges(): void {
  buildBlockChanges();
  if (rootWanted()) stateRootBegin(changes().accounts, changes().accountCount);
}

/** Puts the block's access list together, for which the block may be refused. */
function finishAccessList(): void {
  const problem = accessListFinish();
  if (problem == Invalid.None) return;
  blockRefuseWhole(problem);
  failBlock(Failure.InvalidBlock, NONE, problem);
}

/**
 * The host has brought the trie nodes for which the block failed (Failure.MissingNodes): the state root is computed
 * again from the start. Before Byzantium it may have been one between transactions; then those go on.
 */
export function restartRoots(): void {
  reviveBlock();
  if (blockResult().endExecution == 0) {
    if (claimsInForce()) claimsRootRestart();
    enterPhase(Phase.Execute, 0, 0);
    return;
  }
  stateRootBegin(changes().accounts, changes().accountCount);
  enterStage(1);
}

function firstStagePiece(piece: u32): void {
  // The longest pieces first, so that nobody waits for them at the end.
  const lists = listPieces();
  if (piece < lists) {
    if (claimsInForce()) {
      if (piece == 0) hashClaims();
      else if (!claimsHold()) failBlock(Failure.ClaimsRefuted, NONE, 0);
    } else if (piece == 0) buildChanges();
    else accessListCollect();
    return;
  }
  const count = scheduler().count;
  const receipts = receiptPieces();
  const batch = piece - lists;
  if (batch < receipts) {
    encodeReceipts(batch * RECEIPT_BATCH, min<u32>(count, (batch + 1) * RECEIPT_BATCH));
  } else {
    transactionsPart(batch - receipts);
  }
}

/** Hashes the list that came with the block: where it holds it is the block's own. */
function hashClaims(): void {
  keccak256(RESULT_ACCESS_LIST_HASH, <usize>claims().list, claims().listLength);
}

function secondStagePiece(piece: u32): void {
  if (piece == 0) {
    transactionsRoot();
  } else if (piece == 1) {
    blockBloom();
    if ((env().flags & FLAG_TRANSACTIONS_ONLY) != 0) {
      logsHash(RESULT_LOGS_HASH, env().transactions, scheduler().count);
    }
  } else if (piece == 2) {
    withdrawalsRoot(RESULT_WITHDRAWALS_ROOT);
  } else {
    const part = piece - 3;
    const parts = orderedPartCount(scheduler().count);
    if (part < parts) receiptsPart(part);
    else encodeSlotRange(part - parts);
  }
}

function thirdStagePiece(piece: u32): void {
  if (piece == 0) receiptsRoot();
  else encodeAccountRange(piece - 1);
}

/** Does one piece of the phase, or waits for the others to end theirs. */
export function runRoots(seen: u32): void {
  const piece = takePiece(Phase.Roots);
  if (piece == NONE) {
    sleepSince(seen);
    return;
  }
  const stage = pieceStage;
  pass(Point.BeforeRoot, piece);
  const others = otherPieces(stage);
  if (piece >= others) stateRootTask(stage - 1, piece - others);
  else if (stage == 0) firstStagePiece(piece);
  else if (stage == 1) secondStagePiece(piece);
  else if (stage == 2) thirdStagePiece(piece);
  else finishAccessList();
  if (finishPiece() && leavePhase(Phase.Roots)) enterStage(stage + 1);
}
