// A block as eth_getBlockByNumber answers it.

import type { BlockEntry } from "@heddle/chain";
import { encodeHeader, type Header, type Hex, headerHash, type Withdrawal } from "@heddle/engine";
import { quantity } from "./quantity.ts";
import { encodeTransaction } from "./transaction.ts";

const optionalQuantities = ["baseFeePerGas", "blobGasUsed", "excessBlobGas", "slotNumber"] as const;
const optionalHashes = [
  "withdrawalsRoot",
  "parentBeaconBlockRoot",
  "requestsHash",
  "blockAccessListHash",
] as const;

/** The fields of a header under the names of JSON-RPC. */
export function encodeHeaderFields(header: Header, hash: Hex | null): Record<string, unknown> {
  const fields: Record<string, unknown> = {
    hash,
    parentHash: header.parentHash,
    sha3Uncles: header.ommersHash,
    miner: header.coinbase,
    stateRoot: header.stateRoot,
    transactionsRoot: header.transactionsRoot,
    receiptsRoot: header.receiptsRoot,
    logsBloom: header.logsBloom,
    difficulty: quantity(header.difficulty),
    number: quantity(header.number),
    gasLimit: quantity(header.gasLimit),
    gasUsed: quantity(header.gasUsed),
    timestamp: quantity(header.timestamp),
    extraData: header.extraData,
    mixHash: header.mixHash,
    nonce: header.nonce,
  };
  for (const name of optionalQuantities) {
    const value = header[name];
    if (value !== undefined) fields[name] = quantity(value);
  }
  for (const name of optionalHashes) if (header[name] !== undefined) fields[name] = header[name];
  return fields;
}

function encodeWithdrawal({ index, validatorIndex, address, amount }: Withdrawal): Record<string, Hex> {
  return {
    index: quantity(index),
    validatorIndex: quantity(validatorIndex),
    address,
    amount: quantity(amount),
  };
}

/** A block with its transactions as hashes, or whole. */
export function encodeBlock(block: BlockEntry, fullTransactions: boolean): Record<string, unknown> {
  const transactions = Array.from({ length: block.transactionCount }, (_, i) =>
    fullTransactions ? encodeTransaction(block, i) : block.transactionHash(i),
  );
  return {
    ...encodeHeaderFields(block.header, block.hash),
    size: quantity(block.size),
    transactions,
    uncles: block.uncles.map(headerHash),
    ...(block.withdrawals === undefined ? {} : { withdrawals: block.withdrawals.map(encodeWithdrawal) }),
  };
}

/** The block that would come next: it has no hash, no nonce and no place yet. */
export function encodePendingBlock(block: BlockEntry, fullTransactions: boolean): Record<string, unknown> {
  const encoded = encodeBlock(block, fullTransactions);
  const transactions = (encoded["transactions"] as unknown[]).map((one) =>
    typeof one === "string"
      ? one
      : {
          ...(one as object),
          blockHash: null,
          blockNumber: null,
          blockTimestamp: null,
          transactionIndex: null,
        },
  );
  return { ...encoded, hash: null, nonce: null, miner: null, transactions };
}

/** An uncle: a header without a body. */
export function encodeUncle(header: Header): Record<string, unknown> {
  // What its block's RLP would be with nothing in it: two empty lists behind the header.
  const size = encodeHeader(header).length + 2;
  return {
    ...encodeHeaderFields(header, headerHash(header)),
    size: quantity(size + 3),
    transactions: [],
    uncles: [],
  };
}
