// A transaction in the pool: the few numbers by which it is ordered, and where its bytes are.

import type { Hex } from "@heddle/engine";
import type { PoolAccount } from "./account.ts";
import type { BlobSidecar } from "./sidecar.ts";
import type { Slab } from "./slabs.ts";

/** What a transaction is by itself. */
export interface TransactionFacts {
  readonly hash: Hex;
  readonly sender: Hex;
  /** EIP-2718. */
  readonly type: number;
  readonly nonce: number;
  readonly gasLimit: number;
  /** Wei a unit of gas at most; the gas price up to type 1. */
  readonly maxFee: bigint;
  readonly priorityFee: bigint;
  /** Wei that the sender must have: value, gas and blob gas at the highest price. */
  readonly cost: bigint;
  readonly maxBlobFee: bigint;
  readonly blobs: number;
  readonly sidecar: BlobSidecar | undefined;
  /** All of it as it came, where that was more than the envelope. */
  readonly received: Uint8Array | undefined;
}

export class PooledTransaction implements TransactionFacts {
  readonly hash: Hex;
  readonly sender: Hex;
  readonly type: number;
  readonly nonce: number;
  readonly gasLimit: number;
  readonly maxFee: bigint;
  readonly priorityFee: bigint;
  readonly cost: bigint;
  readonly maxBlobFee: bigint;
  readonly blobs: number;
  readonly sidecar: BlobSidecar | undefined;
  readonly received: Uint8Array | undefined;
  /** Bytes of `raw`. */
  readonly rawLength: number;
  /** Position in the order of arrival. */
  readonly arrival: number;
  /** @internal Its sender's others. */
  readonly account: PoolAccount;
  /** @internal Where its bytes are. */
  slab!: Slab;
  /** @internal */
  place!: number;
  /** @internal Whether it was told that it can be executed: it is not told again as long as it is in the pool. */
  isTold = false;

  constructor(facts: TransactionFacts, account: PoolAccount, arrival: number, rawLength: number) {
    this.hash = facts.hash;
    this.sender = account.address;
    this.type = facts.type;
    this.nonce = facts.nonce;
    this.gasLimit = facts.gasLimit;
    this.maxFee = facts.maxFee;
    this.priorityFee = facts.priorityFee;
    this.cost = facts.cost;
    this.maxBlobFee = facts.maxBlobFee;
    this.blobs = facts.blobs;
    this.sidecar = facts.sidecar;
    this.received = facts.received;
    this.rawLength = rawLength;
    this.arrival = arrival;
    this.account = account;
  }

  /** The envelope as it goes into a block, without blobs. */
  get raw(): Uint8Array {
    return this.slab.raw(this.place);
  }
}

/** What the proposer earns a unit of gas; negative where the base fee is not paid. Exact up to 2 ** 53 wei. */
export function tipOf(
  { maxFee, priorityFee }: Pick<TransactionFacts, "maxFee" | "priorityFee">,
  baseFee: bigint,
): number {
  const left = maxFee - baseFee;
  return Number(left < priorityFee ? left : priorityFee);
}
