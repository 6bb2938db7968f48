// One instance of the kernel in the current thread: its host functions, and reading and writing the shared memory.

import {
  Deltas,
  encodeOpcodeTable,
  instantiateKernel,
  type KernelExports,
  type KernelHost,
  type Layout,
  Predictor,
} from "@heddle/kernel";
import { KernelPanicError, MemoryExhaustedError } from "./errors.ts";
import { LEARNED, type Speculation } from "./options.ts";

const DELTAS = { learned: Deltas.Learned, off: Deltas.Off, always: Deltas.Always } as const;
const PREDICTOR = { learned: Predictor.Learned, off: Predictor.Off, always: Predictor.Always } as const;

/** Thrown through the kernel's frames by `abortTransaction`; one object an instance, as it is thrown often. */
class AbortSignalOfKernel {
  /** Abort (@heddle/kernel). */
  reason = 0;
  detail = 0;
}

/** The host functions that need libraries: precompiles and signature recovery. */
export type Precompiles = Pick<
  KernelHost,
  "precompile" | "precompileOutputLength" | "precompileOutput" | "recoverAddress"
>;

/** The host functions that hear of a traced transaction. */
export type TraceHost = Pick<
  KernelHost,
  | "traceTransaction"
  | "traceTransactionEnd"
  | "traceStep"
  | "traceEnter"
  | "traceExit"
  | "traceLog"
  | "traceSelfDestruct"
>;

/** Makes the library half of an instance's host functions; `bytes` is the whole memory. */
export type PrecompilesFactory = (bytes: Uint8Array) => Precompiles;

export interface InstanceOptions {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  /** Number of the worker; every instance over one memory has its own. */
  worker: number;
  precompiles: PrecompilesFactory;
  /** What the kernel tells of a traced transaction. */
  trace?: TraceHost;
  /** Tests only, with the test build: called at its points; STEP_TO_DIE_AT is where it was told to die. */
  stop?: ((point: number, index: number) => void) | undefined;
}

/** Code of the kernel's panic at the step that `crashAfter` chose (test build). */
export const STEP_TO_DIE_AT = 0x7406;

export class KernelInstance {
  readonly exports: KernelExports;
  readonly layout: Layout;
  readonly memory: WebAssembly.Memory;
  readonly worker: number;
  readonly signal = new AbortSignalOfKernel();
  /** Views of the whole memory, which never grows (createKernelMemory). */
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly u32: Uint32Array;

  constructor({ module, memory, worker, precompiles, trace, stop }: InstanceOptions) {
    this.memory = memory;
    this.worker = worker;
    this.bytes = new Uint8Array(memory.buffer);
    this.view = new DataView(memory.buffer);
    this.u32 = new Uint32Array(memory.buffer);
    const { signal } = this;
    const { exports, layout } = instantiateKernel(module, memory, {
      ...precompiles(this.bytes),
      ...trace,
      // The same clock in all threads: that of `performance` begins at another moment in each.
      clock: () => Number(process.hrtime.bigint()) / 1000,
      abortTransaction: (reason, detail) => {
        signal.reason = reason;
        signal.detail = detail;
        throw signal;
      },
      outOfMemory: (bytes) => {
        throw new MemoryExhaustedError(bytes >>> 0, this.memoryLimit);
      },
      ...(stop === undefined ? {} : { yieldPoint: stop }),
      panic: (code, detail) => {
        if (code === STEP_TO_DIE_AT) stop?.(code, detail);
        throw new KernelPanicError(code, detail);
      },
    });
    this.exports = exports;
    this.layout = layout;
    exports.setWorkerId(worker);
  }

  /** Writes what all instances over the memory share. Once for a memory, before any other instance is made. */
  static initialiseMemory(
    instance: KernelInstance,
    options: { memoryLimit: number; seed: bigint; speculation?: Speculation },
  ): void {
    const { layout } = instance;
    instance.setU64(layout.CONTROL + layout.Control_memoryLimit, BigInt(options.memoryLimit));
    instance.setU64(layout.CONTROL + layout.Control_seed, options.seed);
    instance.setU32(layout.CONTROL + layout.Control_epoch, 1);
    const { deltas, predictor } = options.speculation ?? LEARNED;
    instance.setU32(layout.CONTROL + layout.Control_deltas, DELTAS[deltas]);
    instance.setU32(layout.CONTROL + layout.Control_predictor, PREDICTOR[predictor]);
    instance.write(layout.OPCODE_TABLE, encodeOpcodeTable());
    instance.exports.initialise();
  }

  get memoryLimit(): bigint {
    return this.view.getBigUint64(this.layout.CONTROL + this.layout.Control_memoryLimit, true);
  }

  getU32(address: number): number {
    return this.u32[address >>> 2]!;
  }

  setU32(address: number, value: number): void {
    this.u32[address >>> 2] = value;
  }

  getU64(address: number): bigint {
    return this.view.getBigUint64(address, true);
  }

  setU64(address: number, value: bigint): void {
    this.view.setBigUint64(address, value, true);
  }

  /** Copies bytes into the memory. */
  write(address: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, address);
  }

  /** A copy of bytes of the memory, in a buffer that is not shared. */
  copy(address: number, length: number): Uint8Array {
    return new Uint8Array(this.bytes.subarray(address, address + length));
  }

  /** A word: four limbs, least significant first. */
  getWord(address: number): bigint {
    const { view } = this;
    return (
      view.getBigUint64(address, true) |
      (view.getBigUint64(address + 8, true) << 64n) |
      (view.getBigUint64(address + 16, true) << 128n) |
      (view.getBigUint64(address + 24, true) << 192n)
    );
  }

  setWord(address: number, value: bigint): void {
    const { view } = this;
    view.setBigUint64(address, value & 0xffffffffffffffffn, true);
    view.setBigUint64(address + 8, (value >> 64n) & 0xffffffffffffffffn, true);
    view.setBigUint64(address + 16, (value >> 128n) & 0xffffffffffffffffn, true);
    view.setBigUint64(address + 24, value >> 192n, true);
  }

  /** Big-endian bytes (an address, a key) as a word: the order of the bytes is turned round. */
  setWordBytes(address: number, bigEndian: Uint8Array): void {
    const { bytes } = this;
    const length = bigEndian.length;
    for (let i = 0; i < length; i++) bytes[address + i] = bigEndian[length - 1 - i]!;
    bytes.fill(0, address + length, address + 32);
  }

  /** The lowest `length` bytes of a word, big-endian: an address is 20 of them. */
  wordBytes(address: number, length: number): Uint8Array {
    const result = new Uint8Array(length);
    for (let i = 0; i < length; i++) result[i] = this.bytes[address + length - 1 - i]!;
    return result;
  }

  /** Memory of the running block. */
  allocate(length: number): number {
    return this.exports.arenaAllocate(length) >>> 0;
  }
}
