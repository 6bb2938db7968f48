// Receipts, read from the kernel's bytes when they are asked for.

import { type Hex, toHex } from "./hex.ts";
import {
  type PackedReceipts,
  packReceipts,
  type ReceiptOrigins,
  receiptEnvelope,
} from "./packed-receipts.ts";
import type { ResultMemory } from "./result-memory.ts";
import { rlpBytes, rlpItem, rlpItems, rlpQuantity } from "./rlp.ts";

/** What a contract logged. */
export interface Log {
  address: Hex;
  topics: Hex[];
  data: Hex;
}

/** The receipt of one transaction. */
export interface Receipt {
  /** Type of the transaction (EIP-2718). */
  type: number;
  transactionHash: Hex;
  sender: Hex;
  /** From Byzantium on: whether the transaction ran to its end. */
  success: boolean | undefined;
  /** Before Byzantium: the state root after the transaction. */
  stateRoot: Hex | undefined;
  gasUsed: bigint;
  cumulativeGasUsed: bigint;
  effectiveGasPrice: bigint;
  /** The contract that a create transaction made. */
  contractAddress: Hex | undefined;
  logsBloom: Hex;
  logs: Log[];
}

/** What is kept of one transaction beside its receipt's bytes. */
export interface ReceiptFacts {
  transactionHash: Hex;
  sender: Hex;
  gasUsed: bigint;
  effectiveGasPrice: bigint;
  contractAddress: Hex | undefined;
}

/** Decodes a receipt's envelope (type byte and RLP, or RLP alone) and joins what is not in it. */
export function decodeReceipt(bytes: Uint8Array, facts: ReceiptFacts): Receipt {
  const type = bytes[0]! < 0xc0 ? bytes[0]! : 0;
  const start = type === 0 ? 0 : 1;
  const [first, cumulative, bloom, logs] = rlpItems(
    bytes,
    rlpItem(bytes, start, bytes.length, "receipt"),
    "receipt",
  );
  const status = rlpBytes(bytes, first!, "receipt.status");
  return {
    type,
    ...facts,
    success: status.length === 32 ? undefined : status.length === 1,
    stateRoot: status.length === 32 ? toHex(status) : undefined,
    cumulativeGasUsed: rlpQuantity(bytes, cumulative!, "receipt.cumulativeGasUsed", 8),
    logsBloom: toHex(rlpBytes(bytes, bloom!, "receipt.logsBloom", 256)),
    logs: rlpItems(bytes, logs!, "receipt.logs").map((item) => {
      const [address, topics, data] = rlpItems(bytes, item, "receipt.logs[]");
      return {
        address: toHex(rlpBytes(bytes, address!, "log.address", 20)),
        topics: rlpItems(bytes, topics!, "log.topics").map((topic) =>
          toHex(rlpBytes(bytes, topic, "log.topic", 32)),
        ),
        data: toHex(rlpBytes(bytes, data!, "log.data")),
      };
    }),
  };
}

/**
 * Decodes receipt `index`; what is not in its bytes but follows from the transaction is given.
 *
 * @example
 * ```ts
 * const packed = result.receipts.pack();
 * const { logs } = unpackReceipt(packed, 0, { effectiveGasPrice: 1n, contractAddress: undefined });
 * ```
 */
export function unpackReceipt(
  receipts: PackedReceipts,
  index: number,
  facts: Pick<ReceiptFacts, "effectiveGasPrice" | "contractAddress">,
): Receipt {
  const { hashes, senders, gasUsed } = receipts;
  return decodeReceipt(receiptEnvelope(receipts, index), {
    ...facts,
    transactionHash: toHex(hashes.subarray(index * 32, (index + 1) * 32)),
    sender: toHex(senders.subarray(index * 20, (index + 1) * 20)),
    gasUsed: BigInt(gasUsed[index]!),
  });
}

/** A block's receipts: a list whose entries are decoded when they are read. */
export class Receipts implements Iterable<Receipt> {
  readonly length: number;
  private readonly memory: ResultMemory;
  private readonly pointers: number;
  private kept: { bytes: Uint8Array; facts: ReceiptFacts }[] | undefined;

  constructor(memory: ResultMemory, count: number) {
    this.memory = memory;
    this.length = count;
    const { kernel } = memory;
    this.pointers = kernel.getU32(kernel.layout.BLOCK_ENV + kernel.layout.BlockEnv_transactions);
  }

  /** The receipt's envelope, as the receipts root is made of it. */
  bytes(index: number): Uint8Array {
    if (this.kept !== undefined) return this.kept[index]!.bytes;
    const kernel = this.memory.read();
    const { layout } = kernel;
    const t = this.transaction(index);
    return kernel.copy(
      kernel.getU32(t + layout.Transaction_receipt),
      kernel.getU32(t + layout.Transaction_receiptLength),
    );
  }

  at(index: number): Receipt {
    return decodeReceipt(this.bytes(index), this.kept?.[index]?.facts ?? this.facts(index));
  }

  *[Symbol.iterator](): Iterator<Receipt> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  /**
   * All receipts as a few buffers of their own: the cheapest way to keep those of a large block. `origins` become a part of what
   * is given, for a caller who has them.
   */
  pack(origins?: ReceiptOrigins): PackedReceipts {
    return packReceipts(this.memory, this.pointers, this.length, origins);
  }

  /** Copies everything out of the kernel's memory. */
  retain(): void {
    this.kept ??= Array.from({ length: this.length }, (_, i) => ({
      bytes: this.bytes(i),
      facts: this.facts(i),
    }));
  }

  private transaction(index: number): number {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`receipt ${index} of ${this.length}`);
    return this.memory.kernel.getU32(this.pointers + index * 4);
  }

  private facts(index: number): ReceiptFacts {
    const kernel = this.memory.read();
    const { layout } = kernel;
    const t = this.transaction(index);
    const created = kernel.getU32(t + layout.Transaction_isCreate) !== 0;
    return {
      transactionHash: toHex(kernel.copy(t + layout.Transaction_hash, 32)),
      sender: toHex(kernel.wordBytes(t + layout.Transaction_sender, 20)),
      gasUsed: kernel.getU64(t + layout.Transaction_gasUsed),
      effectiveGasPrice: kernel.getWord(t + layout.Transaction_effectiveGasPrice),
      contractAddress: created ? toHex(kernel.wordBytes(t + layout.Transaction_created, 20)) : undefined,
    };
  }
}
