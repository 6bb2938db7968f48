// What one transaction sees of the state: a private, journaled copy of the locations it touches. Every first read
// of a location is recorded with the value and the version met (the read set), written values that differ from
// what was read are the write set; both stay in the block arena as an Execution.

import { depositsNoteLog } from "../block/deposits";
import { arenaAllocate } from "../memory/arena";
import { wordCopy } from "../word/word";
import { currentBegin } from "./current";
import { journalBegin, journalLog, journalRefund, refund } from "./journal";
import { Log, logData, logTopics } from "./local";
import { localTableBegin } from "./local-table";
import { transientBegin } from "./transient";

export {
  accountAccess,
  accountAddress,
  accountCode,
  accountCodeHash,
  accountCreate,
  accountDestruct,
  accountExists,
  accountHasStorage,
  accountIsDestructed,
  accountIsEmpty,
  accountNonce,
  accountSetCode,
  accountSetNonce,
  accountTouch,
  accountWarm,
  accountWasCreated,
  viewAccount,
} from "./account";
export {
  accountAddBalance,
  accountBalance,
  accountBalanceLess,
  accountSetBalance,
  accountSubtractBalance,
} from "./balance";
export { currentTransaction, viewExecution } from "./current";
export { viewBurntNext, viewDestructedBytes, viewEnd, viewHasCoinbase } from "./end";
export { viewCheckpoint, viewRevert } from "./journal";
export {
  slotGiveUpDelta,
  slotIsDelta,
  slotObserved,
  slotOriginal,
  slotSet,
  slotSetSum,
  slotSum,
  slotSumBase,
  slotTryDelta,
  slotValue,
  slotWarm,
  viewSlot,
} from "./slot";
export { transientLoad, transientStore } from "./transient";

/** A fresh view for the transaction with this index: empty journal, nothing warm, nothing read. */
export function viewBegin(transactionIndex: u32): void {
  currentBegin(transactionIndex);
  localTableBegin();
  journalBegin();
  transientBegin();
}

/** The refund counter; may be negative inside a frame (EIP-2200 and later). */
export function viewRefund(): i64 {
  return refund;
}

export function viewAddRefund(delta: i64): void {
  if (delta != 0) journalRefund(delta);
}

/** Appends a log of `address`, a word; `topics` are words. Topics and data are copied. Returns the Log. */
export function viewLog(address: usize, topics: usize, topicCount: u32, data: usize, dataLength: u32): usize {
  const log = arenaAllocate(offsetof<Log>() + ((<usize>topicCount) << 5) + <usize>dataLength);
  const entry = changetype<Log>(log);
  entry.topicCount = topicCount;
  entry.dataLength = dataLength;
  wordCopy(log + offsetof<Log>("address0"), address);
  memory.copy(logTopics(log), topics, (<usize>topicCount) << 5);
  memory.copy(logData(log), data, <usize>dataLength);
  if (topicCount != 0) depositsNoteLog(topics);
  journalLog(log);
  return log;
}
