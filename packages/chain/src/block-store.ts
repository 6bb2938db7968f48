// Where blocks are kept: by hash, the main line by number, transactions by hash. In memory here; the same interface over a
// directory is the store's.

import type { Hex } from "@heddle/engine";
import * as Bytes from "ox/Bytes";
import type { BlockEntry } from "./block-entry.ts";
import { TransactionIndex, type TransactionPlace } from "./transaction-index.ts";

/** What the chain asks of whoever keeps its blocks. All of it answers at once. */
export interface BlockStore {
  /** Keeps a block that was executed and found valid, on the main line or beside it. */
  put(block: BlockEntry): void;
  /** A block by its hash (lower case). */
  byHash(hash: Hex): BlockEntry | undefined;
  /** Makes a block that is kept the main line's block of its number; undefined: the main line ends before the number. */
  setMain(number: bigint, hash: Hex | undefined): void;
  /** The main line's block of a number. */
  byNumber(number: bigint): BlockEntry | undefined;
  /** Hash of the main line's block of a number. */
  hashOf(number: bigint): Hex | undefined;
  /** Forgets a block that is not on the main line. */
  remove(hash: Hex): void;
  /** Where a transaction stands on the main line. */
  find(transactionHash: Hex): TransactionPlace | undefined;
}

/** Blocks in memory. */
export class MemoryBlockStore implements BlockStore {
  readonly #byHash = new Map<Hex, BlockEntry>();
  /** The main line by number less that of its first block. */
  readonly #main: (BlockEntry | undefined)[] = [];
  #first: number | undefined;
  readonly #index: TransactionIndex;
  /** Blocks of the main line whose transactions are not in the index yet: nobody has asked. */
  #unindexed: BlockEntry[] = [];

  constructor() {
    this.#index = new TransactionIndex((hash, { block, index }) => {
      const entry = this.byNumber(BigInt(block));
      if (entry === undefined || index >= entry.transactionCount) return false;
      if (hash === undefined) return true;
      const { hashes } = entry.receipts;
      return Buffer.compare(hashes.subarray(index * 32, index * 32 + 32), hash) === 0;
    });
  }

  put(block: BlockEntry): void {
    this.#byHash.set(block.hash, block);
  }

  byHash(hash: Hex): BlockEntry | undefined {
    return this.#byHash.get(hash);
  }

  setMain(number: bigint, hash: Hex | undefined): void {
    this.#first ??= Number(number);
    const at = Number(number) - this.#first;
    if (hash === undefined) {
      this.#main.length = Math.min(this.#main.length, at);
      this.#unindexed = this.#unindexed.filter((block) => block.number < number);
      return;
    }
    const block = this.#byHash.get(hash)!;
    this.#main[at] = block;
    if (block.transactionCount > 0) this.#unindexed.push(block);
  }

  remove(hash: Hex): void {
    this.#byHash.delete(hash);
  }

  byNumber(number: bigint): BlockEntry | undefined {
    return this.#main[Number(number) - (this.#first ?? 0)];
  }

  hashOf(number: bigint): Hex | undefined {
    return this.byNumber(number)?.hash;
  }

  find(transactionHash: Hex): TransactionPlace | undefined {
    for (const block of this.#unindexed) {
      // Another block may have taken its number meanwhile.
      if (this.byNumber(block.number) === block) this.#index.add(Number(block.number), block.receipts.hashes);
    }
    this.#unindexed = [];
    return this.#index.find(Bytes.fromHex(transactionHash));
  }
}
