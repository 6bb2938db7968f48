// What a transaction is by itself: who signed it, and whether it could be valid in any block under some rules.

import { codeName, compileKernel, createKernelMemory, eipBits, Invalid } from "@heddle/kernel";
import type { InvalidReason } from "./errors.ts";
import type { Rules } from "./forks.ts";
import { KernelInstance } from "./kernel-instance.ts";
import { loadPrecompiles } from "./library-calls.ts";

/** A transaction as the kernel decoded it. Where `invalid` is given, what comes after what is wrong may be zero. */
export interface InspectedTransaction {
  /** Why no block under the rules can hold it; undefined = it depends on block and state. */
  invalid: InvalidReason | undefined;
  /** The value that `invalid` complains of, and what it was compared with; 0 where there is none. */
  met: bigint;
  expected: bigint;
  hash: Uint8Array;
  sender: Uint8Array;
  /** EIP-2718; 0 = legacy. */
  type: number;
  nonce: bigint;
  gasLimit: bigint;
  value: bigint;
  /** The gas price up to type 1. */
  maxFeePerGas: bigint;
  maxPriorityFeePerGas: bigint;
  /** Gas that it costs before its first instruction. */
  intrinsicGas: bigint;
  isCreate: boolean;
}

/** Room for the longest transaction that a block may hold. */
const MEMORY = 64 * 2 ** 20;
/** Of them, what inspected transactions take before their memory is given back. */
const OPEN_BYTES = 8 * 2 ** 20;
/** What a transaction takes besides its bytes: its structure and lists that are copied. */
const OVERHEAD = 2048;

/** Decodes a raw transaction by itself, recovers its signer unless given, and checks it under `rules`. A block is open. */
export function inspectTransaction(
  kernel: KernelInstance,
  rules: Rules,
  raw: Uint8Array,
  sender?: Uint8Array,
): InspectedTransaction {
  const { exports, layout } = kernel;
  kernel.setU32(layout.BLOCK_ENV + layout.BlockEnv_fork, rules.fork);
  kernel.setU32(
    layout.BLOCK_ENV + layout.BlockEnv_flags,
    rules.unlimitedCodeSize ? layout.FLAG_UNLIMITED_CODE : 0,
  );
  kernel.setU32(layout.BLOCK_ENV + layout.BlockEnv_eips, eipBits(rules.eips));
  kernel.setU64(layout.BLOCK_ENV + layout.BlockEnv_chainId, rules.chainId);
  const at = kernel.allocate(8 + 24 + raw.length + 8);
  kernel.setU32(at, 0);
  kernel.setU32(at + 4, raw.length);
  if (sender !== undefined) kernel.write(at + 8, sender);
  kernel.write(at + 32, raw);
  exports.blockTransactions(1, at + 32, raw.length, at, sender === undefined ? 0 : at + 8);
  const invalid = exports.blockInspect();
  const t = kernel.getU32(kernel.getU32(layout.BLOCK_ENV + layout.BlockEnv_transactions));
  // Where the sender is given, decoding needs no hash.
  if (sender !== undefined) exports.keccak256(t + layout.Transaction_hash, at + 32, raw.length);
  return {
    invalid: invalid === Invalid.None ? undefined : codeName(Invalid, invalid),
    // Their memory is used for sums as well.
    met: invalid === Invalid.None ? 0n : kernel.getWord(t + layout.Transaction_met),
    expected: invalid === Invalid.None ? 0n : kernel.getWord(t + layout.Transaction_expected),
    hash: kernel.copy(t + layout.Transaction_hash, 32),
    sender: kernel.wordBytes(t + layout.Transaction_sender, 20),
    type: kernel.getU32(t + layout.Transaction_type),
    nonce: kernel.getU64(t + layout.Transaction_nonce),
    gasLimit: kernel.getU64(t + layout.Transaction_gasLimit),
    value: kernel.getWord(t + layout.Transaction_value),
    maxFeePerGas: kernel.getWord(t + layout.Transaction_maxFee),
    maxPriorityFeePerGas: kernel.getWord(t + layout.Transaction_priorityFee),
    intrinsicGas: kernel.getU64(t + layout.Transaction_intrinsicGas),
    isCreate: kernel.getU32(t + layout.Transaction_isCreate) !== 0,
  };
}

/**
 * Looks at single transactions in the caller's thread, beside any engine: for pools.
 *
 * @example
 * ```ts
 * const inspector = await TransactionInspector.create();
 * const { invalid, sender } = inspector.inspect(engine.rulesAt(header), raw);
 * ```
 */
export class TransactionInspector {
  private readonly kernel: KernelInstance;
  /** Bytes of memory that the open block may still take. */
  private left = 0;

  private constructor(kernel: KernelInstance) {
    this.kernel = kernel;
  }

  static async create(): Promise<TransactionInspector> {
    const memory = createKernelMemory(MEMORY);
    const precompiles = await loadPrecompiles();
    const kernel = new KernelInstance({ module: compileKernel(), memory, worker: 0, precompiles });
    KernelInstance.initialiseMemory(kernel, { memoryLimit: MEMORY, seed: 1n });
    return new TransactionInspector(kernel);
  }

  /**
   * `sender`, where it is given, is trusted and the signature not looked at.
   * @throws MemoryExhaustedError for a transaction of tens of megabytes
   */
  inspect(rules: Rules, raw: Uint8Array, sender?: Uint8Array): InspectedTransaction {
    // Opening a block takes longer than looking at a transaction: one serves for many.
    this.left -= raw.length + OVERHEAD;
    if (this.left < 0) {
      this.kernel.exports.blockOpen();
      this.left = OPEN_BYTES - raw.length - OVERHEAD;
    }
    return inspectTransaction(this.kernel, rules, raw, sender);
  }
}
