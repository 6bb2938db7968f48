// A block as the chain keeps it: its header, and everything else as bytes in a few buffers, taken apart when asked for.

import {
  type Block,
  encodeBlock,
  type Header,
  type Hex,
  type PackedReceipts,
  type PackedTransactions,
  type Receipt,
  receiptEnvelope,
  receiptLogCount,
  receiptSuccess,
  unpackReceipt,
  type Withdrawal,
} from "@heddle/engine";
import * as ContractAddress from "ox/ContractAddress";
import * as HexOf from "ox/Hex";
import { decodeTransaction, effectiveGasPrice, type Transaction } from "./transaction.ts";

/** What a block consists of. */
export interface BlockParts {
  header: Header;
  hash: Hex;
  /** The difficulty of the block and of all before it. */
  totalDifficulty: bigint;
  transactions: PackedTransactions;
  receipts: PackedReceipts;
  uncles: readonly Header[];
  withdrawals: readonly Withdrawal[] | undefined;
  /** EIP-7685: each the type byte and the data. */
  requests: readonly Hex[];
  /** RLP of what the block accessed (EIP-7928), where the rules have lists. */
  accessList: Uint8Array | undefined;
}

/** A block that was executed and found valid. All of it that has a size is bytes: a transaction costs no object. */
export class BlockEntry implements BlockParts {
  readonly header: Header;
  readonly hash: Hex;
  readonly totalDifficulty: bigint;
  readonly transactions: PackedTransactions;
  readonly receipts: PackedReceipts;
  readonly uncles: readonly Header[];
  readonly withdrawals: readonly Withdrawal[] | undefined;
  readonly requests: readonly Hex[];
  readonly accessList: Uint8Array | undefined;
  #size: number | undefined;
  #firstLogs: Uint32Array | undefined;

  constructor(parts: BlockParts) {
    this.header = parts.header;
    this.hash = parts.hash;
    this.totalDifficulty = parts.totalDifficulty;
    this.transactions = parts.transactions;
    this.receipts = parts.receipts;
    this.uncles = parts.uncles;
    this.withdrawals = parts.withdrawals;
    this.requests = parts.requests;
    this.accessList = parts.accessList;
  }

  get number(): bigint {
    return this.header.number;
  }

  get transactionCount(): number {
    return this.transactions.offsets.length - 1;
  }

  /** The envelope of transaction `index`: a type byte and its payload, or a legacy transaction's list. */
  rawTransaction(index: number): Uint8Array {
    this.#demandIndex(index);
    const { bytes, offsets } = this.transactions;
    return bytes.subarray(offsets[index]!, offsets[index + 1]!);
  }

  transactionHash(index: number): Hex {
    this.#demandIndex(index);
    return HexOf.fromBytes(this.receipts.hashes.subarray(index * 32, index * 32 + 32));
  }

  sender(index: number): Hex {
    this.#demandIndex(index);
    return HexOf.fromBytes(this.receipts.senders.subarray(index * 20, index * 20 + 20));
  }

  /** The fields of transaction `index`. */
  transaction(index: number): Transaction {
    return decodeTransaction(this.rawTransaction(index));
  }

  /** The envelope of receipt `index`, as the receipts root is made of it. */
  rawReceipt(index: number): Uint8Array {
    this.#demandIndex(index);
    return receiptEnvelope(this.receipts, index);
  }

  /** Whether transaction `index` succeeded; undefined before Byzantium, whose receipts do not say. */
  succeeded(index: number): boolean | undefined {
    this.#demandIndex(index);
    return receiptSuccess(this.receipts, index);
  }

  receipt(index: number): Receipt {
    const transaction = this.transaction(index);
    const { nonce } = transaction;
    const contractAddress =
      transaction.to === undefined
        ? (ContractAddress.fromCreate({ from: this.sender(index), nonce }).toLowerCase() as Hex)
        : undefined;
    return unpackReceipt(this.receipts, index, {
      effectiveGasPrice: effectiveGasPrice(transaction, this.header.baseFeePerGas),
      contractAddress,
    });
  }

  /** Logs of the block before those of transaction `index`: what the first of its logs has as `logIndex`. */
  firstLogIndex(index: number): number {
    this.#demandIndex(index);
    if (this.#firstLogs === undefined) {
      const first = new Uint32Array(this.transactionCount);
      for (let i = 0, logs = 0; i < first.length; i++) {
        first[i] = logs;
        logs += receiptLogCount(this.receipts, i);
      }
      this.#firstLogs = first;
    }
    return this.#firstLogs[index]!;
  }

  /** The block as it travels. */
  get block(): Block {
    return {
      header: this.header,
      transactions: Array.from({ length: this.transactionCount }, (_, i) => this.rawTransaction(i)),
      uncles: [...this.uncles],
      withdrawals: this.withdrawals === undefined ? undefined : [...this.withdrawals],
    };
  }

  /** RLP of the block. */
  encode(): Uint8Array {
    return encodeBlock(this.block);
  }

  /** Bytes of the block's RLP. */
  get size(): number {
    this.#size ??= this.encode().length;
    return this.#size;
  }

  #demandIndex(index: number): void {
    if (!(index >= 0 && index < this.transactionCount)) {
      throw new RangeError(`transaction ${index} of ${this.transactionCount}`);
    }
  }
}
