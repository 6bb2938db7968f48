// The result of executing a block: sums and roots at once, receipts and changes when they are read.

import { sha256 } from "@noble/hashes/sha2.js";
import type { Changes } from "./changes.ts";
import { Fork } from "./forks.ts";
import { type Hex, toHex } from "./hex.ts";
import type { KernelInstance } from "./kernel-instance.ts";
import type { NotableTransaction } from "./notable.ts";
import type { Receipts } from "./receipts.ts";
import type { Schedule } from "./schedule.ts";
import type { SimulatedTransaction } from "./simulation.ts";

/** The roots that a block's header holds. */
export interface Roots {
  transactions: Hex;
  receipts: Hex;
  /** From Shanghai on. */
  withdrawals: Hex | undefined;
  /** From Prague on: the header's requestsHash (EIP-7685). */
  requests: Hex | undefined;
  /** Undefined where no state root is computed. */
  state: Hex | undefined;
}

/**
 * What executing a block gave. Nothing is applied before `commit`; either that or `discard` must be called before
 * the next block. Receipts and changes can be read until the next block is executed, unless `retain` was called.
 */
export interface BlockResult {
  readonly gasUsed: bigint;
  readonly blobGasUsed: bigint;
  readonly logsBloom: Hex;
  readonly receipts: Receipts;
  /** EIP-7685: each the type byte and the data; empty ones are left out, as in the header's hash. */
  readonly requests: readonly Hex[];
  readonly changes: Changes;
  readonly schedule: Schedule;
  readonly roots: Roots;
  /** What the transactions of a simulated block gave (`ExecuteInput.simulation`). */
  readonly simulated: readonly SimulatedTransaction[] | undefined;
  /** RLP of what the block accessed (EIP-7928), where the rules have lists: `decodeBlockAccessList` reads it. */
  readonly blockAccessList: Uint8Array | undefined;
  /** keccak256 of the list: the header's blockAccessListHash. */
  readonly blockAccessListHash: Hex | undefined;
  /** Makes the changes the engine's state; with a source that keeps state, hands them to it first. */
  commit(): Promise<void>;
  /** Drops the changes. */
  discard(): void;
  /**
   * What the block overwrites, packed: `engine.revert` takes the committed block back with it, `decodeUndo` reads it. It can
   * be read as long as receipts can.
   */
  undo(): Uint8Array;
  /** Transactions that failed or printed, in their order; they can be read until the next block is executed. */
  notable(): Iterable<NotableTransaction>;
  /** Copies receipts, changes and the undo record, so that they can be read after later blocks too. */
  retain(): this;
}

/** The requests of the block in the kernel (EIP-7685), in the order of their types. */
export function readRequests(kernel: KernelInstance): Hex[] {
  const { layout } = kernel;
  const result = layout.BLOCK_RESULT;
  const places = [
    [layout.BlockResult_depositRequests, layout.BlockResult_depositRequestsLength],
    [layout.BlockResult_withdrawalRequests, layout.BlockResult_withdrawalRequestsLength],
    [layout.BlockResult_consolidationRequests, layout.BlockResult_consolidationRequestsLength],
  ] as const;
  const requests: Hex[] = [];
  places.forEach(([pointer, length], type) => {
    const bytes = kernel.copy(kernel.getU32(result + pointer), kernel.getU32(result + length));
    if (bytes.length > 0) requests.push(`0x0${type}${toHex(bytes).slice(2)}`);
  });
  return requests;
}

/** The access list of the block in the kernel. */
export function readAccessList(
  kernel: KernelInstance,
): Pick<BlockResult, "blockAccessList" | "blockAccessListHash"> {
  const { layout } = kernel;
  const at = kernel.getU32(layout.BLOCK_RESULT + layout.BlockResult_accessList);
  if (at === 0) return { blockAccessList: undefined, blockAccessListHash: undefined };
  const length = kernel.getU32(layout.BLOCK_RESULT + layout.BlockResult_accessListLength);
  return {
    blockAccessList: kernel.copy(at, length),
    blockAccessListHash: toHex(kernel.copy(layout.RESULT_ACCESS_LIST_HASH, 32)),
  };
}

/** EIP-7685: sha256 over the sha256 of every request. */
export function requestsHash(requests: readonly Hex[]): Hex {
  const outer = sha256.create();
  for (const request of requests) outer.update(sha256(Buffer.from(request.slice(2), "hex")));
  return toHex(outer.digest());
}

/** The roots of the block in the kernel. */
export function readRoots(
  kernel: KernelInstance,
  fork: Fork,
  requests: readonly Hex[],
  hasStateRoot: boolean,
): Roots {
  const { layout } = kernel;
  const hash = (address: number) => toHex(kernel.copy(address, 32));
  return {
    transactions: hash(layout.RESULT_TRANSACTIONS_ROOT),
    receipts: hash(layout.RESULT_RECEIPTS_ROOT),
    withdrawals: fork >= Fork.Shanghai ? hash(layout.RESULT_WITHDRAWALS_ROOT) : undefined,
    requests: fork >= Fork.Prague ? requestsHash(requests) : undefined,
    state: hasStateRoot ? hash(layout.RESULT_STATE_ROOT) : undefined,
  };
}
