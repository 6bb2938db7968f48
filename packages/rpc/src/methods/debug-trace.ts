// debug_trace*: what happened inside transactions and messages, as a named tracer tells it.

import type { BlockEntry, Chain } from "@heddle/chain";
import { type Block, decodeBlock, type TracedTransaction } from "@heddle/engine";
import * as Bytes from "ox/Bytes";
import { demandFunds, prepareCall } from "../call.ts";
import { blockNumberRef, blockRef, chainReference, LATEST } from "../decode/block-ref.ts";
import { callObject } from "../decode/call-object.ts";
import { type AccountOverride, blockOverride, stateOverrides } from "../decode/overrides.ts";
import { data, hash, object, optional } from "../decode/values.ts";
import { ErrorCode, RpcError } from "../errors.ts";
import { type MethodTable, method, parameter } from "../method.ts";
import { traceOptions } from "../tracers/registry.ts";
import type { ResultTracer, ResultTracerFactory } from "../tracers/tracer.ts";

/** Makes tracers that know where in a block their transactions stand. */
export function placed(
  make: ResultTracerFactory,
  block: BlockEntry,
): (transaction: TracedTransaction) => ResultTracer {
  return (transaction) =>
    make(transaction, {
      blockHash: block.hash,
      blockNumber: block.number,
      transactionHash: block.transactionHash(transaction.index),
      transactionPosition: transaction.index,
    });
}

/** A block whose transactions can be traced. @throws RpcError where there is none */
export function traceableBlock(chain: Chain, reference: ReturnType<typeof chainReference>): BlockEntry {
  const block = chain.block(reference);
  if (block === undefined) throw new RpcError(ErrorCode.server, `block ${reference} not found`);
  if (block === chain.genesis) throw new RpcError(ErrorCode.server, "genesis is not traceable");
  return block;
}

const callConfig = object({
  stateOverrides: optional(stateOverrides, [] as [`0x${string}`, AccountOverride][]),
  blockOverrides: optional(blockOverride),
});

export function debugTrace(chain: Chain): MethodTable {
  const config = parameter("config", traceOptions);
  const traceBlock = async (block: BlockEntry, make: ResultTracerFactory, signal: AbortSignal) => {
    const traces = await chain.trace(block, { tracer: placed(make, block), signal });
    return traces.map(({ transaction, tracer }) => ({
      txHash: block.transactionHash(transaction.index),
      result: tracer.result(),
    }));
  };
  return {
    debug_traceTransaction: method([parameter("hash", hash), config], async ([wanted, make], { signal }) => {
      const found = chain.transaction(wanted);
      if (found === undefined) throw new RpcError(ErrorCode.server, "transaction not found");
      const { block, index } = found;
      const [trace] = await chain.trace(block, { tracer: placed(make, block), index, signal });
      return trace!.tracer.result();
    }),
    debug_traceBlockByNumber: method(
      [parameter("block", blockNumberRef), config],
      ([ref, make], { signal }) => traceBlock(traceableBlock(chain, chainReference(ref)), make, signal),
    ),
    debug_traceBlockByHash: method([parameter("hash", hash), config], ([wanted, make], { signal }) =>
      traceBlock(traceableBlock(chain, wanted), make, signal),
    ),
    debug_traceBlock: method([parameter("rlp", data), config], async ([rlp, make], { signal }) => {
      const block: Block = decodeBlock(Bytes.fromHex(rlp));
      const traces = await chain.trace(block, { tracer: (transaction) => make(transaction, {}), signal });
      return traces.map(({ transaction, tracer }) => ({ txHash: transaction.hash, result: tracer.result() }));
    }),
    debug_traceCall: method(
      [
        parameter("transaction", callObject),
        parameter("block", optional(blockRef, LATEST)),
        parameter("config", (value, path) => ({
          make: traceOptions(value, path),
          ...callConfig(value ?? {}, path),
        })),
      ],
      async ([call, ref, { make, stateOverrides: edits, blockOverrides }], { signal }) => {
        const prepared = await prepareCall(chain, call, ref, edits, blockOverrides);
        const { message, block, overrides, variation, state } = prepared;
        let tracer: ResultTracer | undefined;
        const result = await state.call(message, {
          block,
          overrides,
          variation,
          signal,
          tracer: (transaction) => {
            tracer = make(transaction, {});
            return tracer;
          },
        });
        demandFunds(result, message);
        return tracer!.result();
      },
    ),
  };
}
