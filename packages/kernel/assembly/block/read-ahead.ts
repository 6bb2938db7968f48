// What the next transactions ask for first is read ahead: a transaction's own structure, and the records of who sends it and
// of who is called. Each lies anywhere in memory, and a miss costs as much as some hundred instructions; beside a running
// transaction the misses of those behind it cost next to nothing.

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
 * Called before transaction `index` runs, on a worker that takes every `step`th one. Nothing can be asked that is not read yet:
 * so of the third one from here it is the structure, of the second what leads to the records, of the next the records.
 */
export function readAheadOfTransactions(index: u32, step: u32): void {
  const count = env().transactionCount;
  if (index + 3 * step < count) {
    readLines(changetype<usize>(blockTransaction(index + 3 * step)), offsetof<Transaction>());
  }
  if (index + 2 * step < count) {
    const t = blockTransaction(index + 2 * step);
    readAhead(accountIndexEntry(transactionSender(t)));
    if (!t.isCreate) readAhead(accountIndexEntry(transactionTo(t)));
  }
  if (index + step < count) {
    const t = blockTransaction(index + step);
    readRecord(transactionSender(t));
    if (!t.isCreate) readRecord(transactionTo(t));
  }
}
