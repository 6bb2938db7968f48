// The state room for tests: words as bigints, one instance a worker.

import { loadRoom, type Room } from "./room.ts";

export const FORK = { Frontier: 0, Homestead: 1, Spurious: 3, Byzantium: 4, Cancun: 12, Prague: 13 };
export const MODE = { sequential: 0, parallel: 1, inTurn: 2 };
export const FIELD = { balance: 0, nonce: 1, code: 2, life: 3, slot: 4 };
export const EMPTY_CODE_HASH = 0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470n;
export const EMPTY_ROOT = 0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421n;

/** Scratch words of a test instance; the first chunk of the heap stays unused by the kernel for as long. */
const SCRATCH_WORDS = 64;

export class State {
  readonly room: Room;
  // biome-ignore lint/suspicious/noExplicitAny: a room exports what its tests need
  readonly call: any;
  private race: (() => void) | undefined;
  private scratch = 0;
  private next = 0;

  constructor(memory?: WebAssembly.Memory, workerId = 0) {
    // Right before a compare-and-swap of an instance that races, `race` lets others act.
    const host = { yieldPoint: () => this.race?.() };
    this.room = memory === undefined ? loadRoom("state", host) : loadRoom("state", host, memory);
    this.call = this.room.exports;
    this.call.setWorkerId(workerId);
  }

  /** An empty state, then a first block. */
  static fresh(options: { fork?: number; cold?: boolean; seed?: bigint } = {}): State {
    const state = new State();
    state.call.testState(options.seed ?? 0x1234_5678_9abc_def1n, options.cold ? 1 : 0);
    state.block(options.fork ?? FORK.Cancun);
    return state;
  }

  /** Runs `body`; just before its first compare-and-swap, `other` runs, as if a second worker had been quicker. */
  racing<T>(other: () => void, body: () => T): T {
    let raced = false;
    this.race = () => {
      this.race = undefined;
      raced = true;
      other();
    };
    this.call.setRacing(1);
    const result = body();
    this.call.setRacing(0);
    if (!raced) throw new Error("nothing was swapped: there was no race");
    return result;
  }

  block(fork: number, coinbase = 0xc0ffeen): void {
    this.scratch = 0;
    const zero = this.staticWord(coinbase);
    this.call.testBlock(fork, zero);
  }

  /** A word in memory that nothing else uses, for before the arena begins. */
  private staticWord(value: bigint): number {
    const at = 260_000;
    this.write(at, value);
    return at;
  }

  /** A word in scratch memory; valid until 64 others were made. */
  word(value: bigint): number {
    if (this.scratch === 0) this.scratch = this.call.arenaAllocate(SCRATCH_WORDS * 32);
    const at = this.scratch + 32 * (this.next++ % SCRATCH_WORDS);
    this.write(at, value);
    return at;
  }

  write(at: number, value: bigint): void {
    const view = new DataView(this.room.memory.buffer);
    for (let i = 0; i < 4; i++)
      view.setBigUint64(at + 8 * i, (value >> BigInt(64 * i)) & (2n ** 64n - 1n), true);
  }

  read(at: number): bigint {
    const view = new DataView(this.room.memory.buffer);
    let value = 0n;
    for (let i = 3; i >= 0; i--) value = (value << 64n) | view.getBigUint64(at + 8 * i, true);
    return value;
  }

  u32(at: number): number {
    return new DataView(this.room.memory.buffer).getUint32(at, true);
  }

  u64(at: number): bigint {
    return new DataView(this.room.memory.buffer).getBigUint64(at, true);
  }

  /** 32 raw bytes, big-endian. */
  bytes32(value: bigint): number {
    const at = this.word(0n);
    for (let i = 0; i < 32; i++) {
      new Uint8Array(this.room.memory.buffer)[at + i] = Number((value >> BigInt(8 * (31 - i))) & 0xffn);
    }
    return at;
  }

  readBytes32(at: number): bigint {
    return BigInt(`0x${Buffer.from(this.room.bytes(at, 32)).toString("hex")}`);
  }

  load(
    address: bigint,
    account: { nonce?: bigint; balance?: bigint; codeHash?: bigint; root?: bigint },
  ): number {
    return this.call.stateLoadAccount(
      this.word(address),
      account.nonce ?? 0n,
      this.word(account.balance ?? 0n),
      this.bytes32(account.codeHash ?? EMPTY_CODE_HASH),
      this.bytes32(account.root ?? EMPTY_ROOT),
      1,
    );
  }

  loadSlot(address: bigint, key: bigint, value: bigint): number {
    return this.call.stateLoadSlot(this.word(address), this.word(key), this.word(value));
  }

  code(bytes: number[]): number {
    const at = this.call.arenaAllocate(bytes.length + 8);
    this.room.write(at, Uint8Array.from(bytes));
    return this.call.codeIntern(at, bytes.length, 0);
  }

  account(address: bigint): number {
    return this.call.viewAccount(this.word(address));
  }

  balance(address: bigint): bigint {
    return this.read(this.call.accountBalance(this.account(address)));
  }

  nonce(address: bigint): bigint {
    return this.call.accountNonce(this.account(address));
  }

  slot(address: bigint, key: bigint): number {
    return this.call.viewSlot(this.account(address), this.word(key));
  }

  value(address: bigint, key: bigint): bigint {
    return this.read(this.call.slotValue(this.slot(address, key)));
  }

  original(address: bigint, key: bigint): bigint {
    return this.read(this.call.slotOriginal(this.slot(address, key)));
  }

  set(address: bigint, key: bigint, value: bigint): void {
    this.call.slotSet(this.slot(address, key), this.word(value));
  }

  transient(address: bigint, key: bigint): bigint {
    const result = this.word(0n);
    this.call.transientLoad(this.account(address), this.word(key), result);
    return this.read(result);
  }

  setTransient(address: bigint, key: bigint, value: bigint): void {
    this.call.transientStore(this.account(address), this.word(key), this.word(value));
  }

  /** Runs `body` as one transaction and publishes it; returns the Execution. */
  transaction(index: number, body: () => void): number {
    this.call.viewBegin(index);
    body();
    this.call.viewEnd();
    const execution = this.call.viewExecution();
    this.call.versionPublish(execution);
    return execution;
  }

  /** Builds the change list of these executions and commits it; the next block may begin. */
  build(executions: number[]): Change[] {
    const list = this.call.arenaAllocate(4 * executions.length + 8);
    const view = new DataView(this.room.memory.buffer);
    executions.forEach((execution, i) => {
      view.setUint32(list + 4 * i, execution, true);
    });
    this.call.changesBuild(list, executions.length);
    return this.changes();
  }

  /** The list as it stands in memory (state/changes-layout.ts). */
  changes(): Change[] {
    const shared = this.call.changes();
    const [accounts, count] = [this.u32(shared + 8), this.u32(shared + 12)];
    return Array.from({ length: count }, (_, i) => {
      const at = accounts + i * this.call.ACCOUNT_CHANGE_SIZE.value;
      const record = this.u32(at);
      return {
        address: this.read(record) & (2n ** 160n - 1n),
        flags: this.u32(at + 4),
        nonce: this.u64(at + 8),
        balance: this.read(at + 16),
        codeHash: this.readBytes32(at + 48),
        slots: Array.from({ length: this.u32(at + 84) }, (_, j) => {
          const slot = this.u32(at + 80) + j * this.call.SLOT_CHANGE_SIZE.value;
          return [this.read(this.u32(slot) + 8), this.read(slot + 8)] as const;
        }),
      };
    });
  }
}

export interface Change {
  address: bigint;
  flags: number;
  nonce: bigint;
  balance: bigint;
  codeHash: bigint;
  slots: (readonly [bigint, bigint])[];
}
