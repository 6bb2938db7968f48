// The transactions of one sender, by nonce: those that can be executed one after another, and those behind a gap.

import type { Hex } from "@heddle/engine";
import type { PooledTransaction } from "./transaction.ts";

export class PoolAccount {
  readonly address: Hex;
  balance = 0n;
  /** Number of the pool's head of which nonce and balance are; -1: of none yet. */
  readAt = -1;
  /** Of the picking that has looked at the account last: its number, the nonce that it waits for, and what it met. */
  picking = 0;
  wanted = 0;
  isTooCheap = false;
  hasGap = false;
  readonly #byNonce = new Map<number, PooledTransaction>();
  #nonce = 0;
  /** Where the search for `next` goes on: every nonce from `#nonce` to it is there. */
  #next = 0;

  constructor(address: Hex) {
    this.address = address;
  }

  /** Of the account in the state of the head. */
  get nonce(): number {
    return this.#nonce;
  }

  set nonce(nonce: number) {
    this.#nonce = nonce;
    this.#next = nonce;
  }

  /** How many transactions there are. */
  get size(): number {
    return this.#byNonce.size;
  }

  get(nonce: number): PooledTransaction | undefined {
    return this.#byNonce.get(nonce);
  }

  set(transaction: PooledTransaction): void {
    this.#byNonce.set(transaction.nonce, transaction);
  }

  delete(nonce: number): void {
    this.#byNonce.delete(nonce);
    if (nonce >= this.#nonce && nonce < this.#next) this.#next = nonce;
  }

  /** In the order of their arrival at their nonces. */
  transactions(): IterableIterator<PooledTransaction> {
    return this.#byNonce.values();
  }

  /** The nonce behind those that can be executed. */
  get next(): number {
    while (this.#byNonce.has(this.#next)) this.#next++;
    return this.#next;
  }

  /** Those that can be executed one after another, lowest nonce first. */
  executable(): PooledTransaction[] {
    const run: PooledTransaction[] = [];
    for (let nonce = this.#nonce; ; nonce++) {
      const transaction = this.#byNonce.get(nonce);
      if (transaction === undefined) return run;
      run.push(transaction);
    }
  }

  /** Those behind a gap, lowest nonce first. */
  queued(): PooledTransaction[] {
    const { next } = this;
    return [...this.#byNonce.values()].filter(({ nonce }) => nonce > next).sort((a, b) => a.nonce - b.nonce);
  }
}
