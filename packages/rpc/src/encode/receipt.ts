// Receipts and logs as JSON-RPC answers them.

import type { BlockEntry } from "@heddle/chain";
import { blobBaseFee, type Hex, type Log, type Rules } from "@heddle/engine";
import { quantity } from "./quantity.ts";

/** A log and where it stands. */
export function encodeLog(
  block: BlockEntry,
  index: number,
  log: Log,
  logIndex: number,
  removed = false,
): Record<string, unknown> {
  return {
    address: log.address,
    topics: log.topics,
    data: log.data,
    blockNumber: quantity(block.number),
    blockHash: block.hash,
    blockTimestamp: quantity(block.header.timestamp),
    transactionHash: block.transactionHash(index),
    transactionIndex: quantity(index),
    logIndex: quantity(logIndex),
    removed,
  };
}

const GAS_PER_BLOB = 131_072n;

/** The receipt of transaction `index`; `rules` are those of the block. */
export function encodeReceipt(block: BlockEntry, index: number, rules: Rules): Record<string, unknown> {
  const receipt = block.receipt(index);
  const transaction = block.transaction(index);
  const first = block.firstLogIndex(index);
  const encoded: Record<string, unknown> = {
    type: quantity(receipt.type),
    transactionHash: block.transactionHash(index),
    transactionIndex: quantity(index),
    blockHash: block.hash,
    blockNumber: quantity(block.number),
    from: receipt.sender,
    to: transaction.to ?? null,
    contractAddress: receipt.contractAddress ?? null,
    gasUsed: quantity(receipt.gasUsed),
    cumulativeGasUsed: quantity(receipt.cumulativeGasUsed),
    effectiveGasPrice: quantity(receipt.effectiveGasPrice),
    logsBloom: receipt.logsBloom,
    logs: receipt.logs.map((log, i) => encodeLog(block, index, log, first + i)),
  };
  // Before Byzantium a receipt held the state root instead (EIP-658).
  if (receipt.stateRoot !== undefined) encoded["root"] = receipt.stateRoot;
  else encoded["status"] = (receipt.success ? "0x1" : "0x0") satisfies Hex;
  const blobs = transaction.blobVersionedHashes;
  if (blobs !== undefined && rules.blobs !== undefined) {
    encoded["blobGasUsed"] = quantity(BigInt(blobs.length) * GAS_PER_BLOB);
    encoded["blobGasPrice"] = quantity(blobBaseFee(block.header.excessBlobGas ?? 0n, rules.blobs));
  }
  return encoded;
}
