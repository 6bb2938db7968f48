// What the next transactions ask for first is read ahead: a transaction's own structure, and the records of who sends it and
// of who is called. Each lies anywhere in memory, and a miss costs as much as some hundred instructions.

import { control } from "../memory/layout";
import { readAhead } from "../memory/read-ahead";
import { accountIndexEntry, indexedRecord } from "../state/intern";
import { AccountRecord } from "../state/records";
import { Transaction, transactionSender, transactionTo } from "../tx/transaction";
import { env } from "./env";
import { blockTransaction } from "./transactions";

/** Bytes that the processor's cache takes up at once. */
const LINE: usize = 64;

function readLines(place: usize, bytes: usize): void {
  for (let at: usize = 0; at < bytes; at += LINE) readAhead(place + at);
}

/** No record (0) is read like one: what lies at the begin of memory is always there. */
function readRecord(address: usize): void {
  readLines(indexedRecord(accountIndexEntry(address)), offsetof<AccountRecord>());
}

/**
 * So many transactions at once: their misses wait beside one another, where those of one or two stop the processor.
 * Of what is left of a block, or of a short one, nothing is read ahead.
 */
const AT_ONCE: u32 = 16;

// Up to which transaction of which block this worker has read ahead.
let epoch: u32 = 0;
let last: u32 = 0;

/**
 * Called before transaction `index` runs, on a worker that takes every `step`th one. Nothing can be asked that is not read yet,
 * so all the structures come first, then what leads to the records, then the records.
 */
export function readAheadOfTransactions(index: u32, step: u32): void {
  const from = index + step;
  const now = control().epoch;
  if (epoch == now && from <= last) return;
  const end = index + AT_ONCE * step + 1;
  if (end > env().transactionCount) return;
  epoch = now;
  last = end - 1;
  for (let i = from; i < end; i += step) {
    readLines(changetype<usize>(blockTransaction(i)), offsetof<Transaction>());
  }
  for (let i = from; i < end; i += step) {
    const t = blockTransaction(i);
    readAhead(accountIndexEntry(transactionSender(t)));
    if (!t.isCreate) readAhead(accountIndexEntry(transactionTo(t)));
  }
  for (let i = from; i < end; i += step) {
    const t = blockTransaction(i);
    readRecord(transactionSender(t));
    if (!t.isCreate) readRecord(transactionTo(t));
  }
}
