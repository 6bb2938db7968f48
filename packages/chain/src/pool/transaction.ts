// A transaction in the pool: the bytes that go into the block, and the few numbers by which it is ordered.

import type { Hex } from "@heddle/engine";
import type { BlobSidecar } from "./sidecar.ts";

export interface PooledTransaction {
  /** The envelope as it goes into a block, without blobs. */
  readonly raw: Uint8Array;
  readonly hash: Hex;
  /** 32 bytes. */
  readonly hashBytes: Uint8Array;
  readonly sender: Hex;
  /** 20 bytes. */
  readonly senderBytes: Uint8Array;
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
  /** All of it as it came, where that was more than `raw`. */
  readonly received: Uint8Array | undefined;
  /** Position in the order of arrival. */
  readonly arrival: number;
}

/** What the proposer earns a unit of gas; negative where the base fee is not paid. Exact up to 2 ** 53 wei. */
export function tipOf({ maxFee, priorityFee }: PooledTransaction, baseFee: bigint): number {
  const left = maxFee - baseFee;
  return Number(left < priorityFee ? left : priorityFee);
}
