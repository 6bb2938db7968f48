// Blocks of a crew: how they are laid out in the kernel's memory, and what a run leaves there.

import type * as Address from "ox/Address";
import * as Hex from "ox/Hex";
import { Deltas, Eip, Fork, Predictor } from "../../src/codes.ts";
import type { crewInstance } from "./crew-instance.ts";
import { envelope, type Fields, items } from "./transaction.ts";

export interface AccountState {
  balance?: bigint;
  nonce?: bigint;
  code?: Uint8Array;
  storage?: readonly (readonly [key: bigint, value: bigint])[];
}

export type Accounts = ReadonlyMap<Address.Address, AccountState>;

export interface TestTransaction extends Fields {
  from: Address.Address;
}

export interface TestBlock {
  transactions: readonly TestTransaction[];
  fork?: number;
  /** Bits of Eip; block access lists unless given, so that every outcome has one. */
  eips?: number | undefined;
  /** The block access list that came with the block: it is executed on what that claims. */
  claims?: Uint8Array;
  flags?: number;
  gasLimit?: bigint;
  baseFee?: bigint;
  coinbase?: Address.Address;
  /** The parent beacon block's root is given: its contract is called. */
  parentBeaconRoot?: boolean;
  withdrawals?: readonly { address: Address.Address; gwei: bigint }[];
  /** Which locations are tried as deltas; none unless given. */
  deltas?: Deltas;
  /** For which calls conflicts are predicted; none unless given. */
  predictor?: Predictor;
}

export interface Attempt {
  transaction: number;
  worker: number;
  outcome: number;
  detail: number;
}

/** How a block was run; never part of what must be equal. */
export interface Schedule {
  aborts: number;
  deltas: number;
  predicateFailures: number;
  estimates: number;
  colds: number;
  turns: number;
  /** What was predicted of conflicts (docs/predictor.md). */
  prediction: { predicted: number; right: number; missed: number; saved: number };
  fallbackFrom: number;
  /** Transactions that were executed in order. */
  ordered: number;
  chainLength: number;
  chainGas: bigint;
  /** Oldest first. */
  attempts: Attempt[];
  /** Times each transaction's reads failed. */
  abortsOf: number[];
}

/** What every way of running a block must give alike. */
export interface Outcome {
  failure: number;
  failedIndex: number;
  failedCode: number;
  invalid: number;
  invalidIndex: number;
  gasUsed: bigint;
  blobGasUsed: bigint;
  bloom: string;
  roots: { transactions: string; receipts: string; withdrawals: string; state: string };
  receipts: string[];
  changes: string[];
  /** RLP of the block access list, and its hash. */
  accessList: string;
  accessListHash: string;
}

export const FLAG_SEQUENTIAL = 2;
export const FLAG_NO_STATE_ROOT = 4;
export const FLAG_TRANSACTIONS_ONLY = 8;
export const FLAG_RECORD_SCHEDULE = 16;

export const coinbase: Address.Address = `0x${"c0".repeat(20)}`;

/** An envelope with r = s = 1: the sender is given beside it. */
export function unsigned(fields: Fields): Uint8Array {
  const type = fields.type ?? 0;
  const v: Hex.Hex = type === 0 ? "0x1b" : "0x";
  return Hex.toBytes(envelope(type, [...items(fields), v, "0x01", "0x01"]));
}

type Exports = ReturnType<typeof crewInstance>["exports"];

/** Reads and writes the kernel's memory with the module's layout constants. */
export class CrewMemory {
  readonly x: Exports;
  readonly memory: WebAssembly.Memory;

  constructor(exports: Exports, memory: WebAssembly.Memory) {
    this.x = exports;
    this.memory = memory;
  }

  at(name: string): number {
    return Number(this.x[name].value);
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  u32(structure: number, field: string): number {
    return this.view.getUint32(structure + this.at(field), true);
  }

  setU32(structure: number, field: string, value: number): void {
    this.view.setUint32(structure + this.at(field), value, true);
  }

  u64(structure: number, field: string): bigint {
    return this.view.getBigUint64(structure + this.at(field), true);
  }

  setU64(structure: number, field: string, value: bigint): void {
    this.view.setBigUint64(structure + this.at(field), value, true);
  }

  bytes(address: number, length: number): Uint8Array {
    return new Uint8Array(this.memory.buffer).slice(address, address + length);
  }

  write(address: number, bytes: Uint8Array): void {
    new Uint8Array(this.memory.buffer).set(bytes, address);
  }

  allocate(length: number): number {
    return this.x.arenaAllocate(length) >>> 0;
  }

  word(address: number): bigint {
    let value = 0n;
    for (let i = 3; i >= 0; i--) value = (value << 64n) | this.view.getBigUint64(address + i * 8, true);
    return value;
  }

  setWord(address: number, value: bigint): number {
    for (let i = 0; i < 4; i++) {
      this.view.setBigUint64(address + i * 8, BigInt.asUintN(64, value >> BigInt(64 * i)), true);
    }
    return address;
  }

  hex(address: number, length: number): Hex.Hex {
    return Hex.fromBytes(this.bytes(address, length));
  }

  /** Replaces the whole state. */
  loadState(accounts: Accounts): void {
    const { x } = this;
    x.blockOpen();
    x.stateReset();
    x.blockOpen();
    const slots = [...accounts.values()].reduce((sum, { storage }) => sum + (storage?.length ?? 0), 0);
    x.importBegin(accounts.size, slots);
    const first = this.allocate(64);
    const second = first + 32;
    const code = this.allocate(32768);
    for (const [address, account] of accounts) {
      this.setWord(first, BigInt(address));
      this.setWord(second, account.balance ?? 0n);
      this.write(code, account.code ?? new Uint8Array(0));
      x.importAccountAdd(first, account.nonce ?? 0n, second, code, account.code?.length ?? 0);
      for (const [key, value] of account.storage ?? []) {
        x.importSlotAdd(this.setWord(first, key), this.setWord(second, value));
      }
    }
    x.importEnd();
    x.sequentialStateRoot();
    x.blockCommit();
  }

  /** Opens the block and writes it. `schedulerReset` and `startBlock` follow. */
  layOut(block: TestBlock, flags = 0): void {
    const { x } = this;
    x.blockOpen();
    this.setU32(this.at("CONTROL"), "Control_deltas", block.deltas ?? Deltas.Off);
    this.setU32(this.at("CONTROL"), "Control_predictor", block.predictor ?? Predictor.Off);
    const raw = block.transactions.map(unsigned);
    const byteLength = raw.reduce((sum, { length }) => sum + length, 0);
    const bytes = this.allocate(byteLength + 8);
    const offsets = this.allocate(raw.length * 4 + 8);
    const senders = this.allocate(raw.length * 20 + 8);
    let at = bytes;
    raw.forEach((envelope, i) => {
      this.write(at, envelope);
      this.view.setUint32(offsets + i * 4, at - bytes, true);
      this.write(senders + i * 20, Hex.toBytes(block.transactions[i]!.from));
      at += envelope.length;
    });
    this.view.setUint32(offsets + raw.length * 4, byteLength, true);
    x.blockTransactions(raw.length, bytes, byteLength, offsets, senders);
    const env = this.at("BLOCK_ENV");
    const fork = block.fork ?? Fork.Cancun;
    this.setU32(env, "BlockEnv_fork", fork);
    this.setU32(env, "BlockEnv_eips", block.eips ?? Eip.E7928);
    this.setU32(env, "BlockEnv_flags", (block.flags ?? 0) | FLAG_RECORD_SCHEDULE | flags);
    this.setU64(env, "BlockEnv_chainId", 1n);
    this.setU64(env, "BlockEnv_number", 10n);
    this.setU64(env, "BlockEnv_timestamp", 1000n);
    this.setU64(env, "BlockEnv_gasLimit", block.gasLimit ?? 100_000_000n);
    this.setU32(env, "BlockEnv_blobTarget", 3);
    this.setU32(env, "BlockEnv_blobMax", 6);
    this.setWord(this.at("ENV_COINBASE"), BigInt(block.coinbase ?? coinbase));
    this.setWord(this.at("ENV_BASE_FEE"), block.baseFee ?? 7n);
    this.setWord(this.at("ENV_BLOB_BASE_FEE"), 1n);
    this.setU32(env, "BlockEnv_hasParentBeaconRoot", block.parentBeaconRoot ? 1 : 0);
    const withdrawals = block.withdrawals ?? [];
    const size = this.at("Withdrawal_size");
    const list = this.allocate(withdrawals.length * size + 8);
    withdrawals.forEach(({ address, gwei }, i) => {
      const item = list + i * size;
      this.setU64(item, "Withdrawal_index", BigInt(i));
      this.setU64(item, "Withdrawal_validatorIndex", BigInt(i));
      this.setU64(item, "Withdrawal_amount", gwei);
      this.setWord(item + this.at("Withdrawal_address"), BigInt(address));
    });
    this.setU32(env, "BlockEnv_withdrawals", list);
    this.setU32(env, "BlockEnv_withdrawalCount", withdrawals.length);
    if (block.claims !== undefined) {
      const list = this.allocate(block.claims.length + 8);
      this.write(list, block.claims);
      this.claimsProblem = x.claimsCheck(list, block.claims.length);
      if (this.claimsProblem === 0) x.claimsUse(0);
      x.claimsLoaded();
    }
  }

  /** What was wrong with the form of the claims laid out last: ClaimsProblem. */
  claimsProblem = 0;

  private transaction(index: number): number {
    const pointers = this.u32(this.at("BLOCK_ENV"), "BlockEnv_transactions");
    return this.view.getUint32(pointers + index * 4, true);
  }

  private changes(): string[] {
    const list = this.at("STATE_CONSTANTS");
    const result: string[] = [];
    for (let i = 0; i < this.u32(list, "Changes_accountCount"); i++) {
      const at = this.u32(list, "Changes_accounts") + i * this.at("AccountChange_size");
      const record = this.u32(at, "AccountChange_record");
      const address = this.word(record + this.at("AccountRecord_address")) & (2n ** 160n - 1n);
      const flags =
        this.u32(at, "AccountChange_flags") &
        (this.at("CHANGE_DELETED") | this.at("CHANGE_STORAGE_WIPED") | this.at("CHANGE_CODE"));
      const slots: string[] = [];
      for (let s = 0; s < this.u32(at, "AccountChange_slotCount"); s++) {
        const slot = this.u32(at, "AccountChange_slots") + s * this.at("SlotChange_size");
        const key = this.word(this.u32(slot, "SlotChange_record") + this.at("SlotRecord_key"));
        slots.push(`${key}=${this.word(slot + this.at("SlotChange_value"))}`);
      }
      result.push(
        [
          address.toString(16).padStart(40, "0"),
          `flags ${flags}`,
          `nonce ${this.u64(at, "AccountChange_nonce")}`,
          `balance ${this.word(at + this.at("AccountChange_balance"))}`,
          `code ${this.hex(at + this.at("AccountChange_codeHash"), 4)}`,
          ...slots,
        ].join(" "),
      );
    }
    return result;
  }

  outcome(): Outcome {
    const result = this.at("BLOCK_RESULT");
    const scheduler = this.at("SCHEDULER");
    const failure = this.u32(scheduler, "Scheduler_failure");
    const invalid = this.u32(result, "BlockResult_invalid");
    const outcome: Outcome = {
      failure,
      failedIndex: this.u32(scheduler, "Scheduler_failedIndex"),
      failedCode: this.u32(scheduler, "Scheduler_failedCode"),
      invalid,
      invalidIndex: this.u32(result, "BlockResult_invalidIndex"),
      gasUsed: 0n,
      blobGasUsed: 0n,
      bloom: "",
      roots: { transactions: "", receipts: "", withdrawals: "", state: "" },
      receipts: [],
      changes: [],
      accessList: "",
      accessListHash: "",
    };
    if (failure !== 0) return outcome;
    const count = this.u32(this.at("BLOCK_ENV"), "BlockEnv_transactionCount");
    for (let i = 0; i < count; i++) {
      const t = this.transaction(i);
      outcome.receipts.push(
        this.hex(this.u32(t, "Transaction_receipt"), this.u32(t, "Transaction_receiptLength")),
      );
    }
    return {
      ...outcome,
      gasUsed: this.u64(result, "BlockResult_gasUsed"),
      blobGasUsed: this.u64(result, "BlockResult_blobGasUsed"),
      bloom: this.hex(this.at("RESULT_BLOOM"), 256),
      roots: {
        transactions: this.hex(this.at("RESULT_TRANSACTIONS_ROOT"), 32),
        receipts: this.hex(this.at("RESULT_RECEIPTS_ROOT"), 32),
        withdrawals: this.hex(this.at("RESULT_WITHDRAWALS_ROOT"), 32),
        state: this.hex(this.at("RESULT_STATE_ROOT"), 32),
      },
      changes: this.changes(),
      accessList: this.hex(
        this.u32(result, "BlockResult_accessList"),
        this.u32(result, "BlockResult_accessListLength"),
      ),
      accessListHash: this.hex(this.at("RESULT_ACCESS_LIST_HASH"), 32),
    };
  }

  schedule(): Schedule {
    const s = this.at("SCHEDULER");
    const attempts: Attempt[] = [];
    for (let at = this.u32(s, "Scheduler_attempts"); at !== 0; at = this.u32(at, "Attempt_next")) {
      attempts.push({
        transaction: this.u32(at, "Attempt_transaction"),
        worker: this.u32(at, "Attempt_worker"),
        outcome: this.u32(at, "Attempt_outcome"),
        detail: this.u32(at, "Attempt_detail"),
      });
    }
    const tasks = this.u32(s, "Scheduler_tasks");
    return {
      aborts: this.u32(s, "Scheduler_abortCount"),
      deltas: this.u32(s, "Scheduler_deltaCount"),
      predicateFailures: this.u32(s, "Scheduler_predicateCount"),
      estimates: this.u32(s, "Scheduler_estimateCount"),
      colds: this.u32(s, "Scheduler_coldCount"),
      turns: this.u32(s, "Scheduler_turnCount"),
      prediction: {
        predicted: this.u32(s, "Scheduler_predicted"),
        right: this.u32(s, "Scheduler_predictedRight"),
        missed: this.u32(s, "Scheduler_missedConflicts"),
        saved: this.u32(s, "Scheduler_savedExecutions"),
      },
      ordered: this.u32(s, "Scheduler_orderedCount"),
      fallbackFrom: this.u32(s, "Scheduler_fallbackFrom"),
      chainLength: this.u32(s, "Scheduler_chainLength"),
      chainGas: this.u64(s, "Scheduler_chainGas"),
      attempts: attempts.reverse(),
      abortsOf: Array.from({ length: this.u32(s, "Scheduler_count") }, (_, i) =>
        this.u32(tasks + i * this.at("Task_size"), "Task_aborts"),
      ),
    };
  }
}
