// eth_*: blocks, their receipts and what they hold.

import type { BlockEntry, Chain } from "@heddle/chain";
import { decodeBlockAccessList } from "@heddle/engine";
import { blockNumberRef, blockRef, findBlock, isPending } from "../decode/block-ref.ts";
import { boolean, count, hash, optional } from "../decode/values.ts";
import { encodeBlock, encodePendingBlock, encodeUncle } from "../encode/block.ts";
import { quantity, word } from "../encode/quantity.ts";
import { encodeReceipt } from "../encode/receipt.ts";
import { type MethodTable, method, parameter } from "../method.ts";

function blockReceipts(chain: Chain, block: BlockEntry): unknown[] {
  const rules = chain.rulesOf(block);
  return Array.from({ length: block.transactionCount }, (_, i) => encodeReceipt(block, i, rules));
}

/** What the block accessed (EIP-7928), under the names of the specification. */
function accessList(bytes: Uint8Array): unknown {
  return decodeBlockAccessList(bytes).map((account) => ({
    address: account.address,
    storageChanges: account.storageChanges.map(({ key, changes }) => ({
      key: word(key),
      changes: changes.map(({ index, value }) => ({ index: quantity(index), value: word(value) })),
    })),
    storageReads: account.storageReads.map(word),
    balanceChanges: account.balances.map(({ index, value }) => ({
      index: quantity(index),
      value: quantity(value),
    })),
    nonceChanges: account.nonces.map(({ index, value }) => ({
      index: quantity(index),
      value: quantity(value),
    })),
    codeChanges: account.codes.map(({ index, value }) => ({ index: quantity(index), code: value })),
  }));
}

export function ethBlocks(chain: Chain): MethodTable {
  const byHash = parameter("blockHash", hash);
  const byNumber = parameter("block", blockNumberRef);
  const whole = parameter("hydratedTransactions", optional(boolean, false));
  const index = parameter("index", count);
  const uncleAt = (block: BlockEntry | undefined, at: number) => {
    const uncle = block?.uncles[at];
    return uncle === undefined ? null : encodeUncle(uncle);
  };
  const list = (block: BlockEntry | undefined) =>
    block?.accessList === undefined ? null : accessList(block.accessList);
  return {
    eth_blockNumber: method([], () => quantity(chain.head.number)),
    eth_getBlockByHash: method([byHash, whole], ([at, full]) => {
      const block = chain.block(at);
      return block === undefined ? null : encodeBlock(block, full);
    }),
    eth_getBlockByNumber: method([byNumber, whole], async ([ref, full]) => {
      if (isPending(ref)) return encodePendingBlock(await chain.pendingBlock(), full);
      const block = findBlock(chain, ref);
      return block === undefined ? null : encodeBlock(block, full);
    }),
    eth_getBlockTransactionCountByHash: method([byHash], ([at]) => {
      const block = chain.block(at);
      return block === undefined ? null : quantity(block.transactionCount);
    }),
    eth_getBlockTransactionCountByNumber: method([byNumber], async ([ref]) => {
      if (isPending(ref)) return quantity((await chain.pendingBlock()).transactionCount);
      const block = findBlock(chain, ref);
      return block === undefined ? null : quantity(block.transactionCount);
    }),
    eth_getUncleCountByBlockHash: method([byHash], ([at]) => {
      const block = chain.block(at);
      return block === undefined ? null : quantity(block.uncles.length);
    }),
    eth_getUncleCountByBlockNumber: method([byNumber], ([ref]) => {
      const block = findBlock(chain, ref);
      return block === undefined ? null : quantity(block.uncles.length);
    }),
    eth_getUncleByBlockHashAndIndex: method([byHash, index], ([at, i]) => uncleAt(chain.block(at), i)),
    eth_getUncleByBlockNumberAndIndex: method([byNumber, index], ([ref, i]) =>
      uncleAt(findBlock(chain, ref), i),
    ),
    eth_getBlockReceipts: method([parameter("block", blockRef)], ([ref]) => {
      const block = findBlock(chain, ref);
      return block === undefined ? null : blockReceipts(chain, block);
    }),
    eth_getBlockAccessList: method([parameter("block", blockRef)], ([ref]) => list(findBlock(chain, ref))),
    eth_getBlockAccessListByBlockHash: method([byHash], ([at]) => list(chain.block(at))),
    eth_getBlockAccessListByBlockNumber: method([byNumber], ([ref]) => list(findBlock(chain, ref))),
  };
}
