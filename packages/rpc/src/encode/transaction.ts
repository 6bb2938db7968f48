// A transaction as eth_getTransactionByHash answers it.

import {
  type BlockEntry,
  decodeTransaction,
  effectiveGasPrice,
  type PooledTransaction,
  type Transaction,
} from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import { quantity } from "./quantity.ts";

/** Where a transaction stands; all null while it waits. */
interface Place {
  blockHash: Hex | null;
  blockNumber: Hex | null;
  blockTimestamp: Hex | null;
  transactionIndex: Hex | null;
}

const NOWHERE: Place = { blockHash: null, blockNumber: null, blockTimestamp: null, transactionIndex: null };

/** The fields of a signed transaction, in the form of the specification. */
export function encodeFields(transaction: Transaction): Record<string, unknown> {
  const { type, chainId, accessList, authorizationList } = transaction;
  const fields: Record<string, unknown> = {
    type: quantity(type),
    nonce: quantity(transaction.nonce),
    gas: quantity(transaction.gas),
    to: transaction.to ?? null,
    value: quantity(transaction.value),
    input: transaction.data,
    v: quantity(transaction.v),
    r: quantity(transaction.r),
    s: quantity(transaction.s),
  };
  if (chainId !== undefined) fields["chainId"] = quantity(chainId);
  if (type !== 0) {
    fields["yParity"] = quantity(transaction.yParity);
    fields["accessList"] = accessList;
  }
  if (type >= 2) {
    fields["maxFeePerGas"] = quantity(transaction.maxFeePerGas!);
    fields["maxPriorityFeePerGas"] = quantity(transaction.maxPriorityFeePerGas!);
  }
  if (type === 3) {
    fields["maxFeePerBlobGas"] = quantity(transaction.maxFeePerBlobGas!);
    fields["blobVersionedHashes"] = transaction.blobVersionedHashes;
  }
  if (authorizationList !== undefined) {
    fields["authorizationList"] = authorizationList.map((one) => ({
      chainId: quantity(one.chainId),
      address: one.address,
      nonce: quantity(one.nonce),
      yParity: quantity(one.yParity),
      r: quantity(one.r),
      s: quantity(one.s),
    }));
  }
  return fields;
}

/** Transaction `index` of a block. */
export function encodeTransaction(block: BlockEntry, index: number): Record<string, unknown> {
  const transaction = block.transaction(index);
  const place: Place = {
    blockHash: block.hash,
    blockNumber: quantity(block.number),
    blockTimestamp: quantity(block.header.timestamp),
    transactionIndex: quantity(index),
  };
  return {
    ...place,
    hash: block.transactionHash(index),
    from: block.sender(index),
    ...encodeFields(transaction),
    gasPrice: quantity(effectiveGasPrice(transaction, block.header.baseFeePerGas)),
  };
}

/** A transaction that waits in the pool. */
export function encodePooled({ raw, hash, sender }: PooledTransaction): Record<string, unknown> {
  const transaction = decodeTransaction(raw);
  return {
    ...NOWHERE,
    hash,
    from: sender,
    ...encodeFields(transaction),
    gasPrice: quantity(transaction.gasPrice ?? transaction.maxFeePerGas!),
  };
}
