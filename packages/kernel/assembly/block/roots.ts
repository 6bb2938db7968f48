// Receipts of a block, its bloom, and the roots of its lists.

import { arenaAllocate } from "../memory/arena";
import { OrderedItem, orderedPart, orderedPartsAllocate, orderedRoot } from "../trie/ordered";
import { bloomOr } from "../tx/bloom";
import { receiptEncode } from "../tx/receipt";
import { env } from "./env";
import { blockResult, RESULT_BLOOM, RESULT_RECEIPTS_ROOT, RESULT_TRANSACTIONS_ROOT } from "./result";
import { blockTransaction } from "./transactions";

function item(items: usize, index: u32): OrderedItem {
  return changetype<OrderedItem>(items + <usize>index * offsetof<OrderedItem>());
}

/** Lays out the lists of the ordered roots. One worker, before the pieces below. */
export function beginOrderedRoots(): void {
  const count = env().transactionCount;
  const result = blockResult();
  const size = <usize>count * offsetof<OrderedItem>() + 8;
  const items = arenaAllocate(size);
  for (let i: u32 = 0; i < count; i++) {
    const t = blockTransaction(i);
    item(items, i).pointer = t.raw;
    item(items, i).length = t.rawLength;
  }
  result.transactionItems = <u32>items;
  result.transactionParts = <u32>orderedPartsAllocate(count);
  result.receiptItems = <u32>arenaAllocate(size);
  result.receiptParts = <u32>orderedPartsAllocate(count);
}

/** Encodes the receipts from `from` to `to`; pieces of one block may be done by different workers. */
export function encodeReceipts(from: u32, to: u32): void {
  const items = <usize>blockResult().receiptItems;
  for (let i = from; i < to; i++) {
    const t = blockTransaction(i);
    receiptEncode(t);
    item(items, i).pointer = t.receipt;
    item(items, i).length = t.receiptLength;
  }
}

/** Makes part `index` of the transactions' trie. */
export function transactionsPart(index: u32): void {
  const result = blockResult();
  orderedPart(<usize>result.transactionItems, env().transactionCount, <usize>result.transactionParts, index);
}

/** Makes part `index` of the receipts' trie, whose receipts are encoded. */
export function receiptsPart(index: u32): void {
  const result = blockResult();
  orderedPart(<usize>result.receiptItems, env().transactionCount, <usize>result.receiptParts, index);
}

/** The header's transactions root; its parts are made. */
export function transactionsRoot(): void {
  const result = blockResult();
  const items = <usize>result.transactionItems;
  const parts = <usize>result.transactionParts;
  orderedRoot(items, env().transactionCount, RESULT_TRANSACTIONS_ROOT, parts);
}

/** The header's receipts root; its parts are made. */
export function receiptsRoot(): void {
  const result = blockResult();
  const items = <usize>result.receiptItems;
  orderedRoot(items, env().transactionCount, RESULT_RECEIPTS_ROOT, <usize>result.receiptParts);
}

/** The header's logs bloom, from the encoded receipts. */
export function blockBloom(): void {
  const count = env().transactionCount;
  memory.fill(RESULT_BLOOM, 0, 256);
  for (let i: u32 = 0; i < count; i++) {
    const t = blockTransaction(i);
    if (t.logCount != 0) bloomOr(RESULT_BLOOM, t.bloom);
  }
}
