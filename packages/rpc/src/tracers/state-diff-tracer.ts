// stateDiff of trace_*: what a transaction leaves otherwise than it found it.

import type { Hex, StateEdit, TracedTransaction, TraceFrame, TraceState, TraceStep } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { quantity, word } from "../encode/quantity.ts";
import { type MetAccount, MetAccounts } from "./met-accounts.ts";
import type { ResultTracer } from "./tracer.ts";

/** A value that stayed, that came with its account, that went with it, or that is another one now. */
export type Difference = "=" | { "+": Hex } | { "-": Hex } | { "*": { from: Hex; to: Hex } };

/** An account as stateDiff tells it: slots that stayed are left out. */
export interface AccountDifference {
  balance: Difference;
  code: Difference;
  nonce: Difference;
  storage: Record<Hex, Difference>;
}

export type StateDifference = Record<Hex, AccountDifference>;

/** Wraps what a value was and is. */
type Compare = (from: Hex, to: Hex) => Difference;

const changed: Compare = (from, to) => (from === to ? "=" : { "*": { from, to } });
const born: Compare = (_from, to) => ({ "+": to });
const died: Compare = (from) => ({ "-": from });

export class StateDiffTracer implements ResultTracer {
  readonly #transaction: TracedTransaction;
  readonly #met = new MetAccounts({ slots: true });
  readonly #difference: StateDifference = {};
  readonly #edits: StateEdit[] = [];

  constructor(transaction: TracedTransaction) {
    this.#transaction = transaction;
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
    for (const [address, met] of this.#met.accounts) {
      // What is destructed goes right after this.
      const exists = this.#counts(address) || (state.exists(address) && !state.isDestructed(address));
      if (!met.existed && !exists) continue;
      const compare = !exists ? died : met.existed ? changed : born;
      const account = this.#compare(address, met, state, compare);
      if (account === undefined) continue;
      this.#difference[address] = account;
      this.#edits.push(this.#edit(address, met, state, exists));
    }
  }

  /** A message is told as the transaction that it would be: it counts for its sender. */
  #counts(address: Hex): boolean {
    return this.#transaction.raw.length === 0 && address === this.#transaction.from;
  }

  #nonce(address: Hex, met: MetAccount, state: TraceState): bigint {
    return this.#counts(address) ? met.nonce + 1n : state.nonce(address);
  }

  #compare(
    address: Hex,
    met: MetAccount,
    state: TraceState,
    compare: Compare,
  ): AccountDifference | undefined {
    const storage: Record<Hex, Difference> = {};
    for (const [key, value] of met.storage) {
      const now = compare === died ? 0n : state.storage(address, key);
      if (now !== value) storage[key] = compare(word(value), word(now));
    }
    const account: AccountDifference = {
      balance: compare(quantity(met.balance), quantity(state.balance(address))),
      code: compare(HexOf.fromBytes(met.code), HexOf.fromBytes(state.code(address))),
      nonce: compare(quantity(met.nonce), quantity(this.#nonce(address, met, state))),
      storage,
    };
    const isSame = account.balance === "=" && account.code === "=" && account.nonce === "=";
    return isSame && Object.keys(storage).length === 0 ? undefined : account;
  }

  #edit(address: Hex, met: MetAccount, state: TraceState, exists: boolean): StateEdit {
    if (!exists) return { address, deleted: true };
    return {
      address,
      balance: state.balance(address),
      nonce: this.#nonce(address, met, state),
      ...(state.codeHash(address) === met.codeHash ? {} : { code: state.code(address) }),
      storage: [...met.storage.keys()].map((key) => [key, state.storage(address, key)] as const),
    };
  }

  result(): StateDifference {
    return this.#difference;
  }

  /** What makes the state that the transaction found the one that it left. */
  get edits(): readonly StateEdit[] {
    return this.#edits;
  }
}
