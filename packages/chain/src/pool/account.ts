// The transactions of one sender, by nonce: those that can be executed one after another, and those behind a gap.

import type { Hex } from "@heddle/engine";
import type { PooledTransaction } from "./transaction.ts";

export class PoolAccount {
  readonly address: Hex;
  /** Of the account in the state of the head. */
  nonce = 0;
  balance = 0n;
  /** Nonce and balance are those of the head. */
  isFresh = false;
  readonly byNonce = new Map<number, PooledTransaction>();

  constructor(address: Hex) {
    this.address = address;
  }

  /** The nonce behind those that can be executed. */
  get next(): number {
    let nonce = this.nonce;
    while (this.byNonce.has(nonce)) nonce++;
    return nonce;
  }

  /** Those that can be executed one after another, lowest nonce first. */
  executable(): PooledTransaction[] {
    const run: PooledTransaction[] = [];
    for (let nonce = this.nonce; ; nonce++) {
      const transaction = this.byNonce.get(nonce);
      if (transaction === undefined) return run;
      run.push(transaction);
    }
  }

  /** Those behind a gap, lowest nonce first. */
  queued(): PooledTransaction[] {
    const next = this.next;
    return [...this.byNonce.values()].filter(({ nonce }) => nonce > next).sort((a, b) => a.nonce - b.nonce);
  }
}
