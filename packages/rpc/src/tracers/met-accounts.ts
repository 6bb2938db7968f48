// Accounts and slots that a transaction may look at or change, as they were before it.

import { decodeTransaction } from "@heddle/chain";
import type { Hex, TracedTransaction, TraceFrame, TraceState, TraceStep } from "@heddle/engine";
import * as Authorization from "ox/Authorization";
import * as ContractAddress from "ox/ContractAddress";
import * as HexOf from "ox/Hex";
import * as Secp256k1 from "ox/Secp256k1";
import { word } from "../encode/quantity.ts";

/** An account as the transaction found it, with the slots of it that it named. */
export interface MetAccount {
  existed: boolean;
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

/** Is told of a transaction as a tracer is, and notes each account and slot before anything of it changes. */
export class MetAccounts {
  readonly accounts = new Map<Hex, MetAccount>();
  readonly #hasSlots: boolean;

  constructor({ slots }: { slots: boolean }) {
    this.#hasSlots = slots;
  }

  start({ from, to, coinbase, type, raw }: TracedTransaction, state: TraceState): void {
    this.#meet(state, from);
    if (to === undefined) this.#meet(state, createAddress(from, state.nonce(from)));
    else this.#meetCalled(state, to);
    this.#meet(state, coinbase);
    if (type === 4) for (const signer of authorizationSigners(raw)) this.#meet(state, signer);
  }

  #meet(state: TraceState, address: Hex): MetAccount {
    let met = this.accounts.get(address);
    if (met === undefined) {
      met = {
        existed: state.exists(address),
        balance: state.balance(address),
        nonce: state.nonce(address),
        code: state.code(address),
        codeHash: state.codeHash(address),
        storage: new Map(),
      };
      this.accounts.set(address, met);
    }
    return met;
  }

  /** A call runs the code of the account's delegation too (EIP-7702). */
  #meetCalled(state: TraceState, address: Hex): void {
    this.#meet(state, address);
    const delegate = delegateOf(state.code(address));
    if (delegate !== undefined) this.#meet(state, delegate);
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
    if (!this.#hasSlots || storage.has(key)) return;
    storage.set(key, state.storage(address, key));
  }

  selfDestruct(frame: TraceFrame, state: TraceState): void {
    this.#meet(state, frame.address);
  }
}

/** Whose code runs in place of this one (EIP-7702); undefined where it is code itself. */
export function delegateOf(code: Uint8Array): Hex | undefined {
  const isDesignator = code.length === 23 && code[0] === 0xef && code[1] === 1 && code[2] === 0;
  return isDesignator ? HexOf.fromBytes(code.subarray(3)) : undefined;
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
