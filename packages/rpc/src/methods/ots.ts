// ots_*: what Otterscan asks of a node for its pages of blocks and transactions (API level 8).

import type { BlockEntry, Chain } from "@heddle/chain";
import { EMPTY_CODE_HASH, type Hex, type TracedTransaction } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { blockRewards } from "../block-rewards.ts";
import { type BlockRef, blockRef, chainReference, demandBlock, findBlock } from "../decode/block-ref.ts";
import { address, count, hash } from "../decode/values.ts";
import { encodeBlock, encodeHeaderFields } from "../encode/block.ts";
import { quantity } from "../encode/quantity.ts";
import { encodeReceipt } from "../encode/receipt.ts";
import { encodeTransaction } from "../encode/transaction.ts";
import { ErrorCode, InvalidParamsError, RpcError } from "../errors.ts";
import { type Decoder, type MethodTable, method, parameter } from "../method.ts";
import { InternalOperationTracer, OtterscanCallTracer } from "../tracers/otterscan-tracers.ts";
import type { ResultTracer } from "../tracers/tracer.ts";

/** What Otterscan asks a node for before it trusts it. */
const API_LEVEL = 8;
const MOST_ON_A_PAGE = 1000;
/** Digits of 0x and a selector. */
const SELECTOR = 10;

/** Otterscan names blocks by JSON's numbers, too. */
const otterscanBlock: Decoder<BlockRef> = (value, path) =>
  typeof value === "number" ? { number: BigInt(count(value, path)) } : blockRef(value, path);

/** How many are wanted at once. */
export const pageSize: Decoder<number> = (value, path) => {
  const size = count(value, path);
  if (size === 0 || size > MOST_ON_A_PAGE) {
    throw new InvalidParamsError(path, `a number from 1 to ${MOST_ON_A_PAGE}`, value);
  }
  return size;
};

/** A block without what is long: Otterscan asks for its transactions page by page. */
function shortBlock(block: BlockEntry): Record<string, unknown> {
  const { transactions: _, ...fields } = encodeBlock(block, false);
  return { ...fields, logsBloom: null, transactionCount: block.transactionCount };
}

function blockDetails(chain: Chain, block: BlockEntry): unknown {
  const rewards = blockRewards(block, chain.rulesOf(block).fork);
  const sum = (kind: string) =>
    rewards.reduce((wei, reward) => (reward.kind === kind ? wei + reward.wei : wei), 0n);
  const [blockReward, uncleReward] = [sum("block"), sum("uncle")];
  let totalFees = 0n;
  for (let i = 0; i < block.transactionCount; i++) {
    const { gasUsed, effectiveGasPrice } = block.receipt(i);
    totalFees += BigInt(gasUsed) * effectiveGasPrice;
  }
  return {
    block: shortBlock(block),
    issuance: {
      blockReward: quantity(blockReward),
      uncleReward: quantity(uncleReward),
      issuance: quantity(blockReward + uncleReward),
    },
    totalFees: quantity(totalFees),
  };
}

/** A page of a block's transactions; page 0 has the last ones. */
function blockTransactions(chain: Chain, block: BlockEntry, page: number, size: number): unknown {
  const end = Math.max(0, block.transactionCount - page * size);
  const start = Math.max(0, end - size);
  const places = Array.from({ length: end - start }, (_, i) => start + i);
  const rules = chain.rulesOf(block);
  const transactions = places.map((i) => {
    const transaction = encodeTransaction(block, i);
    return { ...transaction, input: (transaction["input"] as string).slice(0, SELECTOR) };
  });
  const receipts = places.map((i) => ({ ...encodeReceipt(block, i, rules), logs: null, logsBloom: null }));
  return { fullblock: { ...shortBlock(block), transactions }, receipts };
}

export function ots(chain: Chain): MethodTable {
  const block = parameter("block", otterscanBlock);
  const transaction = parameter("transactionHash", hash);

  const traced = async <T extends ResultTracer>(
    wanted: Hex,
    tracer: (transaction: TracedTransaction) => T,
    signal: AbortSignal,
  ) => {
    const found = chain.transaction(wanted);
    if (found === undefined) throw new RpcError(ErrorCode.server, "transaction not found");
    const [trace] = await chain.trace(found.block, { tracer, index: found.index, signal });
    return trace!;
  };

  return {
    ots_getApiLevel: method([], () => API_LEVEL),
    ots_hasCode: method([parameter("address", address), block], async ([at, ref]) => {
      demandBlock(chain, ref);
      const account = await chain.state(chainReference(ref)).account(at);
      return account !== undefined && account.codeHash !== EMPTY_CODE_HASH;
    }),
    ots_getInternalOperations: method([transaction], async ([wanted], { signal }) =>
      (await traced(wanted, () => new InternalOperationTracer(), signal)).tracer.result(),
    ),
    ots_traceTransaction: method([transaction], async ([wanted], { signal }) =>
      (await traced(wanted, () => new OtterscanCallTracer(), signal)).tracer.result(),
    ),
    ots_getTransactionError: method([transaction], async ([wanted], { signal }) => {
      const { halt, output } = await traced(wanted, () => ({ result: () => undefined }), signal);
      return halt === "Revert" ? HexOf.fromBytes(output) : "0x";
    }),
    ots_getBlockDetails: method([block], ([ref]) => {
      const found = findBlock(chain, ref);
      return found === undefined ? null : blockDetails(chain, found);
    }),
    ots_getBlockDetailsByHash: method([parameter("blockHash", hash)], ([wanted]) => {
      const found = chain.block(wanted);
      return found === undefined ? null : blockDetails(chain, found);
    }),
    ots_getBlockTransactions: method(
      [block, parameter("page", count), parameter("pageSize", pageSize)],
      ([ref, page, size]) => {
        const found = findBlock(chain, ref);
        return found === undefined ? null : blockTransactions(chain, found, page, size);
      },
    ),
    // Otterscan asks for block 1 in this way to learn what node it talks to.
    erigon_getHeaderByNumber: method([block], ([ref]) => {
      const found = findBlock(chain, ref);
      return found === undefined ? null : encodeHeaderFields(found.header, found.hash);
    }),
  };
}
