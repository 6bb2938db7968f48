// Where the bytes of the pool's transactions lie: envelopes, hashes and senders one behind the other as they came, so that a
// block of those that follow each other is packed by copying whole runs, and picking them reads memory in its order.

import type { PackedTransactions } from "@heddle/engine";
import type { PooledTransaction } from "./transaction.ts";

/** Transactions of a slab at least, and at most. */
const FEWEST_PLACES = 16;
const MOST_PLACES = 512;
/** Bytes of envelopes that a slab has room for, a place; one that is longer than all of it has a slab of its own. */
const PLACE_BYTES = 2 ** 8;
/** Of a slab that takes no more at least one in so many is in the pool; otherwise those that are move on. */
const SPARSE = 4;
const HASH = 32;
const ADDRESS = 20;

/** What is packed of a transaction. */
export interface PackedParts {
  raw: Uint8Array;
  /** 32 bytes. */
  hash: Uint8Array;
  /** 20 bytes. */
  sender: Uint8Array;
}

/** Transactions that came one after the other. What it has once given out is never overwritten. */
export class Slab {
  readonly #bytes: Uint8Array;
  readonly #offsets: Uint32Array;
  readonly #hashes: Uint8Array;
  readonly #senders: Uint8Array;
  /** Wei a unit of gas as numbers: exact as long as `hasExactFees`. */
  readonly maxFees: Float64Array;
  readonly priorityFees: Float64Array;
  hasExactFees = true;
  /** By place; undefined: it has left. */
  readonly transactions: (PooledTransaction | undefined)[] = [];
  /** How many of them are in the pool. */
  live = 0;

  /** With room for `places` transactions, and one of `least` bytes. */
  constructor(places: number, least: number) {
    this.#bytes = new Uint8Array(Math.max(places * PLACE_BYTES, least));
    this.#offsets = new Uint32Array(places + 1);
    this.#hashes = new Uint8Array(places * HASH);
    this.#senders = new Uint8Array(places * ADDRESS);
    this.maxFees = new Float64Array(places);
    this.priorityFees = new Float64Array(places);
  }

  hasRoomFor(length: number): boolean {
    const count = this.transactions.length;
    return count < this.maxFees.length && this.#offsets[count]! + length <= this.#bytes.length;
  }

  add(transaction: PooledTransaction, { raw, hash, sender }: PackedParts): void {
    const place = this.transactions.push(transaction) - 1;
    const at = this.#offsets[place]!;
    this.#bytes.set(raw, at);
    this.#offsets[place + 1] = at + raw.length;
    this.#hashes.set(hash, place * HASH);
    this.#senders.set(sender, place * ADDRESS);
    const { maxFee, priorityFee } = transaction;
    this.maxFees[place] = Number(maxFee);
    this.priorityFees[place] = Number(priorityFee);
    if (maxFee > Number.MAX_SAFE_INTEGER) this.hasExactFees = false;
    this.live++;
    transaction.slab = this;
    transaction.place = place;
  }

  raw(place: number): Uint8Array {
    return this.#bytes.subarray(this.#offsets[place]!, this.#offsets[place + 1]!);
  }

  parts(place: number): PackedParts {
    return {
      raw: this.raw(place),
      hash: this.#hashes.subarray(place * HASH, (place + 1) * HASH),
      sender: this.#senders.subarray(place * ADDRESS, (place + 1) * ADDRESS),
    };
  }

  /** Copies places `from` to `to` (not included) to a block in which they are the ones from number `index` on. */
  copyRun(from: number, to: number, block: PackedPool, index: number): void {
    const { bytes, offsets } = block.transactions;
    const start = this.#offsets[from]!;
    const target = offsets[index]!;
    bytes.set(this.#bytes.subarray(start, this.#offsets[to]!), target);
    for (let i = 1; i <= to - from; i++) offsets[index + i] = target + this.#offsets[from + i]! - start;
    block.hashes.set(this.#hashes.subarray(from * HASH, to * HASH), index * HASH);
    block.senders.set(this.#senders.subarray(from * ADDRESS, to * ADDRESS), index * ADDRESS);
  }
}

/** The slabs of a pool, in the order of their making. */
export class Slabs {
  readonly #slabs = new Set<Slab>();
  #open: Slab | undefined;
  #live = 0;

  [Symbol.iterator](): IterableIterator<Slab> {
    return this.#slabs.values();
  }

  add(transaction: PooledTransaction, parts: PackedParts): void {
    if (this.#open?.hasRoomFor(parts.raw.length) !== true) {
      const before = this.#open;
      // As much again as there is: where each transaction leaves before the next one comes, little memory is touched.
      const places = Math.min(Math.max(this.#live, FEWEST_PLACES), MOST_PLACES);
      this.#open = new Slab(places, parts.raw.length);
      this.#slabs.add(this.#open);
      if (before !== undefined) this.#tidy(before);
    }
    this.#open!.add(transaction, parts);
    this.#live++;
  }

  remove({ slab, place }: PooledTransaction): void {
    slab.transactions[place] = undefined;
    slab.live--;
    this.#live--;
    if (slab !== this.#open) this.#tidy(slab);
  }

  clear(): void {
    const open = this.#open;
    for (const slab of this.#slabs) if (slab !== open) slab.transactions.length = 0;
    this.#slabs.clear();
    if (open === undefined) return;
    // It takes what comes next: a pool that each block empties would need a new one for each.
    open.transactions.fill(undefined);
    open.live = 0;
    this.#slabs.add(open);
  }

  /** A few may not hold the memory of all that came with them. */
  #tidy(slab: Slab): void {
    if (slab.live * SPARSE >= slab.transactions.length) return;
    this.#slabs.delete(slab);
    for (const [place, one] of slab.transactions.entries()) {
      if (one === undefined) continue;
      this.#live--;
      this.add(one, slab.parts(place));
      slab.transactions[place] = undefined;
    }
    slab.live = 0;
  }
}

/** Transactions of the pool as a block's. */
export interface PackedPool {
  transactions: PackedTransactions;
  /** 20 bytes each. */
  senders: Uint8Array;
  /** 32 bytes each. */
  hashes: Uint8Array;
}

/** Packs transactions, which may have left the pool meanwhile, in the order in which they are given. */
export function packPooled(pooled: readonly PooledTransaction[]): PackedPool {
  const count = pooled.length;
  let length = 0;
  for (const { rawLength } of pooled) length += rawLength;
  const block: PackedPool = {
    transactions: { bytes: new Uint8Array(length), offsets: new Uint32Array(count + 1) },
    senders: new Uint8Array(count * ADDRESS),
    hashes: new Uint8Array(count * HASH),
  };
  for (let index = 0; index < count; ) {
    const { slab, place: from } = pooled[index]!;
    let to = from + 1;
    for (let next = index + 1; next < count; next++, to++) {
      const one = pooled[next]!;
      if (one.slab !== slab || one.place !== to) break;
    }
    slab.copyRun(from, to, block, index);
    index += to - from;
  }
  return block;
}
