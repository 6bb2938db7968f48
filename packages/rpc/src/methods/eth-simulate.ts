// eth_simulateV1: blocks of calls that nobody has sent, executed for what they give.

import {
  type BlockToSimulate,
  type Chain,
  type SimulatedBlock,
  type SimulatedCall,
  SimulatedNonceError,
  SimulationOrderError,
} from "@heddle/chain";
import { type Hex, InvalidTransactionError, type SimulatedTransaction } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { CALL_GAS_CAP } from "../call.ts";
import { blockRef, demandBlock, LATEST } from "../decode/block-ref.ts";
import type { CallObject } from "../decode/call-object.ts";
import { movedPrecompiles, stateEdits } from "../decode/overrides.ts";
import { type SimulatedBlockObject, simulation } from "../decode/simulation.ts";
import { optional } from "../decode/values.ts";
import { encodeBlock } from "../encode/block.ts";
import { quantity } from "../encode/quantity.ts";
import { encodeLog } from "../encode/receipt.ts";
import { ErrorCode, RpcError } from "../errors.ts";
import { precompileAddresses } from "../fork-schedule.ts";
import { type MethodTable, method, parameter } from "../method.ts";
import { haltMessage, revertError } from "../revert.ts";
import { translate } from "../translate.ts";

const ZERO_ADDRESS: Hex = `0x${"00".repeat(20)}`;

const ORDER_CODES: Readonly<Record<string, number>> = {
  NUMBER_ORDER: ErrorCode.blockNumberOrder,
  TIMESTAMP_ORDER: ErrorCode.blockTimestampOrder,
  TOO_MANY_BLOCKS: ErrorCode.tooManyBlocks,
};

/** Why a call is not valid, as the specification numbers it. */
const CALL_CODES: Partial<Record<InvalidTransactionError["reason"], number>> = {
  NonceTooLow: ErrorCode.nonceTooLow,
  NonceTooHigh: ErrorCode.nonceTooHigh,
  NonceIsMax: ErrorCode.internal,
  MaxFeeBelowBaseFee: ErrorCode.baseFeeTooLow,
  IntrinsicGasTooLow: ErrorCode.intrinsicGas,
  FloorGasTooLow: ErrorCode.intrinsicGas,
  InsufficientFunds: ErrorCode.insufficientFunds,
  GasAllowanceExceeded: ErrorCode.blockGasLimit,
  SenderNotEoa: ErrorCode.senderNotEoa,
  InitcodeSizeExceeded: ErrorCode.initcodeTooLarge,
  PriorityAboveMaxFee: ErrorCode.invalidParams,
};

/** The same error under the code of eth_simulateV1. */
function simulationError(error: unknown): unknown {
  if (error instanceof SimulationOrderError) return new RpcError(ORDER_CODES[error.code]!, error.message);
  if (error instanceof SimulatedNonceError) return new RpcError(ErrorCode.nonceTooHigh, error.message);
  if (!(error instanceof InvalidTransactionError)) return error;
  const code = CALL_CODES[error.reason];
  const told = translate(error);
  return code === undefined || told === undefined ? error : new RpcError(code, `err: ${told.message}`);
}

function simulatedCall(chain: Chain, call: CallObject): SimulatedCall {
  const { chainId, authorizationList } = call;
  if (chainId !== undefined && chainId !== chain.chainId) {
    throw new RpcError(
      ErrorCode.server,
      `chainId does not match node's (have=${chainId}, want=${chain.chainId})`,
    );
  }
  return {
    from: call.from ?? ZERO_ADDRESS,
    to: call.to,
    nonce: call.nonce,
    gas: call.gas,
    gasPrice: call.gasPrice,
    maxFeePerGas: call.maxFeePerGas,
    maxPriorityFeePerGas: call.maxPriorityFeePerGas,
    maxFeePerBlobGas: call.maxFeePerBlobGas,
    value: call.value,
    data: call.input,
    accessList: call.accessList,
    blobVersionedHashes: call.blobVersionedHashes,
    authorizationList: authorizationList?.map(({ yParity = 0n, r = 0n, s = 0n, ...authorization }) => ({
      ...authorization,
      yParity,
      r,
      s,
    })),
  };
}

function blockToSimulate(
  chain: Chain,
  { blockOverrides, stateOverrides, calls }: SimulatedBlockObject,
  precompiles: ReadonlySet<Hex>,
): BlockToSimulate {
  const { header = {}, blobBaseFee, withdrawals } = blockOverrides ?? {};
  return {
    number: header.number,
    timestamp: header.timestamp,
    coinbase: header.coinbase,
    prevRandao: header.mixHash,
    gasLimit: header.gasLimit,
    baseFeePerGas: header.baseFeePerGas,
    difficulty: header.difficulty,
    parentBeaconBlockRoot: header.parentBeaconBlockRoot,
    blobBaseFee,
    withdrawals,
    edits: stateEdits(stateOverrides),
    precompiles: movedPrecompiles(stateOverrides, precompiles),
    calls: calls.map((call) => simulatedCall(chain, call)),
  };
}

function callFailure({ halt, output }: SimulatedTransaction): unknown {
  if (halt === "Revert") return revertError(output).toObject();
  return { code: ErrorCode.simulatedFailure, message: haltMessage(halt) };
}

function encodeSimulated(
  { block, calls }: SimulatedBlock,
  fullTransactions: boolean,
): Record<string, unknown> {
  let logs = 0;
  return {
    ...encodeBlock(block, fullTransactions),
    calls: calls.map((call, index) => {
      const failed = call.halt !== "Success";
      return {
        // What a revert gave stands in its error.
        returnData: failed ? "0x" : HexOf.fromBytes(call.output),
        logs: call.logs.map((log) => encodeLog(block, index, log, logs++)),
        gasUsed: quantity(call.gasUsed),
        maxUsedGas: quantity(call.gasBeforeRefund),
        status: failed ? "0x0" : "0x1",
        ...(failed ? { error: callFailure(call) } : {}),
      };
    }),
  };
}

export function ethSimulate(chain: Chain): MethodTable {
  return {
    eth_simulateV1: method(
      [parameter("payload", simulation), parameter("block", optional(blockRef, LATEST))],
      async ([{ blockStateCalls, traceTransfers, validation, returnFullTransactions }, ref], { signal }) => {
        const base = demandBlock(chain, ref);
        const precompiles = precompileAddresses(chain.rulesOf(base).fork);
        const blocks = blockStateCalls.map((block) => blockToSimulate(chain, block, precompiles));
        if (blocks.length === 0) throw new RpcError(ErrorCode.invalidParams, "empty input");
        try {
          const simulated = await chain.simulate(
            blocks,
            { validation, transferLogs: traceTransfers, gas: CALL_GAS_CAP, signal },
            base.hash,
          );
          return simulated.map((one) => encodeSimulated(one, returnFullTransactions));
        } catch (error) {
          throw simulationError(error);
        }
      },
    ),
  };
}
