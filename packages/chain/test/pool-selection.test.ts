// Which transactions a block gets, compared with the plainest way to say it.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Hex } from "@heddle/engine";
import { PoolAccount } from "../src/pool/account.ts";
import { pickInArrivalOrder, type SelectionLimits, selectTransactions } from "../src/pool/selection.ts";
import { packPooled, Slabs } from "../src/pool/slabs.ts";
import { PooledTransaction, tipOf } from "../src/pool/transaction.ts";

/** Of a linear congruential generator: the next number below `bound`. */
function numbers(seed: number): (bound: number) => number {
  let state = seed;
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

interface Wanted {
  account: PoolAccount;
  nonce: number;
  maxFee: bigint;
  priorityFee: bigint;
  blobs: number;
  length: number;
}

/** A pool's insides. */
class Waiting {
  readonly slabs = new Slabs();
  readonly accounts: PoolAccount[];
  readonly transactions = new Set<PooledTransaction>();
  #arrivals = 0;

  constructor(senders: number) {
    this.accounts = Array.from(
      { length: senders },
      (_, i) => new PoolAccount(`0x${(i + 1).toString(16).padStart(40, "0")}`),
    );
  }

  add({ account, length, ...wanted }: Wanted): PooledTransaction {
    const arrival = this.#arrivals++;
    const hash: Hex = `0x${arrival.toString(16).padStart(64, "0")}`;
    const facts = {
      ...{ hash, sender: account.address, type: wanted.blobs > 0 ? 3 : 2, gasLimit: 21_000, cost: 0n },
      ...{ maxBlobFee: 1n, sidecar: undefined, received: undefined },
      ...wanted,
    };
    const one = new PooledTransaction(facts, account, arrival, length);
    const raw = new Uint8Array(length).fill(arrival);
    this.slabs.add(one, {
      raw,
      hash: Buffer.from(hash.slice(2), "hex"),
      sender: Buffer.from(account.address.slice(2), "hex"),
    });
    account.set(one);
    this.transactions.add(one);
    return one;
  }

  remove(one: PooledTransaction): void {
    this.slabs.remove(one);
    one.account.delete(one.nonce);
    this.transactions.delete(one);
  }

  inArrivalOrder(limits: SelectionLimits): PooledTransaction[] | undefined {
    return pickInArrivalOrder(this.slabs, this.accounts, limits);
  }

  byRank(limits: SelectionLimits): PooledTransaction[] {
    return selectTransactions(
      this.accounts.map((account) => account.executable()),
      limits,
    );
  }
}

/** Of the senders' next transactions always the best; who does not fit is left with all that are behind. */
function reference({ accounts }: Waiting, limits: SelectionLimits): PooledTransaction[] {
  const { baseFee, byArrival, maxBytes, maxBlobs, gasLimit } = limits;
  const rank = (one: PooledTransaction) => Math.min(tipOf(one, baseFee), byArrival ? 0 : Infinity);
  const next = new Map(accounts.map((account) => [account, account.nonce]));
  const picked: PooledTransaction[] = [];
  let bytes = 0;
  let blobs = 0;
  while (picked.length < Number(gasLimit) / 21_000) {
    const [best] = [...next]
      .map(([account, nonce]) => account.get(nonce))
      .filter((one) => one !== undefined && rank(one) >= 0)
      .sort((a, b) => rank(b!) - rank(a!) || a!.arrival - b!.arrival);
    if (best === undefined) break;
    if (bytes + best.rawLength > maxBytes || blobs + best.blobs > maxBlobs) {
      next.delete(best.account);
      continue;
    }
    picked.push(best);
    bytes += best.rawLength;
    blobs += best.blobs;
    next.set(best.account, best.nonce + 1);
  }
  return picked;
}

const ROOMY: SelectionLimits = {
  ...{ baseFee: 10n, gasLimit: 10n ** 9n, blobBaseFee: 1n, maxBlobs: 6, maxBytes: 2 ** 30, byArrival: false },
};

const numbersOf = (picked: readonly PooledTransaction[]) => picked.map(({ arrival }) => arrival);

test("picked is what pays most, of equal ones what came first, each sender's by nonce", () => {
  let simple = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const below = numbers(seed);
    const waiting = new Waiting(1 + below(6));
    const fees = 1 + below(3);
    const mayGap = below(2) === 0;
    const mayBlob = below(4) === 0;
    const counts = waiting.accounts.map(() => 0);
    for (let i = 0; i < 40; i++) {
      const sender = below(counts.length);
      const account = waiting.accounts[sender]!;
      const nonce = mayGap ? below(12) : counts[sender]!++;
      const replaced = account.get(nonce);
      if (replaced !== undefined) waiting.remove(replaced);
      const maxFee = below(150) === 0 ? 9n : BigInt(20 + below(fees));
      const blobs = mayBlob && below(8) === 0 ? 1 + below(3) : 0;
      waiting.add({ account, nonce, maxFee, priorityFee: 30n, blobs, length: 100 + below(20) });
    }
    for (const byArrival of [false, true]) {
      const limits = { ...ROOMY, byArrival, gasLimit: BigInt(21_000 * (1 + below(50))) };
      const expected = numbersOf(reference(waiting, limits));
      assert.deepEqual(numbersOf(waiting.byRank(limits)), expected, `seed ${seed}`);
      const picked = waiting.inArrivalOrder(limits);
      if (picked === undefined) continue;
      simple++;
      assert.deepEqual(numbersOf(picked), expected, `seed ${seed}, in the order of arrival`);
    }
  }
  assert.ok(simple > 100, `${simple} in the order of arrival`);
});

test("what does not pay the base fee is left out with all that is behind it, and so is what waits behind a gap", () => {
  const waiting = new Waiting(3);
  const [first, second, third] = waiting.accounts as [PoolAccount, PoolAccount, PoolAccount];
  const usual = { maxFee: 20n, priorityFee: 1n, blobs: 0, length: 100 };
  waiting.add({ ...usual, account: first, nonce: 0, maxFee: 9n });
  waiting.add({ ...usual, account: first, nonce: 1 });
  waiting.add({ ...usual, account: second, nonce: 0 });
  waiting.add({ ...usual, account: third, nonce: 1 });
  waiting.add({ ...usual, account: second, nonce: 1 });
  assert.deepEqual(numbersOf(waiting.inArrivalOrder(ROOMY)!), [2, 4]);
  // The gap is filled: what came before what it follows is no order of arrival.
  waiting.add({ ...usual, account: third, nonce: 0 });
  assert.equal(waiting.inArrivalOrder(ROOMY), undefined);
  assert.deepEqual(numbersOf(waiting.byRank(ROOMY)), [2, 4, 5, 3]);
});

test("no more is picked than the bytes of a block allow", () => {
  const waiting = new Waiting(2);
  const usual = { maxFee: 20n, priorityFee: 1n, blobs: 0, length: 100 };
  for (let i = 0; i < 10; i++) waiting.add({ ...usual, account: waiting.accounts[i % 2]!, nonce: i >> 1 });
  const limits = { ...ROOMY, maxBytes: 450 };
  assert.deepEqual(numbersOf(waiting.inArrivalOrder(limits)!), [0, 1, 2, 3]);
  assert.deepEqual(numbersOf(waiting.byRank(limits)), [0, 1, 2, 3]);
});

test("fees that are no exact numbers are compared exactly", () => {
  const waiting = new Waiting(2);
  const [first, second] = waiting.accounts as [PoolAccount, PoolAccount];
  const huge = 2n ** 60n;
  const baseFee = huge - 100n;
  const usual = { nonce: 0, priorityFee: 2n ** 61n, blobs: 0, length: 100 };
  waiting.add({ ...usual, account: first, maxFee: huge });
  waiting.add({ ...usual, account: second, maxFee: huge + 1n });
  const limits = { ...ROOMY, baseFee };
  assert.equal(waiting.inArrivalOrder(limits), undefined);
  assert.deepEqual(numbersOf(waiting.byRank(limits)), [1, 0]);
});

test("packed are the bytes of each, whatever has left the pool around it", () => {
  const waiting = new Waiting(1);
  const [account] = waiting.accounts as [PoolAccount];
  const below = numbers(7);
  const added = Array.from({ length: 3_000 }, (_, nonce) => {
    const length = nonce % 1_000 === 999 ? 150_000 : 50 + below(300);
    return waiting.add({ account, nonce, maxFee: 20n, priorityFee: 1n, blobs: 0, length });
  });
  for (const one of added) if (below(10) > 0) waiting.remove(one);
  const left = [...waiting.transactions];
  const { transactions, hashes, senders } = packPooled(left);
  left.forEach((one, i) => {
    const { bytes, offsets } = transactions;
    const raw = bytes.subarray(offsets[i]!, offsets[i + 1]!);
    assert.equal(raw.length, one.rawLength);
    assert.ok(raw.every((byte) => byte === (one.arrival & 255)));
    assert.deepEqual(raw, one.raw);
    assert.equal(Buffer.from(hashes.subarray(i * 32, i * 32 + 32)).toString("hex"), one.hash.slice(2));
    assert.equal(Buffer.from(senders.subarray(i * 20, i * 20 + 20)).toString("hex"), one.sender.slice(2));
  });
  // Where nine of ten have left, the rest do not hold all their memory.
  assert.ok([...waiting.slabs].length <= 4, `${[...waiting.slabs].length} slabs`);
});
