// testing_buildBlockV1: a block built as told, and not kept.

import type { BlockEntry, Chain } from "@heddle/chain";
import { effectiveGasPrice } from "@heddle/chain";
import { gasLimitBounds } from "@heddle/engine";
import * as Bytes from "ox/Bytes";
import * as HexOf from "ox/Hex";
import { withdrawals } from "../decode/overrides.ts";
import { address, arrayOf, data, hash, object, optional, quantity64 } from "../decode/values.ts";
import { quantity } from "../encode/quantity.ts";
import { ErrorCode, RpcError } from "../errors.ts";
import { type MethodTable, method, parameter } from "../method.ts";

/** Where builders take the gas limit, as far as it may move from one block to the next (geth's default). */
const GAS_LIMIT_TARGET = 60_000_000n;
const MAX_TRANSACTIONS = 100_000;

const attributes = object(
  {
    timestamp: quantity64,
    prevRandao: hash,
    suggestedFeeRecipient: address,
    withdrawals: optional(withdrawals),
    parentBeaconBlockRoot: optional(hash),
    slotNumber: optional(quantity64),
  },
  "payload attributes",
);

function nextGasLimit(parent: BlockEntry): bigint {
  const { lowest, highest } = gasLimitBounds(parent.header, { londonFirst: false });
  if (GAS_LIMIT_TARGET < lowest) return lowest;
  return GAS_LIMIT_TARGET > highest ? highest : GAS_LIMIT_TARGET;
}

/** Wei that the block pays its fee recipient. */
function blockValue(block: BlockEntry): bigint {
  const baseFee = block.header.baseFeePerGas ?? 0n;
  let value = 0n;
  for (let i = 0; i < block.transactionCount; i++) {
    const tip = effectiveGasPrice(block.transaction(i), baseFee) - baseFee;
    value += tip * BigInt(block.receipts.gasUsed[i]!);
  }
  return value;
}

/** The payload of the Engine API that a block is. */
function executionPayload(block: BlockEntry): Record<string, unknown> {
  const { header } = block;
  const payload: Record<string, unknown> = {
    parentHash: header.parentHash,
    feeRecipient: header.coinbase,
    stateRoot: header.stateRoot,
    receiptsRoot: header.receiptsRoot,
    logsBloom: header.logsBloom,
    prevRandao: header.mixHash,
    blockNumber: quantity(header.number),
    gasLimit: quantity(header.gasLimit),
    gasUsed: quantity(header.gasUsed),
    timestamp: quantity(header.timestamp),
    extraData: header.extraData,
    baseFeePerGas: quantity(header.baseFeePerGas ?? 0n),
    blockHash: block.hash,
    transactions: Array.from({ length: block.transactionCount }, (_, i) =>
      HexOf.fromBytes(block.rawTransaction(i)),
    ),
  };
  if (block.withdrawals !== undefined) {
    payload["withdrawals"] = block.withdrawals.map((one) => ({
      index: quantity(one.index),
      validatorIndex: quantity(one.validatorIndex),
      address: one.address,
      amount: quantity(one.amount),
    }));
  }
  if (header.blobGasUsed !== undefined) payload["blobGasUsed"] = quantity(header.blobGasUsed);
  if (header.excessBlobGas !== undefined) payload["excessBlobGas"] = quantity(header.excessBlobGas);
  if (block.accessList !== undefined) payload["blockAccessList"] = HexOf.fromBytes(block.accessList);
  if (header.slotNumber !== undefined) payload["slotNumber"] = quantity(header.slotNumber);
  return payload;
}

/** Blobs of the block's transactions, as far as the pool has them. */
function blobsBundle(chain: Chain, block: BlockEntry): Record<string, string[]> {
  const sidecars = Array.from(
    { length: block.transactionCount },
    (_, i) => chain.pool.get(block.transactionHash(i))?.sidecar,
  ).filter((sidecar) => sidecar !== undefined);
  const all = (name: "commitments" | "proofs" | "blobs") =>
    sidecars.flatMap((sidecar) => sidecar[name].map((bytes) => HexOf.fromBytes(bytes)));
  return { commitments: all("commitments"), proofs: all("proofs"), blobs: all("blobs") };
}

export function testing(chain: Chain): MethodTable {
  return {
    testing_buildBlockV1: method(
      [
        parameter("parentBlockHash", hash),
        parameter("payloadAttributes", attributes),
        parameter("transactions", optional(arrayOf(data, MAX_TRANSACTIONS))),
        parameter("extraData", optional(data)),
      ],
      async ([parentHash, given, transactions, extraData]) => {
        const parent = chain.block(parentHash);
        if (parent === undefined) throw new RpcError(ErrorCode.server, `unknown parent ${parentHash}`);
        const block = await chain.build(
          {
            timestamp: given.timestamp,
            prevRandao: given.prevRandao,
            coinbase: given.suggestedFeeRecipient,
            withdrawals: given.withdrawals,
            parentBeaconBlockRoot: given.parentBeaconBlockRoot,
            slotNumber: given.slotNumber,
            gasLimit: nextGasLimit(parent),
            extraData,
            transactions: transactions?.map((raw) => Bytes.fromHex(raw)),
          },
          parentHash,
        );
        return {
          executionPayload: executionPayload(block),
          blockValue: quantity(blockValue(block)),
          blobsBundle: blobsBundle(chain, block),
          executionRequests: block.requests,
          shouldOverrideBuilder: false,
        };
      },
    ),
  };
}
