// eth_*: transactions, their receipts, and sending them.

import type { BlockEntry, Chain } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import * as Bytes from "ox/Bytes";
import * as HexOf from "ox/Hex";
import { blockNumberRef, findBlock } from "../decode/block-ref.ts";
import { count, data, hash, optional } from "../decode/values.ts";
import { encodeReceipt } from "../encode/receipt.ts";
import { encodePooled, encodeTransaction } from "../encode/transaction.ts";
import { ErrorCode, RpcError } from "../errors.ts";
import { type MethodTable, method, parameter } from "../method.ts";

/** EIP-7966: how long eth_sendRawTransactionSync waits unless told, and at most. Milliseconds. */
export const SYNC_WAIT = 2_000;
const MOST_SYNC_WAIT = 30_000;

export function receiptOf(chain: Chain, transactionHash: Hex): unknown {
  const found = chain.transaction(transactionHash);
  return found === undefined ? null : encodeReceipt(found.block, found.index, chain.rulesOf(found.block));
}

/** The receipt as soon as there is one. @throws RpcError code 4 where there is none in time */
export async function awaitReceipt(
  chain: Chain,
  transactionHash: Hex,
  asked: number,
  signal: AbortSignal,
): Promise<unknown> {
  const wait = Math.min(asked || SYNC_WAIT, MOST_SYNC_WAIT);
  const there = receiptOf(chain, transactionHash);
  if (there !== null) return there;
  const { promise, resolve } = Promise.withResolvers<void>();
  const look = () => {
    if (chain.transaction(transactionHash) !== undefined) resolve();
  };
  chain.on("block", look);
  signal.addEventListener("abort", () => resolve(), { once: true });
  const timer = setTimeout(resolve, wait);
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    chain.off("block", look);
  }
  const receipt = receiptOf(chain, transactionHash);
  if (receipt !== null) return receipt;
  throw new RpcError(
    ErrorCode.noReceiptYet,
    `the transaction was added to the pool but has no receipt after ${wait} ms`,
    transactionHash,
  );
}

export function ethTransactions(chain: Chain): MethodTable {
  const index = parameter("index", count);
  const raw = parameter("transaction", data);
  const at = (block: BlockEntry | undefined, i: number) =>
    block === undefined || i >= block.transactionCount ? null : encodeTransaction(block, i);
  const rawAt = (block: BlockEntry | undefined, i: number) =>
    block === undefined || i >= block.transactionCount ? null : HexOf.fromBytes(block.rawTransaction(i));
  return {
    eth_getTransactionByHash: method([parameter("hash", hash)], ([wanted]) => {
      const found = chain.transaction(wanted);
      if (found !== undefined) return encodeTransaction(found.block, found.index);
      const pooled = chain.pool.get(wanted);
      return pooled === undefined ? null : encodePooled(pooled);
    }),
    eth_getTransactionByBlockHashAndIndex: method([parameter("blockHash", hash), index], ([block, i]) =>
      at(chain.block(block), i),
    ),
    eth_getTransactionByBlockNumberAndIndex: method([parameter("block", blockNumberRef), index], ([ref, i]) =>
      at(findBlock(chain, ref), i),
    ),
    eth_getRawTransactionByHash: method([parameter("hash", hash)], ([wanted]) => {
      const found = chain.transaction(wanted);
      if (found !== undefined) return HexOf.fromBytes(found.block.rawTransaction(found.index));
      const pooled = chain.pool.get(wanted);
      return pooled === undefined ? null : HexOf.fromBytes(pooled.raw);
    }),
    eth_getRawTransactionByBlockHashAndIndex: method([parameter("blockHash", hash), index], ([block, i]) =>
      rawAt(chain.block(block), i),
    ),
    eth_getRawTransactionByBlockNumberAndIndex: method(
      [parameter("block", blockNumberRef), index],
      ([ref, i]) => rawAt(findBlock(chain, ref), i),
    ),
    eth_getTransactionReceipt: method([parameter("hash", hash)], ([wanted]) => receiptOf(chain, wanted)),
    eth_sendRawTransaction: method(
      [raw],
      async ([bytes]) => (await chain.pool.add(Bytes.fromHex(bytes))).hash,
    ),
    eth_sendRawTransactionSync: method(
      [raw, parameter("timeout", optional(count, SYNC_WAIT))],
      async ([bytes, timeout], { signal }) => {
        const { hash: sent } = await chain.pool.add(Bytes.fromHex(bytes));
        return awaitReceipt(chain, sent, timeout, signal);
      },
    ),
  };
}
