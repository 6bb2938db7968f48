// Receipts of a block, its bloom, and the roots of its lists.

import { arenaAllocate } from "../memory/arena";
import { OrderedItem, orderedRoot } from "../trie/ordered";
import { bloomOr } from "../tx/bloom";
import { receiptEncode } from "../tx/receipt";
import { Transaction } from "../tx/transaction";
import { env } from "./env";
import { RESULT_BLOOM, RESULT_RECEIPTS_ROOT, RESULT_TRANSACTIONS_ROOT } from "./result";

/** The transaction at position `index` of the block. */
export function transactionAt(index: u32): Transaction {
  return changetype<Transaction>(<usize>load<u32>(<usize>env().transactions + ((<usize>index) << 2)));
}

/** Encodes the receipts from `from` to `to`; pieces of one block may be done by different workers. */
export function encodeReceipts(from: u32, to: u32): void {
  for (let i = from; i < to; i++) receiptEncode(transactionAt(i));
}

function item(items: usize, index: u32): OrderedItem {
  return changetype<OrderedItem>(items + <usize>index * offsetof<OrderedItem>());
}

/** The header's logs bloom and receipts root, from the encoded receipts. */
export function receiptsRoot(): void {
  const count = env().transactionCount;
  const items = arenaAllocate(<usize>count * offsetof<OrderedItem>());
  memory.fill(RESULT_BLOOM, 0, 256);
  for (let i: u32 = 0; i < count; i++) {
    const t = transactionAt(i);
    if (t.logCount != 0) bloomOr(RESULT_BLOOM, t.bloom);
    item(items, i).pointer = t.receipt;
    item(items, i).length = t.receiptLength;
  }
  orderedRoot(items, count, RESULT_RECEIPTS_ROOT);
}

/** The header's transactions root. */
export function transactionsRoot(): void {
  const count = env().transactionCount;
  const items = arenaAllocate(<usize>count * offsetof<OrderedItem>());
  for (let i: u32 = 0; i < count; i++) {
    const t = transactionAt(i);
    item(items, i).pointer = t.raw;
    item(items, i).length = t.rawLength;
  }
  orderedRoot(items, count, RESULT_TRANSACTIONS_ROOT);
}
