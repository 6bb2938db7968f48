// prestateTracer: what a transaction needs of the state, or what it changes of it.

import { decodeTransaction } from "@heddle/chain";
import type { Hex, TracedTransaction, TraceFrame, TraceState, TraceStep } from "@heddle/engine";
import * as Authorization from "ox/Authorization";
import * as ContractAddress from "ox/ContractAddress";
import * as HexOf from "ox/Hex";
import * as Secp256k1 from "ox/Secp256k1";
import { quantity, word } from "../encode/quantity.ts";
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

interface Met {
  balance: bigint;
  nonce: bigint;
  code: Uint8Array;
  codeHash: Hex;
  storage: Map<Hex, bigint>;
}

const LOOKS_AT_ACCOUNT: ReadonlySet<number> = new Set([0x31, 0x3b, 0x3c, 0x3f, 0xff]);
const CALLS: ReadonlySet<number> = new Set([0xf1, 0xf2, 0xf4, 0xfa]);
const SLOAD = 0x54;
const SSTORE = 0x55;
const CREATE = 0xf0;
const CREATE2 = 0xf5;

export class PrestateTracer implements ResultTracer {
  readonly #transaction: TracedTransaction;
  readonly #options: PrestateTracerOptions;
  readonly #met = new Map<Hex, Met>();
  #post: Record<Hex, PrestateAccount> = {};
  readonly #unchanged = new Set<Hex>();

  constructor(transaction: TracedTransaction, options: PrestateTracerOptions = {}) {
    this.#transaction = transaction;
    this.#options = options;
  }

  start(state: TraceState): void {
    const { from, to, coinbase, type, raw } = this.#transaction;
    this.#meet(state, from);
    if (to === undefined) this.#meet(state, createAddress(from, state.nonce(from)));
    else this.#meetCalled(state, to);
    this.#meet(state, coinbase);
    if (type === 4) for (const signer of authorizationSigners(raw)) this.#meet(state, signer);
  }

  #meet(state: TraceState, address: Hex): Met {
    let met = this.#met.get(address);
    if (met === undefined) {
      met = {
        balance: state.balance(address),
        nonce: state.nonce(address),
        code: state.code(address),
        codeHash: state.codeHash(address),
        storage: new Map(),
      };
      this.#met.set(address, met);
    }
    return met;
  }

  /** A call runs the code of the account's delegation too (EIP-7702). */
  #meetCalled(state: TraceState, address: Hex): void {
    this.#meet(state, address);
    const code = state.code(address);
    if (code.length === 23 && code[0] === 0xef && code[1] === 1 && code[2] === 0) {
      this.#meet(state, HexOf.fromBytes(code.subarray(3)));
    }
  }

  step(step: TraceStep): void {
    const { opcode, stackSize, state, frame } = step;
    if (stackSize >= 1 && (opcode === SLOAD || opcode === SSTORE)) {
      this.#meetSlot(state, frame.address, word(step.stack(0)));
    } else if (stackSize >= 1 && LOOKS_AT_ACCOUNT.has(opcode)) {
      this.#meet(state, addressOf(step.stack(0)));
    } else if (stackSize >= 5 && CALLS.has(opcode)) {
      this.#meetCalled(state, addressOf(step.stack(1)));
    } else if (opcode === CREATE) {
      this.#meet(state, createAddress(frame.address, state.nonce(frame.address)));
    } else if (opcode === CREATE2 && stackSize >= 4) {
      const [offset, length] = [step.stack(1), step.stack(2)];
      // Longer than any initcode that is paid for: the creation will fail.
      if (length > 0x100_0000n || offset > 0x1_0000_0000n) return;
      const initcode = step.memory(Number(offset), Number(length));
      const salt = word(step.stack(3));
      const created = ContractAddress.fromCreate2({ from: frame.address, salt, bytecode: initcode });
      this.#meet(state, created.toLowerCase() as Hex);
    }
  }

  #meetSlot(state: TraceState, address: Hex, key: Hex): void {
    const { storage } = this.#meet(state, address);
    if (this.#options.disableStorage || storage.has(key)) return;
    storage.set(key, state.storage(address, key));
  }

  selfDestruct(frame: TraceFrame, _beneficiary: Hex, _amount: bigint, state: TraceState): void {
    this.#meet(state, frame.address);
  }

  end(_outcome: unknown, state: TraceState): void {
    if (!this.#options.diffMode) return;
    for (const [address, met] of this.#met) {
      // What is gone is told in what was before alone.
      if (state.isDestructed(address)) continue;
      const post = this.#changes(state, address, met);
      // A slot that was emptied is told in what was before alone.
      if (Object.keys(post).length === 0 && met.storage.size === 0) this.#unchanged.add(address);
      else this.#post[address] = post;
    }
  }

  /** What is another value now; slots that are not go from what was met. */
  #changes(state: TraceState, address: Hex, met: Met): PrestateAccount {
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
    for (const [address, met] of this.#met) {
      if (this.#unchanged.has(address)) continue;
      if (isEmpty(met) && !this.#options.includeEmpty) continue;
      pre[address] = this.#account(met);
    }
    return this.#options.diffMode ? { post: this.#post, pre } : pre;
  }

  #account({ balance, nonce, code, codeHash, storage }: Met): PrestateAccount {
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

function isEmpty({ balance, nonce, code }: Met): boolean {
  return balance === 0n && nonce === 0n && code.length === 0;
}

function addressOf(stackWord: bigint): Hex {
  return word(stackWord).replace(/^0x.{24}/, "0x") as Hex;
}

function createAddress(from: Hex, nonce: bigint): Hex {
  return ContractAddress.fromCreate({ from, nonce }).toLowerCase() as Hex;
}

/** Who has signed the transaction's authorizations (EIP-7702); what nobody can have signed is left out. */
function authorizationSigners(raw: Uint8Array): Hex[] {
  return (decodeTransaction(raw).authorizationList ?? []).flatMap(
    ({ chainId, address, nonce, yParity, r, s }) => {
      try {
        const payload = Authorization.getSignPayload({ chainId: Number(chainId), address, nonce });
        const signature = { r: word(r), s: word(s), yParity: Number(yParity) };
        return [Secp256k1.recoverAddress({ payload, signature }).toLowerCase() as Hex];
      } catch {
        return [];
      }
    },
  );
}
