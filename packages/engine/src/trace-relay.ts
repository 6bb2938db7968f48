// Between the kernel, which tells of a traced transaction by addresses in its memory, and tracers.

import { codeName, forkNames, Halt, opcodes, staticGas } from "@heddle/kernel";
import { readLog } from "./call.ts";
import { type Hex, toBytes, toHex } from "./hex.ts";
import type { KernelInstance, TraceHost } from "./kernel-instance.ts";
import { precompileGas } from "./precompiles/index.ts";
import type {
  FrameKind,
  Trace,
  TracedOutcome,
  TracedTransaction,
  TraceFrame,
  Tracer,
  TracerFactory,
  TraceState,
  TraceStep,
} from "./tracer.ts";

const KINDS: Readonly<Record<number, FrameKind>> = {
  240: "CREATE",
  241: "CALL",
  242: "CALLCODE",
  244: "DELEGATECALL",
  245: "CREATE2",
  250: "STATICCALL",
};
/** Failures of a creation that come after its last instruction. */
const DEPOSIT: ReadonlySet<string> = new Set(["CodeDepositOutOfGas", "CodeSize", "InvalidCode"]);
const RETURN = 0xf3;
const REVERT = 0xfd;

const gasTables = new Map<number, readonly bigint[]>();

/** Static gas of each opcode under the rules of a fork. */
function staticGasOf(fork: number): readonly bigint[] {
  let table = gasTables.get(fork);
  if (table === undefined) {
    const filled = new Array<bigint>(256).fill(0n);
    for (const opcode of opcodes) filled[opcode.code] = BigInt(staticGas(opcode, forkNames[fork]!) ?? 0);
    gasTables.set(fork, filled);
    table = filled;
  }
  return table;
}

/** What memory of so many bytes has cost (Yellow Paper, appendix G). */
function memoryGas(bytes: number): bigint {
  const words = BigInt(bytes) >> 5n;
  return 3n * words + (words * words) / 512n;
}

function unsigned(gas: bigint): bigint {
  return BigInt.asUintN(64, gas);
}

/** A frame that is open, and the instruction of it that is under way. */
interface OpenFrame extends TraceFrame {
  /** The instruction whose cost is not known yet; -1 = none. */
  opcode: number;
  gasBefore: bigint;
  memoryBefore: number;
  last: { opcode: number; stackSize: number } | undefined;
}

/** What is traced: which transactions, and by whom. */
interface Session {
  makeTracer: TracerFactory<Tracer>;
  /** The only transaction that is traced; undefined = all are. */
  only: number | undefined;
  /** Called when a transaction is over; what it throws ends the run. */
  onEnd: (trace: Trace<Tracer>) => void;
}

class View implements TraceState {
  readonly #kernel: KernelInstance;
  #scratch = 0;

  constructor(kernel: KernelInstance) {
    this.#kernel = kernel;
  }

  /** A transaction begins: the block's memory is at hand. */
  begin(): void {
    this.#scratch = this.#kernel.allocate(64);
  }

  #account(address: Hex): number {
    this.#kernel.setWordBytes(this.#scratch, toBytes(address, "address", 20));
    return this.#kernel.exports.traceAccount(this.#scratch) >>> 0;
  }

  balance(address: Hex): bigint {
    return this.#kernel.getWord(this.#kernel.exports.traceBalance(this.#account(address)) >>> 0);
  }

  nonce(address: Hex): bigint {
    return unsigned(this.#kernel.exports.traceNonce(this.#account(address)));
  }

  code(address: Hex): Uint8Array {
    const { exports, layout } = this.#kernel;
    const code = exports.traceCode(this.#account(address)) >>> 0;
    return this.#kernel.copy(
      this.#kernel.getU32(code + layout.Code_bytes),
      this.#kernel.getU32(code + layout.Code_length),
    );
  }

  codeHash(address: Hex): Hex {
    return toHex(this.#kernel.copy(this.#kernel.exports.traceCodeHash(this.#account(address)) >>> 0, 32));
  }

  storage(address: Hex, key: Hex): bigint {
    const account = this.#account(address);
    this.#kernel.setWordBytes(this.#scratch + 32, toBytes(key, "key", 32));
    return this.#kernel.getWord(this.#kernel.exports.traceSlot(account, this.#scratch + 32) >>> 0);
  }

  exists(address: Hex): boolean {
    return this.#kernel.exports.traceExists(this.#account(address)) !== 0;
  }

  isDestructed(address: Hex): boolean {
    return this.#kernel.exports.traceIsDestructed(this.#account(address)) !== 0;
  }
}

class Step implements TraceStep {
  readonly #kernel: KernelInstance;
  readonly state: TraceState;
  frame!: TraceFrame;
  pc = 0;
  opcode = 0;
  gas = 0n;
  #frameAt = 0;
  #stackTop = 0;

  constructor(kernel: KernelInstance, state: TraceState) {
    this.#kernel = kernel;
    this.state = state;
  }

  place(frame: TraceFrame, at: number, stackTop: number): void {
    this.frame = frame;
    this.#frameAt = at;
    this.#stackTop = stackTop;
  }

  #field(offset: number): number {
    return this.#kernel.getU32(this.#frameAt + offset);
  }

  get stackSize(): number {
    return (this.#stackTop - this.#field(this.#kernel.layout.Frame_stackBase)) / 32;
  }

  stack(depth: number): bigint {
    return depth < this.stackSize ? this.#kernel.getWord(this.#stackTop - 32 * depth) : 0n;
  }

  get memorySize(): number {
    return this.#field(this.#kernel.layout.Frame_memorySize);
  }

  memory(offset: number, length: number): Uint8Array {
    const bytes = new Uint8Array(length);
    const end = Math.min(offset + length, this.memorySize);
    const base = this.#field(this.#kernel.layout.Frame_memory);
    if (end > offset) bytes.set(this.#kernel.bytes.subarray(base + offset, base + end));
    return bytes;
  }

  get refund(): bigint {
    return this.#kernel.exports.traceRefund();
  }

  returnData(): Uint8Array {
    const { exports } = this.#kernel;
    return this.#kernel.copy(exports.traceReturnData() >>> 0, exports.traceReturnLength() >>> 0);
  }
}

/** The host functions of tracing for one kernel; idle until a session is opened. */
export class TraceRelay {
  #kernel!: KernelInstance;
  #state!: View;
  #step!: Step;
  #session: Session | undefined;
  #tracer: Tracer = {};
  #transaction!: TracedTransaction;
  #frames: OpenFrame[] = [];
  #staticGas: readonly bigint[] = [];
  #counted = { through: 0, logs: 0 };

  /** An instance takes functions and no object: they are bound here. */
  readonly host: TraceHost = {
    traceTransaction: (t) => this.#onBegin(t >>> 0),
    traceTransactionEnd: (t) => this.#onEnd(t >>> 0),
    traceStep: (frame, pc, opcode, gas, top, depth) =>
      this.#onStep(frame >>> 0, pc >>> 0, opcode, gas, top >>> 0, depth),
    traceEnter: (frame, kind, depth, target) => this.#onEnter(frame >>> 0, kind, depth, target >>> 0),
    traceExit: (frame, status, gasLeft, output, length, depth) =>
      this.#onExit(frame, status, gasLeft, output >>> 0, length >>> 0, depth),
    traceLog: (log) => this.#onLog(log >>> 0),
    traceSelfDestruct: (frame, beneficiary, amount) =>
      this.#onSelfDestruct(frame, beneficiary >>> 0, amount >>> 0),
  };

  attach(kernel: KernelInstance): void {
    this.#kernel = kernel;
    this.#state = new View(kernel);
    this.#step = new Step(kernel, this.#state);
  }

  /** Runs work whose transactions are traced. */
  async during<R>(session: Session, work: () => R | Promise<R>): Promise<R> {
    this.#session = session;
    this.#counted = { through: 0, logs: 0 };
    try {
      return await work();
    } finally {
      this.#session = undefined;
      this.#tracer = {};
      this.#frames = [];
    }
  }

  #onBegin(t: number): number {
    const session = this.#session;
    if (session === undefined) return 0;
    const kernel = this.#kernel;
    const { layout } = kernel;
    const index = kernel.getU32(t + layout.Transaction_index);
    if (session.only !== undefined && session.only !== index) return 0;
    this.#state.begin();
    this.#frames = [];
    this.#staticGas = staticGasOf(kernel.getU32(layout.BLOCK_ENV + layout.BlockEnv_fork));
    const bytes = (field: number, length: number) => kernel.copy(kernel.getU32(t + field), length);
    const isCreate = kernel.getU32(t + layout.Transaction_isCreate) !== 0;
    this.#transaction = {
      index,
      hash: toHex(kernel.copy(t + layout.Transaction_hash, 32)),
      type: kernel.getU32(t + layout.Transaction_type),
      from: this.#address(t + layout.Transaction_sender),
      to: isCreate ? undefined : this.#address(t + layout.Transaction_to),
      nonce: kernel.getU64(t + layout.Transaction_nonce),
      gas: kernel.getU64(t + layout.Transaction_gasLimit),
      value: kernel.getWord(t + layout.Transaction_value),
      input: bytes(layout.Transaction_data, kernel.getU32(t + layout.Transaction_dataLength)),
      logsBefore: this.#logsBefore(index),
      coinbase: this.#address(layout.ENV_COINBASE),
      raw: bytes(layout.Transaction_raw, kernel.getU32(t + layout.Transaction_rawLength)),
    };
    this.#tracer = session.makeTracer(this.#transaction);
    this.#tracer.start?.(this.#state);
    return 1;
  }

  #logsBefore(index: number): number {
    const { layout } = this.#kernel;
    const transactions = this.#kernel.getU32(layout.BLOCK_ENV + layout.BlockEnv_transactions);
    // Each is counted once, where all are traced; a transaction that begins again counts anew.
    let { through, logs } = this.#counted;
    if (index < through) [through, logs] = [0, 0];
    for (; through < index; through++) {
      const t = this.#kernel.getU32(transactions + 4 * through);
      logs += this.#kernel.getU32(t + layout.Transaction_logCount);
    }
    this.#counted = { through, logs };
    return logs;
  }

  #onEnd(t: number): void {
    const kernel = this.#kernel;
    const { layout } = kernel;
    const outcome: TracedOutcome = {
      halt: codeName(Halt, kernel.getU32(t + layout.Transaction_status)),
      gasUsed: kernel.getU64(t + layout.Transaction_gasUsed),
      output: kernel.copy(
        kernel.getU32(t + layout.Transaction_output),
        kernel.getU32(t + layout.Transaction_outputLength),
      ),
    };
    this.#tracer.end?.(outcome, this.#state);
    this.#session?.onEnd({ ...outcome, transaction: this.#transaction, tracer: this.#tracer });
  }

  #onStep(at: number, pc: number, opcode: number, gas: bigint, stackTop: number, depth: number): void {
    const frame = this.#frames[depth]!;
    const left = unsigned(gas);
    this.#stepped(frame, frame.gasBefore - left);
    const step = this.#step;
    step.place(frame, at, stackTop);
    step.pc = pc;
    step.opcode = opcode;
    step.gas = left;
    frame.opcode = opcode;
    frame.gasBefore = left;
    frame.memoryBefore = step.memorySize;
    frame.last = { opcode, stackSize: step.stackSize };
    this.#tracer.step?.(step);
  }

  /** The instruction that was under way in `frame` is over. */
  #stepped(frame: OpenFrame, gasCost: bigint, failure?: TracedOutcome["halt"]): void {
    if (frame.opcode < 0) return;
    frame.opcode = -1;
    this.#tracer.stepped?.({ frame, gasCost, failure });
  }

  #onEnter(at: number, kind: number, depth: number, target: number): void {
    const kernel = this.#kernel;
    const { layout } = kernel;
    const outer = depth === 0 ? undefined : this.#frames[depth - 1]!;
    const gas = kernel.getU64(at + layout.Frame_gas);
    const name = KINDS[kind]!;
    const isCreation = name === "CREATE" || name === "CREATE2";
    if (outer !== undefined) {
      const left = kernel.getU64(kernel.getU32(at + layout.Frame_parent) + layout.Frame_gas);
      this.#stepped(outer, outer.gasBefore - left - (isCreation ? gas : 0n));
    }
    const address = this.#address(at + layout.Frame_address);
    const [input, length] = isCreation
      ? [layout.Frame_codeBytes, layout.Frame_codeLength]
      : [layout.Frame_input, layout.Frame_inputLength];
    const frame: OpenFrame = {
      kind: name,
      depth: depth + 1,
      from: name === "DELEGATECALL" ? address : this.#address(at + layout.Frame_caller),
      to: this.#address(target),
      address,
      value: kernel.getWord(at + layout.Frame_value),
      gas,
      input: kernel.copy(kernel.getU32(at + input), kernel.getU32(at + length)),
      isPrecompile: !isCreation && kernel.exports.traceIsPrecompile(target) !== 0,
      opcode: -1,
      gasBefore: 0n,
      memoryBefore: 0,
      last: undefined,
    };
    this.#frames.length = depth;
    this.#frames.push(frame);
    this.#tracer.enter?.(frame, this.#state);
  }

  #onExit(at: number, status: number, gasLeft: bigint, output: number, length: number, depth: number): void {
    const frame = this.#frames[depth]!;
    const halt = this.#haltOf(frame, codeName(Halt, status));
    const left = unsigned(gasLeft);
    const shortage = unsigned(this.#kernel.exports.traceShortage());
    if (frame.opcode >= 0) this.#endOfLast(frame, at, halt, left, shortage);
    this.#frames.length = depth;
    this.#tracer.exit?.({
      frame,
      halt,
      gasUsed: frame.gas - left,
      last: frame.last,
      output: this.#kernel.copy(output, length),
    });
  }

  /** The kernel does not say whether a precompile fails for its gas or its input. */
  #haltOf({ to, gas, input }: OpenFrame, halt: TracedOutcome["halt"]): TracedOutcome["halt"] {
    if (halt !== "PrecompileFailure") return halt;
    const { layout } = this.#kernel;
    const fork = this.#kernel.getU32(layout.BLOCK_ENV + layout.BlockEnv_fork);
    return precompileGas(Number(to), fork, input) > gas ? "OutOfGas" : halt;
  }

  /** The instruction with which a frame ended. */
  #endOfLast(
    frame: OpenFrame,
    at: number,
    halt: TracedOutcome["halt"],
    left: bigint,
    shortage: bigint,
  ): void {
    const { opcode } = frame;
    const failed = halt !== "Success" && halt !== "Revert" && !DEPOSIT.has(halt);
    // What could not be paid for is told with what it would have cost.
    const cost = shortage > 0n ? frame.gasBefore + shortage : this.#staticGas[opcode]!;
    if (failed) this.#stepped(frame, cost, halt);
    else if (opcode === RETURN || opcode === REVERT) {
      // A creation pays for its code besides: that is not the instruction's.
      const memory = this.#kernel.getU32((at >>> 0) + this.#kernel.layout.Frame_memorySize);
      this.#stepped(frame, memoryGas(memory) - memoryGas(frame.memoryBefore));
    } else this.#stepped(frame, frame.gasBefore - left);
  }

  #onLog(log: number): void {
    if (this.#tracer.log === undefined) return;
    this.#tracer.log(readLog(this.#kernel, log), this.#frames.at(-1));
  }

  #onSelfDestruct(_frame: number, beneficiary: number, amount: number): void {
    const frame = this.#frames.at(-1)!;
    this.#tracer.selfDestruct?.(frame, this.#address(beneficiary), this.#kernel.getWord(amount), this.#state);
  }

  #address(at: number): Hex {
    return toHex(this.#kernel.wordBytes(at, 20));
  }
}
