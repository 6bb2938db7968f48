// Which transactions go into the next block, and in which order: what pays most first, of equal ones what came first, those
// of one sender by nonce.

import type { PooledTransaction } from "./transaction.ts";
import { tipOf } from "./transaction.ts";

/** What the next block takes. */
export interface SelectionLimits {
  baseFee: bigint;
  gasLimit: bigint;
  /** Wei a unit of blob gas; undefined = the block takes no blobs. */
  blobBaseFee: bigint | undefined;
  maxBlobs: number;
  /** Bytes of all transactions together. */
  maxBytes: number;
  /** What came first is first, whatever it pays. */
  byArrival: boolean;
}

/** What a transaction pays, as far as the order depends on it; below 0 where it does not pay the base fee. */
type Rank = (transaction: PooledTransaction) => number;

/** What no transaction costs less than. */
const LEAST_GAS = 21_000;

interface Run {
  transactions: readonly PooledTransaction[];
  at: number;
  tip: number;
}

function isBefore(a: Run, b: Run): boolean {
  if (a.tip !== b.tip) return a.tip > b.tip;
  return a.transactions[a.at]!.arrival < b.transactions[b.at]!.arrival;
}

/** A heap's root moves down to its place. */
function siftDown(heap: Run[], from: number): void {
  const moved = heap[from]!;
  let at = from;
  for (;;) {
    let child = 2 * at + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
    if (!isBefore(heap[child]!, moved)) break;
    heap[at] = heap[child]!;
    at = child;
  }
  heap[at] = moved;
}

/** The transactions of all runs where each pays the same and none is behind one that came later; else undefined. */
function inArrivalOrder(runs: readonly Run[], rank: Rank): PooledTransaction[] | undefined {
  const all: PooledTransaction[] = [];
  const tip = runs[0]?.tip;
  for (const { transactions } of runs) {
    let arrival = -1;
    for (const transaction of transactions) {
      if (transaction.arrival < arrival || rank(transaction) !== tip) return undefined;
      arrival = transaction.arrival;
      all.push(transaction);
    }
  }
  return all.sort((a, b) => a.arrival - b.arrival);
}

/** All transactions in the order in which a block wants them; those behind one that pays too little are left out. */
function* inOrder(runs: Run[], rank: Rank): Generator<PooledTransaction, void, boolean | undefined> {
  const heap = runs;
  for (let i = (heap.length >> 1) - 1; i >= 0; i--) siftDown(heap, i);
  while (heap.length > 0) {
    const run = heap[0]!;
    const skipsSender = yield run.transactions[run.at]!;
    run.at++;
    const next = run.transactions[run.at];
    const tip = next === undefined || skipsSender === true ? -1 : rank(next);
    if (tip < 0) {
      const last = heap.pop()!;
      if (heap.length === 0) return;
      heap[0] = last;
    } else {
      run.tip = tip;
    }
    siftDown(heap, 0);
  }
}

/**
 * Picks transactions for a block; each of `runs` are one sender's, lowest nonce first. Gas is bounded by the least that a
 * transaction costs: what really fits is only known after executing.
 */
export function selectTransactions(
  runs: Iterable<readonly PooledTransaction[]>,
  limits: SelectionLimits,
): PooledTransaction[] {
  const { baseFee, blobBaseFee, maxBytes, byArrival } = limits;
  const rank: Rank = (transaction) => {
    const tip = tipOf(transaction, baseFee);
    return byArrival ? Math.min(tip, 0) : tip;
  };
  const most = Math.floor(Number(limits.gasLimit) / LEAST_GAS);
  const heap: Run[] = [];
  let hasBlobs = false;
  for (const transactions of runs) {
    if (transactions.length === 0) continue;
    const tip = rank(transactions[0]!);
    if (tip >= 0) heap.push({ transactions, at: 0, tip });
    hasBlobs ||= transactions.some(({ blobs }) => blobs > 0);
  }
  const sorted = hasBlobs ? undefined : inArrivalOrder(heap, rank);
  if (sorted !== undefined) return cut(sorted, most, maxBytes);
  const picked: PooledTransaction[] = [];
  let bytes = 0;
  let blobsLeft = limits.maxBlobs;
  const order = inOrder(heap, rank);
  for (let next = order.next(); !next.done && picked.length < most; ) {
    const transaction = next.value;
    const fits =
      bytes + transaction.raw.length <= maxBytes &&
      transaction.blobs <= blobsLeft &&
      (transaction.blobs === 0 || (blobBaseFee !== undefined && transaction.maxBlobFee >= blobBaseFee));
    if (fits) {
      picked.push(transaction);
      bytes += transaction.raw.length;
      blobsLeft -= transaction.blobs;
    }
    next = order.next(!fits);
  }
  return picked;
}

function cut(all: PooledTransaction[], most: number, maxBytes: number): PooledTransaction[] {
  let bytes = 0;
  let count = 0;
  while (count < all.length && count < most) {
    bytes += all[count]!.raw.length;
    if (bytes > maxBytes) break;
    count++;
  }
  all.length = count;
  return all;
}
