// trace_*: what happened in blocks and transactions, in the form of OpenEthereum.

import type { BlockEntry, Chain } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import { blockRef, demandBlock, findBlock } from "../decode/block-ref.ts";
import { traceFilter } from "../decode/trace-filter.ts";
import { arrayOf, count, hash, oneOf } from "../decode/values.ts";
import { ErrorCode, RpcError } from "../errors.ts";
import { type MethodTable, method, parameter } from "../method.ts";
import { flatTracer, type TraceSearch } from "../trace-search.ts";
import { type FlatTrace, rewardTraces } from "../tracers/flat-call-tracer.ts";
import { REPLAY_TYPES, type Replay, replayOf, replayTracer } from "../tracers/replay-tracer.ts";

/** A type may be named more than once. */
const MOST_TYPES = 16;
/** Calls cannot be nested deeper. */
const MOST_DEPTH = 1025;

/** Which traces are wanted. */
export const replayTypes = arrayOf(oneOf(...REPLAY_TYPES), MOST_TYPES);

export function traceBlocks(chain: Chain, search: TraceSearch): MethodTable {
  const types = parameter("traceTypes", replayTypes);
  const transaction = parameter("transactionHash", hash);

  /** Traces of a transaction; undefined where there is none. */
  const tracesOf = async (wanted: Hex, signal: AbortSignal): Promise<FlatTrace[] | undefined> => {
    const found = chain.transaction(wanted);
    if (found === undefined) return undefined;
    const { block, index } = found;
    const [trace] = await chain.trace(block, { tracer: flatTracer(block), index, signal });
    return trace!.tracer.result();
  };

  const tracesOfBlock = async (block: BlockEntry, signal: AbortSignal): Promise<FlatTrace[]> => {
    if (block === chain.genesis) return [];
    const traces = await chain.trace(block, { tracer: flatTracer(block), signal });
    const calls = traces.flatMap(({ tracer }) => tracer.result());
    return [...calls, ...rewardTraces(block, chain.rulesOf(block).fork)];
  };

  return {
    trace_block: method([parameter("block", blockRef)], ([ref], { signal }) => {
      const block = findBlock(chain, ref);
      return block === undefined ? null : tracesOfBlock(block, signal);
    }),
    trace_transaction: method(
      [transaction],
      async ([wanted], { signal }) => (await tracesOf(wanted, signal)) ?? null,
    ),
    trace_get: method(
      [transaction, parameter("traceAddress", arrayOf(count, MOST_DEPTH))],
      async ([wanted, address], { signal }) => {
        const traces = await tracesOf(wanted, signal);
        const path = address.join();
        return traces?.find(({ traceAddress }) => traceAddress.join() === path) ?? null;
      },
    ),
    trace_filter: method([parameter("filter", traceFilter)], ([filter], { signal }) =>
      search.filter(filter, signal),
    ),
    trace_replayTransaction: method([transaction, types], async ([wanted, kinds], { signal }) => {
      const found = chain.transaction(wanted);
      if (found === undefined) throw new RpcError(ErrorCode.server, "transaction not found");
      const { block, index } = found;
      const [trace] = await chain.trace(block, { tracer: replayTracer(kinds), index, signal });
      return replayOf(trace!, trace!.tracer);
    }),
    trace_replayBlockTransactions: method(
      [parameter("block", blockRef), types],
      async ([ref, kinds], { signal }): Promise<(Replay & { transactionHash: Hex })[]> => {
        const block = demandBlock(chain, ref);
        if (block === chain.genesis) return [];
        const traces = await chain.trace(block, { tracer: replayTracer(kinds), signal });
        return traces.map((trace) => ({
          ...replayOf(trace, trace.tracer),
          transactionHash: block.transactionHash(trace.transaction.index),
        }));
      },
    ),
  };
}
