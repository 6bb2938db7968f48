// The newest blocks of the main line, in memory: all of them where there is no directory, else those behind the checkpoint.

import type { Hex } from "@heddle/engine";
import { ByteArena, NumberList } from "./byte-arena.ts";
import { bytesOf } from "./bytes.ts";
import { HashIndex } from "./hash-index.ts";
import { decodeBlock, encodeBlock, type StoredBlock, transactionHashesAt } from "./stored-block.ts";

/** Where a transaction is. */
export interface TransactionPlace {
  block: bigint;
  index: number;
}

const HASH = 32;

/** Blocks in order, found by number, hash and transaction; as bytes, without an object each. */
export class MainLine {
  /** Number of the oldest block that is held, or would be. */
  first: bigint;
  private readonly arena = new ByteArena();
  /** Of each block: where its bytes begin, where they end, transactions before it since the beginning. */
  private readonly starts = new NumberList();
  private readonly lengths = new NumberList();
  private readonly transactionsBefore = new NumberList();
  private transactions = 0;
  /** Blocks and transactions that were dropped from the beginning: ids go on counting. */
  private droppedBlocks = 0;
  private readonly byHash = new HashIndex((id) => this.bytes(id - this.droppedBlocks).subarray(0, HASH));
  private readonly byTransaction = new HashIndex((id) => this.transactionHash(id));

  constructor(first: bigint) {
    this.first = first;
  }

  /** Blocks that are held. */
  get length(): number {
    return this.starts.length;
  }

  /** Number of the newest block; the one before `first` where none is held. */
  get head(): bigint {
    return this.first + BigInt(this.length) - 1n;
  }

  /** Bytes of memory for the blocks. */
  get size(): number {
    return this.arena.size;
  }

  private bytes(index: number): Uint8Array {
    return this.arena.read(this.starts.at(index), this.lengths.at(index));
  }

  private transactionHash(id: number): Uint8Array {
    const index = this.transactionsBefore.lastUpTo(id);
    const at = transactionHashesAt(this.bytes(index)) + (id - this.transactionsBefore.at(index)) * HASH;
    return this.arena.read(this.starts.at(index) + at, HASH);
  }

  /** Adds the block behind the newest. */
  append(block: StoredBlock): void {
    const bytes = encodeBlock(block);
    this.starts.push(this.arena.append(bytes));
    this.lengths.push(bytes.length);
    this.transactionsBefore.push(this.transactions);
    this.byHash.set(bytes.subarray(0, HASH), this.droppedBlocks + this.length - 1);
    const { transactionHashes } = block;
    for (let at = 0; at < transactionHashes.length; at += HASH) {
      this.byTransaction.set(transactionHashes.subarray(at, at + HASH), this.transactions++);
    }
  }

  private indexOf(number: bigint): number | undefined {
    const index = Number(number - this.first);
    return index >= 0 && index < this.length ? index : undefined;
  }

  /** The block's bytes as `encodeBlock` made them; a slice that lasts until the block is removed. */
  encoded(number: bigint): Uint8Array | undefined {
    const index = this.indexOf(number);
    return index === undefined ? undefined : this.bytes(index);
  }

  block(number: bigint): StoredBlock | undefined {
    const bytes = this.encoded(number);
    return bytes === undefined ? undefined : decodeBlock(bytes);
  }

  number(hash: Hex): bigint | undefined {
    const id = this.byHash.get(bytesOf(hash));
    return id === undefined ? undefined : this.first + BigInt(id - this.droppedBlocks);
  }

  transaction(hash: Hex): TransactionPlace | undefined {
    const id = this.byTransaction.get(bytesOf(hash));
    if (id === undefined) return undefined;
    const index = this.transactionsBefore.lastUpTo(id);
    return { block: this.first + BigInt(index), index: id - this.transactionsBefore.at(index) };
  }

  private forget(index: number): void {
    const { transactionHashes } = decodeBlock(this.bytes(index));
    this.byHash.remove(this.bytes(index).subarray(0, HASH), this.droppedBlocks + index);
    for (let at = 0, id = this.transactionsBefore.at(index); at < transactionHashes.length; at += HASH) {
      this.byTransaction.remove(transactionHashes.subarray(at, at + HASH), id++);
    }
  }

  /** Removes the blocks above `number`. */
  removeAbove(number: bigint): void {
    while (this.length > 0 && this.head > number) {
      const index = this.length - 1;
      this.forget(index);
      this.transactions = this.transactionsBefore.at(index);
      this.arena.truncate(this.starts.at(index));
      this.starts.length--;
      this.lengths.length--;
      this.transactionsBefore.length--;
    }
  }

  /** Drops the blocks up to `number`: they are kept elsewhere. */
  dropUpTo(number: bigint): void {
    const count = Math.min(this.length, Number(number - this.first) + 1);
    if (count <= 0) return;
    for (let index = 0; index < count; index++) this.forget(index);
    for (const list of [this.starts, this.lengths, this.transactionsBefore]) list.shift(count);
    this.droppedBlocks += count;
    this.first += BigInt(count);
    if (this.length > 0) this.arena.dropBefore(this.starts.at(0));
  }
}
