// One transaction with its slots tried as deltas, and what it leaves behind.

import type { ForkName } from "../../src/opcodes.ts";
import { type CallOptions, Evm, fromWord, type Outcome, SELF } from "./evm.ts";

/** A slot that a transaction touched. */
export interface TouchedSlot {
  account: bigint;
  key: bigint;
  /** The value it had, where that is known; as a delta, the one it was run with. */
  before: bigint;
  after: bigint;
  isDelta: boolean;
  /** The list of what was observed. */
  observed: number;
}

/** A transaction: what is there before it, and the call. */
export interface Setting {
  fork: ForkName;
  codes: ReadonlyMap<bigint, Uint8Array>;
  /** By account and key. */
  storage: readonly (readonly [account: bigint, key: bigint, value: bigint])[];
  call?: CallOptions;
}

export interface Run extends Outcome {
  slots: TouchedSlot[];
  logs: string[];
  balances: bigint[];
  refund: bigint;
  stateGas: bigint[];
}

const LOG_HEAD = 16;

export class DeltaEvm extends Evm {
  #touched(): TouchedSlot[] {
    const { exports } = this.room;
    const slots: TouchedSlot[] = [];
    const word = (at: number) => fromWord(this.room.bytes(at, 32));
    for (let s = exports.slotBefore(0); s !== 0; s = exports.slotBefore(s)) {
      slots.push({
        account: word(exports.accountAddress(exports.slotAccount(s))),
        key: word(exports.slotKey(s)),
        before: word(exports.slotSumBase(s)),
        after: word(exports.slotSum(s)),
        isDelta: exports.slotIsDelta(s) !== 0,
        observed: new DataView(this.room.memory.buffer).getUint32(exports.slotObserved(s), true),
      });
    }
    return slots.sort((a, b) => Number(a.account - b.account) || Number(a.key - b.key));
  }

  #logs(): string[] {
    const logs: string[] = [];
    const view = new DataView(this.room.memory.buffer);
    for (let log = this.room.exports.firstLog(); log !== 0; log = view.getUint32(log, true)) {
      const length = LOG_HEAD + 32 + 32 * view.getUint32(log + 8, true) + view.getUint32(log + 12, true);
      logs.push(Buffer.from(this.room.bytes(log + 8, length - 8)).toString("hex"));
    }
    return logs;
  }

  /** Runs the call of SELF as one transaction, with `deltas` where every slot is tried as one. */
  transaction(setting: Setting, deltas: boolean): Run {
    const { exports } = this.room;
    this.forget();
    for (const address of setting.codes.keys()) this.loadAccount(address, 1n, 10n);
    for (const [account, key, value] of setting.storage) this.loadStorage(account, key, value);
    this.begin(setting.fork);
    for (const [address, code] of setting.codes) this.setCode(address, code);
    if (deltas) exports.tryDeltas();
    const outcome = this.call({ gas: 2_000_000n, to: SELF, ...setting.call });
    const slots = this.#touched();
    const refund = this.refund();
    exports.viewEnd();
    const logs = this.#logs();
    exports.setViewMode(0);
    const balances = [...setting.codes.keys()].map((address) => this.balance(address));
    const stateGas = [exports.stateGasLeft.value, exports.stateGasSpilled.value];
    return { ...outcome, slots, refund, logs, balances, stateGas };
  }

  /** Whether what a transaction, the last one, observed of the slot holds for `value` as well. */
  holds(slot: TouchedSlot, value: bigint): boolean {
    return this.room.exports.predicatesHold(slot.observed, this.word("wordA", value)) !== 0;
  }
}
