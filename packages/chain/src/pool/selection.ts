// Which transactions go into the next block, and in which order: what pays most first, of equal ones what came first, those
// of one sender by nonce.

import type { PoolAccount } from "./account.ts";
import type { Slab } from "./slabs.ts";
import { type PooledTransaction, tipOf } from "./transaction.ts";

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

function mostOf({ gasLimit }: SelectionLimits): number {
  return Math.floor(Number(gasLimit) / LEAST_GAS);
}

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
  const most = mostOf(limits);
  const heap: Run[] = [];
  for (const transactions of runs) {
    if (transactions.length === 0) continue;
    const tip = rank(transactions[0]!);
    if (tip >= 0) heap.push({ transactions, at: 0, tip });
  }
  const picked: PooledTransaction[] = [];
  let bytes = 0;
  let blobsLeft = limits.maxBlobs;
  const order = inOrder(heap, rank);
  for (let next = order.next(); !next.done && picked.length < most; ) {
    const transaction = next.value;
    const { rawLength } = transaction;
    const fits =
      bytes + rawLength <= maxBytes &&
      transaction.blobs <= blobsLeft &&
      (transaction.blobs === 0 || (blobBaseFee !== undefined && transaction.maxBlobFee >= blobBaseFee));
    if (fits) {
      picked.push(transaction);
      bytes += rawLength;
      blobsLeft -= transaction.blobs;
    }
    next = order.next(!fits);
  }
  return picked;
}

let pickings = 0;

/**
 * What `selectTransactions` picks, found by reading the transactions in the order in which they came: that is also the order of
 * the block where all pay the same, have no blobs, and came in the order of their nonces. Undefined where it is not so simple.
 * The accounts are those of all transactions.
 */
export function pickInArrivalOrder(
  slabs: Iterable<Slab>,
  accounts: readonly PoolAccount[],
  limits: SelectionLimits,
): PooledTransaction[] | undefined {
  const { baseFee, byArrival, maxBytes } = limits;
  if (baseFee > Number.MAX_SAFE_INTEGER) return undefined;
  const base = Number(baseFee);
  const most = mostOf(limits);
  const picking = ++pickings;
  const picked: PooledTransaction[] = [];
  let arrival = -1;
  let same: number | undefined;
  let bytes = 0;
  let isFull = most <= 0;
  for (const { transactions, maxFees, priorityFees, hasExactFees } of slabs) {
    if (!hasExactFees) return undefined;
    for (let place = 0; place < transactions.length; place++) {
      const transaction = transactions[place];
      if (transaction === undefined) continue;
      if (transaction.arrival < arrival) return undefined;
      arrival = transaction.arrival;
      const { account } = transaction;
      if (account.picking !== picking) {
        account.picking = picking;
        account.wanted = account.nonce;
        account.hasGap = false;
        account.isTooCheap = false;
      }
      if (transaction.nonce !== account.wanted) {
        account.hasGap = true;
        continue;
      }
      account.wanted++;
      if (transaction.blobs > 0) return undefined;
      if (account.isTooCheap) continue;
      const tip = Math.min(maxFees[place]! - base, priorityFees[place]!, byArrival ? 0 : Infinity);
      if (tip < 0) {
        // All behind it wait as well; one before it makes an order of its own.
        if (transaction.nonce !== account.nonce) return undefined;
        account.isTooCheap = true;
        continue;
      }
      same ??= tip;
      if (tip !== same) return undefined;
      if (isFull) continue;
      bytes += transaction.rawLength;
      if (bytes > maxBytes) isFull = true;
      else isFull = picked.push(transaction) >= most;
    }
  }
  for (const account of accounts) {
    // What was passed over can be executed after all: it came before one that it follows.
    if (account.picking === picking && account.hasGap && account.next !== account.wanted) return undefined;
  }
  return picked;
}
