// prestateTracer: what a transaction needs of the state, or what it changes of it.

import type { Hex, TracedTransaction, TraceFrame, TraceState, TraceStep } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { quantity, word } from "../encode/quantity.ts";
import { type MetAccount, MetAccounts } from "./met-accounts.ts";
import type { ResultTracer } from "./tracer.ts";

export interface PrestateTracerOptions {
  /** What was before and after of what has changed. */
  diffMode?: boolean;
  disableCode?: boolean;
  disableStorage?: boolean;
  /** Accounts that were empty are told too. */
  includeEmpty?: boolean;
}

/** An account as prestateTracer tells it. */
export interface PrestateAccount {
  balance?: Hex;
  nonce?: number;
  code?: Hex;
  codeHash?: Hex;
  storage?: Record<Hex, Hex>;
}

export class PrestateTracer implements ResultTracer {
  readonly #transaction: TracedTransaction;
  readonly #options: PrestateTracerOptions;
  readonly #met: MetAccounts;
  #post: Record<Hex, PrestateAccount> = {};
  readonly #unchanged = new Set<Hex>();

  constructor(transaction: TracedTransaction, options: PrestateTracerOptions = {}) {
    this.#transaction = transaction;
    this.#options = options;
    this.#met = new MetAccounts({ slots: !options.disableStorage });
  }

  start(state: TraceState): void {
    this.#met.start(this.#transaction, state);
  }

  step(step: TraceStep): void {
    this.#met.step(step);
  }

  selfDestruct(frame: TraceFrame, _beneficiary: Hex, _amount: bigint, state: TraceState): void {
    this.#met.selfDestruct(frame, state);
  }

  end(_outcome: unknown, state: TraceState): void {
    if (!this.#options.diffMode) return;
    for (const [address, met] of this.#met.accounts) {
      // What is gone is told in what was before alone.
      if (state.isDestructed(address)) continue;
      const post = this.#changes(state, address, met);
      // A slot that was emptied is told in what was before alone.
      if (Object.keys(post).length === 0 && met.storage.size === 0) this.#unchanged.add(address);
      else this.#post[address] = post;
    }
  }

  /** What is another value now; slots that are not go from what was met. */
  #changes(state: TraceState, address: Hex, met: MetAccount): PrestateAccount {
    const post: PrestateAccount = {};
    const balance = state.balance(address);
    if (balance !== met.balance) post.balance = quantity(balance);
    const nonce = state.nonce(address);
    if (nonce !== met.nonce) post.nonce = Number(nonce);
    const codeHash = state.codeHash(address);
    if (codeHash !== met.codeHash) {
      post.codeHash = codeHash;
      if (!this.#options.disableCode) post.code = HexOf.fromBytes(state.code(address));
    }
    const storage: Record<Hex, Hex> = {};
    for (const [key, value] of met.storage) {
      const now = state.storage(address, key);
      if (now === value || value === 0n) met.storage.delete(key);
      if (now !== value && now !== 0n) storage[key] = word(now);
    }
    if (Object.keys(storage).length > 0) post.storage = storage;
    return post;
  }

  result(): unknown {
    const pre: Record<Hex, PrestateAccount> = {};
    for (const [address, met] of this.#met.accounts) {
      if (this.#unchanged.has(address)) continue;
      if (isEmpty(met) && !this.#options.includeEmpty) continue;
      pre[address] = this.#account(met);
    }
    return this.#options.diffMode ? { post: this.#post, pre } : pre;
  }

  #account({ balance, nonce, code, codeHash, storage }: MetAccount): PrestateAccount {
    const { disableCode } = this.#options;
    const slots = [...storage].map(([key, value]) => [key, word(value)]);
    return {
      balance: quantity(balance),
      ...(nonce === 0n ? {} : { nonce: Number(nonce) }),
      ...(code.length === 0 ? {} : { codeHash }),
      ...(code.length === 0 || disableCode ? {} : { code: HexOf.fromBytes(code) }),
      ...(slots.length === 0 ? {} : { storage: Object.fromEntries(slots) }),
    };
  }
}

function isEmpty({ balance, nonce, code }: MetAccount): boolean {
  return balance === 0n && nonce === 0n && code.length === 0;
}
