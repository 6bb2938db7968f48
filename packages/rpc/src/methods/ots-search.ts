// ots_*: where an account takes part. Nobody keeps an index for it: what is looked through is bounded, and remembered.

import type { BlockEntry, Chain, StateView } from "@heddle/chain";
import { EMPTY_CODE_HASH, type Hex } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { address, count } from "../decode/values.ts";
import { quantity } from "../encode/quantity.ts";
import { encodeReceipt } from "../encode/receipt.ts";
import { encodeTransaction } from "../encode/transaction.ts";
import { type MethodTable, method, parameter } from "../method.ts";
import { chunks, flatTracer, SearchTooLongError, type TraceSearch } from "../trace-search.ts";
import { pageSize } from "./ots.ts";

/** Blocks whose senders are looked through before others get their turn. */
const BLOCKS_AT_ONCE = 256n;

/** A transaction by its place. */
interface Place {
  block: BlockEntry;
  index: number;
}

/** What a search has found on its way: transactions in its direction, and whether there are more behind them. */
interface Found {
  places: Place[];
  hasMore: boolean;
}

/**
 * Looks for transactions in which `account` takes part, through blocks in their order. It ends with the block that fills the page,
 * so that a page may have more, and has fewer where as much was looked into as may be.
 * @throws SearchTooLongError where nothing was found until then
 */
async function find(
  search: TraceSearch,
  account: Hex,
  blocks: Iterable<BlockEntry>,
  size: number,
  isBackwards: boolean,
  signal: AbortSignal,
): Promise<Found> {
  const budget = search.budget();
  const places: Place[] = [];
  for (const chunk of chunks(blocks)) {
    let participants: Awaited<ReturnType<TraceSearch["participants"]>>;
    try {
      participants = await search.participants(isBackwards ? chunk.toReversed() : chunk, budget, signal);
    } catch (error) {
      if (error instanceof SearchTooLongError && places.length > 0) return { places, hasMore: true };
      throw error;
    }
    if (isBackwards) participants.reverse();
    for (const [i, block] of chunk.entries()) {
      const numbers = participants[i]!.get(account);
      if (numbers === undefined) continue;
      if (places.length >= size) return { places, hasMore: true };
      const found = numbers.map((index) => ({ block, index }));
      places.push(...(isBackwards ? found.reverse() : found));
    }
  }
  return { places, hasMore: false };
}

/** The main line's blocks from one number to another, which may be the lesser one. */
function* line(chain: Chain, from: bigint, to: bigint): Generator<BlockEntry> {
  const step = from <= to ? 1n : -1n;
  for (let number = from; number !== to + step; number += step) {
    const block = chain.block(number);
    if (block === undefined) return;
    yield block;
  }
}

function encodePlaces(chain: Chain, places: readonly Place[]): { txs: unknown[]; receipts: unknown[] } {
  return {
    txs: places.map(({ block, index }) => encodeTransaction(block, index)),
    receipts: places.map(({ block, index }) => ({
      ...encodeReceipt(block, index, chain.rulesOf(block)),
      timestamp: quantity(block.header.timestamp),
    })),
  };
}

async function hasCode(state: StateView, at: Hex): Promise<boolean> {
  const account = await state.account(at);
  return account !== undefined && account.codeHash !== EMPTY_CODE_HASH;
}

/** A block that left code at an address where there was none before it: the last one, where there was one only. */
async function deploymentOf(chain: Chain, at: Hex, signal: AbortSignal): Promise<BlockEntry | undefined> {
  let [without, having] = [chain.genesis.number, chain.head.number];
  if (!(await hasCode(chain.state(having), at)) || (await hasCode(chain.state(without), at)))
    return undefined;
  while (having - without > 1n) {
    signal.throwIfAborted();
    const middle = (without + having) / 2n;
    if (await hasCode(chain.state(middle), at)) having = middle;
    else without = middle;
  }
  return chain.block(having);
}

/** The transaction of a block that a sender sent with this nonce. */
function sentIn(block: BlockEntry, sender: Uint8Array, nonce: bigint): number | undefined {
  const { senders } = block.receipts;
  for (let i = 0; i < block.transactionCount; i++) {
    if (senders[i * 20] !== sender[0] || senders[i * 20 + 19] !== sender[19]) continue;
    if (!sender.every((byte, j) => senders[i * 20 + j] === byte)) continue;
    if (block.transaction(i).nonce === nonce) return i;
  }
  return undefined;
}

export function otsSearch(chain: Chain, search: TraceSearch): MethodTable {
  const account = parameter("address", address);
  const size = parameter("pageSize", pageSize);
  const blockNumber = parameter("blockNumber", count);
  const first = () => chain.genesis.number + 1n;

  return {
    ots_searchTransactionsBefore: method(
      [account, blockNumber, size],
      async ([at, before, most], { signal }) => {
        const head = chain.head.number;
        const from = before === 0 || BigInt(before) > head ? head : BigInt(before) - 1n;
        const blocks = from < first() ? [] : line(chain, from, first());
        const { places, hasMore } = await find(search, at, blocks, most, true, signal);
        return { ...encodePlaces(chain, places), firstPage: from >= head, lastPage: !hasMore };
      },
    ),
    ots_searchTransactionsAfter: method(
      [account, blockNumber, size],
      async ([at, after, most], { signal }) => {
        const from = after === 0 ? first() : BigInt(after) + 1n;
        const blocks = from > chain.head.number ? [] : line(chain, from, chain.head.number);
        const { places, hasMore } = await find(search, at, blocks, most, false, signal);
        // Newest first, whichever way was gone.
        return { ...encodePlaces(chain, places.reverse()), firstPage: !hasMore, lastPage: from <= first() };
      },
    ),
    ots_getTransactionBySenderAndNonce: method(
      [account, parameter("nonce", count)],
      async ([at, nonce], { signal }) => {
        const sender = HexOf.toBytes(at);
        for (const block of line(chain, chain.head.number, chain.genesis.number)) {
          const index = sentIn(block, sender, BigInt(nonce));
          if (index !== undefined) return block.transactionHash(index);
          if (block.number % BLOCKS_AT_ONCE !== 0n) continue;
          await new Promise((resolve) => setImmediate(resolve));
          signal.throwIfAborted();
        }
        return null;
      },
    ),
    ots_getContractCreator: method([account], async ([at], { signal }) => {
      const block = await deploymentOf(chain, at, signal);
      if (block === undefined) return null;
      const traces = await chain.trace(block, { tracer: flatTracer(block), signal });
      const creation = traces
        .flatMap(({ tracer }) => tracer.result())
        .findLast(({ type, result }) => type === "create" && result?.["address"] === at);
      // Otherwise the code was put there from outside.
      if (creation === undefined) return null;
      return { hash: creation.transactionHash, creator: creation.action["from"] };
    }),
  };
}
