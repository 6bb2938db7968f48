import { hex, keccak, referenceRoot, rlp, unhex } from "./reference-trie.ts";
import { integer } from "./transaction.ts";
import type { TrieWorker } from "./trie.ts";

export const DELETED = 1;
export const WIPED = 2;
/** Numbers of accounts and of slots of one account that a test may use. */
const ACCOUNTS = 64;
const SLOTS = 1600;

export interface SlotValue {
  low: bigint;
  high: bigint;
}

export interface AccountState {
  nonce: bigint;
  balance: bigint;
  code: number;
  storage: Map<number, SlotValue>;
}

/** Accounts by number, as a block leaves them. */
export type State = Map<number, AccountState>;

export interface BlockChange {
  account: number;
  flags: number;
  nonce: bigint;
  balance: bigint;
  code: number;
  slots: Map<number, SlotValue>;
}

function mask64(value: bigint): bigint {
  return value & 0xffff_ffff_ffff_ffffn;
}

function big(value: bigint, length: number): Uint8Array {
  return unhex(value.toString(16).padStart(length * 2, "0"));
}

const bytes = (value: bigint): Uint8Array => unhex(integer(value).slice(2));

function address(account: number): Uint8Array {
  const number = BigInt(account);
  const word = (0xabcdef01n << 128n) | (number << 64n) | mask64(number * 0x9e3779b97f4a7c15n);
  return big(word, 20);
}

function slotKey(slot: number): Uint8Array {
  const number = BigInt(slot);
  return big((mask64(number << 40n) << 192n) | (2n << 128n) | ((number * 3n) << 64n) | number, 32);
}

/** The state root of `state`, from scratch. */
export function referenceStateRoot(state: State): string {
  const entries = new Map<string, string>();
  for (const [account, fields] of state) {
    const storage = new Map<string, string>();
    for (const [slot, value] of fields.storage) {
      storage.set(hex(keccak(slotKey(slot))), hex(rlp(bytes((value.high << 192n) | value.low))));
    }
    const leaf = rlp([
      bytes(fields.nonce),
      bytes(((fields.balance >> 32n) << 192n) | fields.balance),
      unhex(referenceRoot(storage)),
      new Uint8Array(32).fill(fields.code),
    ]);
    entries.set(hex(keccak(address(account))), hex(leaf));
  }
  return referenceRoot(entries);
}

export function applyBlock(state: State, changes: readonly BlockChange[]): void {
  for (const change of changes) {
    if (change.flags & DELETED) {
      state.delete(change.account);
      continue;
    }
    const before = state.get(change.account);
    const storage = before === undefined || change.flags & WIPED ? new Map() : new Map(before.storage);
    for (const [slot, value] of change.slots) {
      if (value.low === 0n && value.high === 0n) storage.delete(slot);
      else storage.set(slot, value);
    }
    state.set(change.account, {
      nonce: change.nonce,
      balance: change.balance,
      code: change.code,
      storage,
    });
  }
}

/** Changes of up to `accounts` accounts; now and then one has hundreds of slots. */
export function randomBlock(random: () => number, state: State, accounts: number): BlockChange[] {
  const below = (limit: number) => Math.floor(random() * limit);
  const chosen = new Set(Array.from({ length: accounts }, () => below(ACCOUNTS)));
  return [...chosen].map((account) => {
    const exists = state.has(account);
    const chance = random();
    const flags = exists && chance < 0.1 ? DELETED | WIPED : chance < 0.2 ? WIPED : 0;
    const slotCount =
      flags & DELETED ? 0 : random() < 0.05 ? 256 + below(900) : random() < 0.5 ? below(12) : 0;
    const slots = new Map<number, SlotValue>();
    for (let i = 0; i < slotCount; i++) {
      const isZero = random() < 0.3;
      const value = { low: BigInt(below(300)), high: random() < 0.3 ? BigInt(below(2 ** 40)) : 0n };
      slots.set(below(slotCount > 12 ? SLOTS : 30), isZero ? { low: 0n, high: 0n } : value);
    }
    return {
      account,
      flags,
      nonce: BigInt(below(1000)),
      balance: BigInt(below(2 ** 48)),
      code: below(256),
      slots,
    };
  });
}

/** The records of all accounts and slots of a test, outside of the block arena. */
export class Records {
  #worker: TrieWorker;
  readonly #accounts: number;
  readonly #slots: number;
  readonly #made = new Set<number>();

  constructor(worker: TrieWorker) {
    const size = (name: string) => worker.room.exports[name].value as number;
    this.#worker = worker;
    const bytes = ACCOUNTS * size("ACCOUNT_RECORD") + ACCOUNTS * SLOTS * size("SLOT_RECORD");
    this.#accounts = worker.call("allocateChunks", Math.ceil(bytes / 262144), 3);
    this.#slots = this.#accounts + ACCOUNTS * size("ACCOUNT_RECORD");
    this.clear();
  }

  /** All accounts and slots as they are before the first block. */
  clear(): void {
    for (let i = 0; i < ACCOUNTS; i++) this.#worker.call("placeAccount", this.account(i), BigInt(i));
    this.#made.clear();
  }

  /** Goes on with another instance over the same memory. */
  useWorker(worker: TrieWorker): void {
    this.#worker = worker;
  }

  account(number: number): number {
    return this.#accounts + number * this.#worker.room.exports["ACCOUNT_RECORD"].value;
  }

  slot(account: number, number: number): number {
    const index = account * SLOTS + number;
    const at = this.#slots + index * this.#worker.room.exports["SLOT_RECORD"].value;
    if (!this.#made.has(index)) this.#worker.call("placeSlot", at, this.account(account), BigInt(number));
    this.#made.add(index);
    return at;
  }

  /** Writes the change list of a block into the arena. */
  changeList(changes: readonly BlockChange[]): number {
    const worker = this.#worker;
    const accountSize = worker.room.exports["ACCOUNT_CHANGE"].value;
    const slotSize = worker.room.exports["SLOT_CHANGE"].value;
    const list = worker.allocate(changes.length * accountSize);
    for (const [index, change] of changes.entries()) {
      const slots = worker.allocate(change.slots.size * slotSize);
      let at = slots;
      for (const [slot, value] of change.slots) {
        worker.call("placeSlotChange", at, this.slot(change.account, slot), value.low, value.high);
        at += slotSize;
      }
      worker.call(
        "placeAccountChange",
        list + index * accountSize,
        this.account(change.account),
        change.flags,
        change.nonce,
        change.balance,
        change.code,
        slots,
        change.slots.size,
      );
    }
    return list;
  }
}
