// Runs transactions and blocks in the current thread, in order and synchronously: for tests and tools that run many
// small things one after the other, each on a state of its own.

import { codeName, compileKernel, createKernelMemory, Failure, Invalid } from "@heddle/kernel";
import * as Rlp from "ox/Rlp";
import {
  type BlockInput,
  checkBlockInput,
  type ExecutionHeader,
  type RecentHashes,
  writeBlock,
} from "./block-input.ts";
import { type BlockOutcome, readBlockOutcome } from "./block-outcome.ts";
import { type CallHeader, type CallInput, type CallResult, callHere } from "./call.ts";
import { checkClaims, compareLists, isWorthUsing, useClaims } from "./claims.ts";
import { InvalidBlockError } from "./errors.ts";
import { Fork, type Rules } from "./forks.ts";
import { type Hex, quantityBytes, toBytes, toHex, toQuantity } from "./hex.ts";
import { KernelInstance } from "./kernel-instance.ts";
import { loadPrecompiles } from "./library-calls.ts";
import { MAX_MEMORY } from "./options.ts";
import { ResettableState } from "./resettable-state.ts";
import type { Allocation } from "./state-import.ts";

type Quantity = bigint | number | string;

/** A transaction as fixtures give it, unsigned. Which fields are there decides its type unless `type` says so. */
export interface TransactionFields {
  type?: number;
  chainId?: Quantity;
  nonce: Quantity;
  gasPrice?: Quantity;
  maxFeePerGas?: Quantity;
  maxPriorityFeePerGas?: Quantity;
  gasLimit: Quantity;
  /** Empty or absent: creates a contract. */
  to?: Hex | "" | undefined;
  value: Quantity;
  data: Hex;
  accessList?: readonly { address: Hex; storageKeys: readonly Hex[] }[];
  maxFeePerBlobGas?: Quantity;
  blobVersionedHashes?: readonly Hex[];
  authorizationList?: readonly {
    chainId: Quantity;
    address: Hex;
    nonce: Quantity;
    yParity: Quantity;
    r: Quantity;
    s: Quantity;
  }[];
}

/** What running one transaction gave. */
export interface TransactionOutcome {
  /** Why the transaction is not valid: a name of Invalid; then the state is as before. */
  invalid?: string;
  gasUsed: bigint;
  logsHash: Hex;
  stateRoot: Hex;
  /** What the outermost frame returned. */
  output: Uint8Array;
}

/** Is told an instruction before it runs, with a way to look at the stack: 0 is its uppermost word. */
export type OnStep = (opcode: number, stack: (depth: number) => bigint) => void;

/** A run met something that the state does not have, which only happens with `codeHash` in place of `code`. */
export class StateMissingError extends Error {
  override readonly name = "StateMissingError";
}

/**
 * One kernel in this thread.
 *
 * @example
 * ```ts
 * const executor = await LocalExecutor.create();
 * executor.load({ [sender]: { balance: 10n ** 18n } });
 * const { gasUsed, stateRoot } = executor.runTransaction(rules, header, fields, sender);
 * executor.reset();
 * ```
 */
export class LocalExecutor {
  private readonly kernel: KernelInstance;
  private readonly state: ResettableState;
  /** Every instruction is told. */
  private readonly traced: boolean;

  private constructor(kernel: KernelInstance, traced: boolean) {
    this.kernel = kernel;
    this.state = new ResettableState(kernel);
    this.traced = traced;
  }

  /**
   * `onStep` is called before every instruction; the code is run in its stepping form then. The kernel's test build has the
   * names of its functions.
   */
  static async create(
    options: {
      memoryLimit?: number;
      stateRoot?: boolean;
      onStep?: OnStep;
      build?: "production" | "test";
    } = {},
  ): Promise<LocalExecutor> {
    const memoryLimit = options.memoryLimit ?? MAX_MEMORY;
    const memory = createKernelMemory(memoryLimit);
    const { onStep } = options;
    const trace = {
      traceStep: (_frame: number, _pc: number, opcode: number, _gas: bigint, stackTop: number) =>
        onStep?.(opcode, (depth) => kernel.getWord(stackTop - 32 * depth)),
      traceTransaction: () => 1,
    };
    const kernel: KernelInstance = new KernelInstance({
      module: compileKernel(options.build),
      memory,
      worker: 0,
      precompiles: await loadPrecompiles(),
      ...(onStep === undefined ? {} : { trace }),
    });
    KernelInstance.initialiseMemory(kernel, { memoryLimit, seed: 1n });
    const { layout } = kernel;
    kernel.setU32(layout.CONTROL + layout.Control_trieEnabled, options.stateRoot === false ? 0 : 1);
    return new LocalExecutor(kernel, onStep !== undefined);
  }

  /** Forgets the state. */
  reset(): void {
    this.state.reset();
  }

  /** Adds accounts to the state; returns its root. */
  load(alloc: Allocation): Hex {
    return this.state.load(alloc);
  }

  /** The state's root; only after something was loaded or run. */
  private hash(address: number): Hex {
    return toHex(this.kernel.copy(address, 32));
  }

  /**
   * Runs one transaction as state tests do: in a block of its own without system calls, rewards or withdrawals.
   * `transaction` is raw bytes, or fields and their `sender`. The state is changed.
   */
  runTransaction(
    rules: Rules,
    header: ExecutionHeader,
    transaction: Uint8Array | TransactionFields,
    sender?: Hex,
    hashes: RecentHashes = [],
  ): TransactionOutcome {
    const raw = transaction instanceof Uint8Array ? transaction : encodeUnsigned(transaction);
    const block = { header, transactions: [raw], senders: sender === undefined ? undefined : [sender] };
    const invalid = this.run(rules, block, hashes, true);
    const { kernel } = this;
    const { layout } = kernel;
    const outcome: TransactionOutcome = {
      gasUsed: kernel.getU64(layout.BLOCK_RESULT + layout.BlockResult_gasUsed),
      logsHash: this.hash(layout.RESULT_LOGS_HASH),
      stateRoot: this.hash(layout.RESULT_STATE_ROOT),
      output: this.firstOutput(),
    };
    if (invalid !== 0) outcome.invalid = codeName(Invalid, invalid);
    this.end(invalid);
    return outcome;
  }

  /** Runs a block; the state is changed where it is valid, but for `discard`. */
  runBlock(
    rules: Rules,
    block: BlockInput,
    hashes: RecentHashes = [],
    end: "commit" | "discard" = "commit",
  ): BlockOutcome {
    const { kernel } = this;
    let invalid: number;
    try {
      invalid = this.run(rules, block, hashes, false);
    } catch (error) {
      if (!(error instanceof InvalidBlockError) || error.reason === undefined) throw error;
      // The block's access list is wrong: nothing but the state before is told.
      kernel.exports.blockOpen();
      kernel.exports.sequentialStateRoot();
      return { ...readBlockOutcome(kernel), invalid: { reason: error.reason, transaction: undefined } };
    }
    const outcome = readBlockOutcome(kernel);
    if (end === "commit") this.end(invalid);
    else kernel.exports.blockDiscard();
    return outcome;
  }

  /** Runs a message for what it gives; the state stays as it is. */
  call(rules: Rules, header: CallHeader, input: CallInput, hashes: RecentHashes = []): CallResult {
    return callHere(this.kernel, rules, header, input, hashes);
  }

  /** Output of the block's only transaction. */
  private firstOutput(): Uint8Array {
    const { kernel } = this;
    const { layout } = kernel;
    const t = kernel.getU32(kernel.getU32(layout.BLOCK_ENV + layout.BlockEnv_transactions));
    return kernel.copy(
      kernel.getU32(t + layout.Transaction_output),
      kernel.getU32(t + layout.Transaction_outputLength),
    );
  }

  /** Runs to the state root; returns Invalid. Where the block is not valid, the root is that of the state before. */
  private run(rules: Rules, block: BlockInput, hashes: RecentHashes, transactionsOnly: boolean): number {
    const { kernel } = this;
    const { exports, layout, signal } = kernel;
    const input = checkBlockInput(block, rules);
    const { blockAccessList } = input;
    const write = () =>
      writeBlock(kernel, input, rules, hashes, { sequential: true, transactionsOnly, trace: this.traced });
    write();
    let invalid: number;
    try {
      if (blockAccessList !== undefined) checkClaims(kernel, blockAccessList);
      if (
        blockAccessList !== undefined &&
        rules.fork >= Fork.Cancun &&
        isWorthUsing(blockAccessList, input.header.gasLimit)
      ) {
        useClaims(kernel, true);
        exports.claimsLoaded();
      }
      invalid = exports.runBlockSequential();
      if (kernel.getU32(layout.SCHEDULER + layout.Scheduler_failure) === Failure.ClaimsRefuted) {
        exports.blockDiscard();
        write();
        invalid = exports.runBlockSequential();
      }
      if (blockAccessList !== undefined && invalid === 0) compareLists(kernel, blockAccessList);
      if (invalid !== 0) {
        // State tests have a root for refused transactions too, after the touch of the fee recipient.
        if (transactionsOnly) exports.sequentialChanges();
        else exports.blockDiscard();
        exports.sequentialStateRoot();
      }
    } catch (error) {
      exports.blockDiscard();
      if (error === signal) throw new StateMissingError(`abort ${signal.reason}, ${signal.detail}`);
      throw error;
    }
    return invalid;
  }

  private end(invalid: number): void {
    if (invalid === 0) this.kernel.exports.blockCommit();
    else this.kernel.exports.blockDiscard();
  }
}

type RlpValue = Uint8Array | RlpValue[];

function quantity(value: Quantity, field: string): Uint8Array {
  return quantityBytes(toQuantity(value, field, 256), field);
}

/** The envelope of a transaction whose sender is given: its signature is r = s = 1. */
export function encodeUnsigned(t: TransactionFields): Uint8Array {
  const type =
    t.type ??
    (t.authorizationList !== undefined
      ? 4
      : t.maxFeePerBlobGas !== undefined || t.blobVersionedHashes !== undefined
        ? 3
        : t.maxFeePerGas !== undefined
          ? 2
          : t.accessList !== undefined
            ? 1
            : 0);
  const one = Uint8Array.of(1);
  const chainId = quantity(t.chainId ?? 1, "chainId");
  const call: RlpValue[] = [
    quantity(t.gasLimit, "gasLimit"),
    t.to ? toBytes(t.to, "to", 20) : new Uint8Array(0),
    quantity(t.value, "value"),
    toBytes(t.data, "data"),
  ];
  const nonce = quantity(t.nonce, "nonce");
  const gasPrice = quantity(t.gasPrice ?? t.maxFeePerGas ?? 0, "gasPrice");
  if (type === 0) {
    const v = toQuantity(t.chainId ?? 0, "chainId", 64);
    const list = [nonce, gasPrice, ...call, quantity(v === 0n ? 27n : v * 2n + 35n, "v"), one, one];
    return Rlp.from(list as Uint8Array[], { as: "Bytes" }) as Uint8Array;
  }
  const accessList = (t.accessList ?? []).map(({ address, storageKeys }) => [
    toBytes(address, "accessList.address", 20),
    storageKeys.map((key) => toBytes(key, "accessList.storageKeys", 32)),
  ]);
  const fees =
    type === 1
      ? [gasPrice]
      : [
          quantity(t.maxPriorityFeePerGas ?? 0, "maxPriorityFeePerGas"),
          quantity(t.maxFeePerGas ?? 0, "maxFeePerGas"),
        ];
  const list: RlpValue[] = [chainId, nonce, ...fees, ...call, accessList];
  if (type === 3) {
    list.push(
      quantity(t.maxFeePerBlobGas ?? 0, "maxFeePerBlobGas"),
      (t.blobVersionedHashes ?? []).map((hash) => toBytes(hash, "blobVersionedHashes", 32)),
    );
  }
  if (type === 4) {
    list.push(
      (t.authorizationList ?? []).map(({ chainId, address, nonce, yParity, r, s }) => [
        quantity(chainId, "authorization.chainId"),
        toBytes(address, "authorization.address", 20),
        quantity(nonce, "authorization.nonce"),
        quantity(yParity, "authorization.yParity"),
        quantity(r, "authorization.r"),
        quantity(s, "authorization.s"),
      ]),
    );
  }
  list.push(new Uint8Array(0), one, one);
  const payload = Rlp.from(list as Uint8Array[], { as: "Bytes" }) as Uint8Array;
  return new Uint8Array([type, ...payload]);
}
