// What has to go from a full pool so that something better can be taken.

import type { PoolAccount } from "./account.ts";
import type { PooledTransaction } from "./transaction.ts";

/** What is too much, with the newcomer counted. */
export interface Excess {
  transactions: number;
  bytes: number;
}

/**
 * The transactions that go, each with those of its sender behind it, which could not be executed without it: the cheapest
 * that pay less than the newcomer, those behind gaps first, of equal ones the youngest; `atLeast` of them where there are so
 * many, as looking for them costs as much as there are. Undefined where all that pay less are not enough: then nothing goes.
 */
export function chooseEvicted(
  accounts: Iterable<PoolAccount>,
  newcomer: Pick<PooledTransaction, "sender" | "maxFee">,
  excess: Excess,
  atLeast: number,
): PooledTransaction[] | undefined {
  const waiting: PooledTransaction[] = [];
  const ready: PooledTransaction[] = [];
  const bySender = new Map<string, PoolAccount>();
  for (const account of accounts) {
    // Its own transactions before it are what it depends on.
    if (account.address === newcomer.sender) continue;
    bySender.set(account.address, account);
    const { next } = account;
    for (const one of account.transactions()) {
      if (one.maxFee < newcomer.maxFee) (one.nonce > next ? waiting : ready).push(one);
    }
  }
  const byFee = (a: PooledTransaction, b: PooledTransaction) =>
    a.maxFee < b.maxFee ? -1 : a.maxFee > b.maxFee ? 1 : b.arrival - a.arrival;
  const gone = new Set<PooledTransaction>();
  /** Of senders that lose something: what they have left, highest nonce last. */
  const left = new Map<string, PooledTransaction[]>();
  const leftOf = (sender: string) => {
    const known = left.get(sender);
    if (known !== undefined) return known;
    const all = [...bySender.get(sender)!.transactions()].sort((a, b) => a.nonce - b.nonce);
    left.set(sender, all);
    return all;
  };
  let bytes = 0;
  for (const one of [...waiting.sort(byFee), ...ready.sort(byFee)]) {
    if (gone.size >= Math.max(excess.transactions, atLeast) && bytes >= excess.bytes) break;
    if (gone.has(one)) continue;
    const rest = leftOf(one.sender);
    while (rest.length > 0 && rest.at(-1)!.nonce >= one.nonce) {
      const behind = rest.pop()!;
      gone.add(behind);
      bytes += bytesOf(behind);
    }
  }
  return gone.size >= excess.transactions && bytes >= excess.bytes ? [...gone] : undefined;
}

const BLOB_BYTES = 131_072;

/** Bytes of a transaction with its blobs. */
export function bytesOf({ rawLength, sidecar }: Pick<PooledTransaction, "rawLength" | "sidecar">): number {
  return rawLength + (sidecar === undefined ? 0 : sidecar.blobs.length * BLOB_BYTES);
}
