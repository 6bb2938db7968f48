// An EVM for the tests of the vm room: one kernel instance, accounts written where a test wants them, code as text.

import { codeName, Halt } from "../../src/codes.ts";
import { encodeOpcodeTable, type ForkName, forkNames, opcodes } from "../../src/opcodes.ts";
import { loadRoom, type Room } from "./room.ts";

export type HaltName = keyof typeof Halt;

export interface Outcome {
  halt: HaltName;
  gasUsed: bigint;
  gasLeft: bigint;
  output: Uint8Array;
}

export interface Step {
  pc: number;
  opcode: number;
  gas: bigint;
  depth: number;
}

const byName = new Map(opcodes.map((opcode) => [opcode.name, opcode]));

/** Bytes of code written as names and 0x literals: `"PUSH1 0x05 SLOAD"`; a bare hex literal stands for itself. */
export function assemble(text: string): Uint8Array {
  const bytes: number[] = [];
  for (const token of text.split(/\s+/).filter((part) => part !== "")) {
    if (token.startsWith("0x")) {
      bytes.push(...Buffer.from(token.slice(2), "hex"));
    } else {
      const opcode = byName.get(token);
      if (opcode === undefined) throw new Error(`no opcode ${token}`);
      bytes.push(opcode.code);
    }
  }
  return Uint8Array.from(bytes);
}

/** PUSH of a number, the shortest that holds it (at least one byte). */
export function push(value: bigint | number): string {
  let hex = BigInt(value).toString(16);
  if (hex.length % 2 === 1) hex = `0${hex}`;
  return `PUSH${hex.length / 2} 0x${hex}`;
}

/** Code that returns the word on top of the stack. */
export const returnTop = "PUSH1 0x00 MSTORE PUSH1 0x20 PUSH1 0x00 RETURN";

export function toWord(value: bigint): Uint8Array {
  const bytes = new Uint8Array(32);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < 4; i++) view.setBigUint64(i * 8, (value >> BigInt(64 * i)) & 0xffffffffffffffffn, true);
  return bytes;
}

export function fromWord(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, 32);
  let value = 0n;
  for (let i = 3; i >= 0; i--) value = (value << 64n) | view.getBigUint64(i * 8, true);
  return value;
}

export function fromBytes(bytes: Uint8Array): bigint {
  return bytes.length === 0 ? 0n : BigInt(`0x${Buffer.from(bytes).toString("hex")}`);
}

export interface CallOptions {
  to?: bigint;
  caller?: bigint;
  value?: bigint;
  input?: Uint8Array;
  gas?: bigint;
  isStatic?: boolean;
}

const places = {
  wordA: 0,
  wordB: 32,
  wordC: 64,
  wordD: 96,
  wordE: 128,
  origin: 192,
  gasPrice: 224,
  blobs: 256,
  hashes: 512,
  data: 512 + 256 * 32,
};

/** Address of the code that `run` runs. */
export const SELF = 0xc0den;
export const CALLER = 0xca11e4n;

export class Evm {
  readonly room: Room;
  steps: Step[] = [];
  /** EIPs on top of the fork: bits of Eip. */
  eips = 0;
  onPrecompile: (
    address: number,
    input: Uint8Array,
    gas: bigint,
  ) => { gas: bigint; output: Uint8Array } | undefined = () => undefined;
  #base: number;
  #precompileOutput = new Uint8Array();

  constructor(memory?: WebAssembly.Memory) {
    const host = {
      traceStep: (_frame: number, pc: number, opcode: number, gas: bigint, _top: number, depth: number) => {
        this.steps.push({ pc, opcode, gas: BigInt.asUintN(64, gas), depth });
      },
      traceEnter: () => {},
      traceExit: () => {},
      traceLog: () => {},
      traceSelfDestruct: () => {},
      precompile: (address: number, _fork: number, input: number, length: number, gas: bigint) => {
        const result = this.onPrecompile(address, this.room.bytes(input, length), gas);
        if (result === undefined) return -1n;
        this.#precompileOutput = Uint8Array.from(result.output);
        return result.gas;
      },
      precompileOutputLength: () => this.#precompileOutput.length,
      precompileOutput: (at: number) => this.room.write(at, this.#precompileOutput),
    };
    this.room = loadRoom("vm", host, memory);
    const { exports } = this.room;
    this.room.write(exports.OPCODE_TABLE.value, encodeOpcodeTable());
    exports.prepare();
    // A chunk of the worker's own for the inputs of the test, which the block arena's reset leaves alone.
    this.#base = exports.testChunk(2);
  }

  place(name: keyof typeof places): number {
    return this.#base + places[name];
  }

  word(name: keyof typeof places, value: bigint): number {
    const at = this.place(name);
    this.room.write(at, toWord(value));
    return at;
  }

  /** Forgets all accounts. */
  forget(): void {
    this.room.exports.forget();
  }

  setSlotNumber(slot: bigint): void {
    this.room.exports.setSlotNumber(slot);
  }

  /** Begins a transaction. */
  begin(fork: ForkName = "Osaka", stepping = false, blobs: Uint8Array[] = []): void {
    this.steps = [];
    blobs.forEach((hash, i) => {
      this.room.write(this.place("blobs") + 32 * i, hash);
    });
    this.room.exports.begin(
      forkNames.indexOf(fork),
      this.eips,
      stepping,
      this.word("origin", 0x0419190n),
      this.word("gasPrice", 7n),
      this.place("blobs"),
      blobs.length,
    );
  }

  /** An account that is there before the transaction; call before `begin`. */
  loadAccount(address: bigint, nonce = 1n, balance = 0n): void {
    this.room.exports.stateLoadAccount(
      this.word("wordA", address),
      nonce,
      this.word("wordB", balance),
      this.room.exports.codeHash(this.room.exports.EMPTY_CODE.value),
      this.word("wordC", 0n),
      1,
    );
  }

  /** A slot of such an account. */
  loadStorage(address: bigint, key: bigint, value: bigint): void {
    this.room.exports.stateLoadSlot(
      this.word("wordA", address),
      this.word("wordB", key),
      this.word("wordC", value),
    );
  }

  account(address: bigint): number {
    return this.room.exports.viewAccount(this.word("wordA", address));
  }

  setCode(address: bigint, code: Uint8Array | string): void {
    const bytes = typeof code === "string" ? assemble(code) : code;
    this.room.write(this.place("data"), bytes);
    const account = this.account(address);
    this.room.exports.accountSetCode(
      account,
      this.room.exports.codeIntern(this.place("data"), bytes.length, 0),
    );
    this.room.exports.accountSetNonce(account, 1n);
  }

  setBalance(address: bigint, value: bigint): void {
    this.room.exports.accountSetBalance(this.account(address), this.word("wordB", value));
  }

  setNonce(address: bigint, nonce: bigint): void {
    this.room.exports.accountSetNonce(this.account(address), nonce);
  }

  balance(address: bigint): bigint {
    return fromWord(this.room.bytes(this.room.exports.accountBalance(this.account(address)), 32));
  }

  nonce(address: bigint): bigint {
    return BigInt.asUintN(64, this.room.exports.accountNonce(this.account(address)));
  }

  code(address: bigint): Uint8Array {
    const code = this.room.exports.accountCode(this.account(address));
    const view = new DataView(this.room.memory.buffer);
    return this.room.bytes(view.getUint32(code, true), view.getUint32(code + 4, true));
  }

  storage(address: bigint, key: bigint): bigint {
    const slot = this.room.exports.viewSlot(this.account(address), this.word("wordB", key));
    return fromWord(this.room.bytes(this.room.exports.slotValue(slot), 32));
  }

  refund(): bigint {
    return this.room.exports.viewRefund();
  }

  #outcome(halt: number, gas: bigint): Outcome {
    const { exports } = this.room;
    const gasLeft = BigInt.asUintN(64, exports.resultGasLeft.value);
    return {
      halt: codeName(Halt, halt),
      gasLeft,
      gasUsed: gas - gasLeft,
      output: this.room.bytes(exports.resultOutput.value, exports.resultOutputLength.value),
    };
  }

  /** Calls an account within the transaction that `begin` began. */
  call(options: CallOptions = {}): Outcome {
    const gas = options.gas ?? 10_000_000n;
    const input = options.input ?? new Uint8Array();
    this.room.write(this.place("data"), input);
    const to = this.word("wordB", options.to ?? SELF);
    const value = this.word("wordC", options.value ?? 0n);
    const halt = this.room.exports.runCall(
      0xf1,
      this.word("wordA", options.caller ?? CALLER),
      to,
      to,
      value,
      value,
      this.place("data"),
      input.length,
      gas,
      options.isStatic ?? false,
    );
    return this.#outcome(halt, gas);
  }

  create(address: bigint, initcode: Uint8Array | string, options: CallOptions = {}): Outcome {
    const gas = options.gas ?? 10_000_000n;
    const bytes = typeof initcode === "string" ? assemble(initcode) : initcode;
    this.room.write(this.place("data"), bytes);
    const halt = this.room.exports.runCreate(
      this.word("wordA", options.caller ?? CALLER),
      this.word("wordC", options.value ?? 0n),
      this.place("data"),
      bytes.length,
      gas,
      this.word("wordD", address),
    );
    return this.#outcome(halt, gas);
  }

  /** Runs code at SELF in a transaction and state of its own. */
  run(
    code: Uint8Array | string,
    fork: ForkName = "Osaka",
    options: CallOptions = {},
    stepping = false,
  ): Outcome {
    this.begin(fork, stepping);
    this.setCode(SELF, code);
    return this.call(options);
  }

  /** The word that the code leaves on top of the stack. */
  value(code: string, fork: ForkName = "Osaka", options: CallOptions = {}): bigint {
    const outcome = this.run(`${code} ${returnTop}`, fork, options);
    if (outcome.halt !== "Success") throw new Error(outcome.halt);
    return fromBytes(outcome.output);
  }
}
