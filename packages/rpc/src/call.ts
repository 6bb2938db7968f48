// Messages of eth_call and eth_estimateGas: what they see of the block, what they may spend.

import type { Chain, StateView } from "@heddle/chain";
import type {
  BlockVariation,
  CallHeader,
  CallInput,
  CallResult,
  Header,
  Hex,
  MaybePromise,
  StateEdit,
} from "@heddle/engine";
import { after } from "./at-once.ts";
import { type BlockRef, demandState, isAhead } from "./decode/block-ref.ts";
import type { CallObject } from "./decode/call-object.ts";
import {
  type AccountOverride,
  type BlockOverride,
  movedPrecompiles,
  stateEdits,
} from "./decode/overrides.ts";
import { delegations } from "./delegations.ts";
import { ErrorCode, RpcError } from "./errors.ts";
import { precompileAddresses } from "./fork-schedule.ts";
import type { CallContext } from "./method.ts";
import { callError } from "./revert.ts";

/** Gas that one call may use at most, and what it gets where it says nothing. geth's RPC gas cap. */
export const CALL_GAS_CAP = 50_000_000n;

/** A message with the state and the block on which it runs. */
export interface PreparedCall {
  message: CallInput;
  header: Header;
  /** What the message sees otherwise than `header` says. */
  block: CallHeader;
  overrides: readonly StateEdit[];
  variation: BlockVariation;
  /** The head may move on while the call is prepared and run: it stays with its state. */
  state: StateView;
  /** Most wei that it pays for a unit of gas; 0 = nobody pays. */
  feeCap: bigint;
  /** The block is as its header says, and so is the state. */
  isPlain: boolean;
}

/** Puts a call into the form of the engine. @throws RpcError where its fees are not possible in the block */
export function prepareCall(
  chain: Chain,
  call: CallObject,
  ref: BlockRef,
  overridden: readonly (readonly [Hex, AccountOverride])[],
  blockOverride: BlockOverride | undefined,
): MaybePromise<PreparedCall> {
  return after(demandState(chain, ref), (state) =>
    prepareOn(
      chain,
      state,
      call,
      isAhead(ref) ? chain.proposal().header : undefined,
      overridden,
      blockOverride,
    ),
  );
}

/** As `prepareCall`, on a state. `proposed` is the header of the block to come, where the call is run in that. */
function prepareOn(
  chain: Chain,
  state: StateView,
  call: CallObject,
  proposed: Header | undefined,
  overridden: readonly (readonly [Hex, AccountOverride])[],
  blockOverride: BlockOverride | undefined,
): MaybePromise<PreparedCall> {
  const header = proposed ?? state.block.header;
  const feeCap = call.gasPrice ?? call.maxFeePerGas ?? 0n;
  const tip = call.gasPrice ?? call.maxPriorityFeePerGas ?? 0n;
  // Who pays nothing must not fail for the base fee (EIP-1559 has no such transactions).
  const baseFee = feeCap === 0n ? 0n : (header.baseFeePerGas ?? 0n);
  const block: CallHeader = {
    ...proposed,
    ...(header.baseFeePerGas === undefined ? {} : { baseFeePerGas: baseFee }),
    ...blockOverride?.header,
  };
  const seen = block.baseFeePerGas ?? 0n;
  if (feeCap > 0n && feeCap < seen) {
    throw new RpcError(
      ErrorCode.server,
      `max fee per gas less than block base fee: maxFeePerGas: ${feeCap}, baseFee: ${seen}`,
    );
  }
  const wanted = seen + tip;
  const message: CallInput = {
    to: call.to,
    gas: call.gas === undefined || call.gas > CALL_GAS_CAP ? CALL_GAS_CAP : call.gas,
    gasPrice: call.gasPrice ?? (wanted < feeCap ? wanted : feeCap),
    value: call.value ?? 0n,
    data: call.input ?? "0x",
    accessList: call.accessList ?? [],
    blobVersionedHashes: call.blobVersionedHashes ?? [],
    authorizationCount: call.authorizationList?.length ?? 0,
    ...(call.from === undefined ? {} : { from: call.from }),
  };
  const overrides = stateEdits(overridden);
  const precompiles =
    overridden.length === 0
      ? undefined
      : movedPrecompiles(overridden, precompileAddresses(chain.rulesOf(state.block).fork));
  const variation = { precompiles, blobBaseFee: blockOverride?.blobBaseFee };
  const isPlain = blockOverride === undefined && overridden.length === 0;
  const prepared = { message, header, block, overrides, variation, state, feeCap, isPlain };
  if (message.authorizationCount === 0) return prepared;
  return delegations(chain, call, state, overrides).then((edits) => ({
    ...prepared,
    overrides: [...overrides, ...edits],
    isPlain: isPlain && edits.length === 0,
  }));
}

/** A message that was answered for, and what it gave. */
export interface AnsweredCall {
  method: "eth_call" | "eth_estimateGas";
  call: PreparedCall;
  result: CallResult;
}

/** Hears of messages that failed or printed before they are answered; gives the error to answer where it knows a better one. */
export type CallWatcher = (answered: AnsweredCall) => Promise<RpcError | undefined>;

/** The error of a failed message; undefined where it did not fail. */
export function failureOf(
  answered: AnsweredCall,
  watch: CallWatcher | undefined,
): MaybePromise<RpcError | undefined> {
  const { result } = answered;
  if (result.success && (result.consoleCalls.length === 0 || watch === undefined)) return undefined;
  return after(watch?.(answered), (told) => (result.success ? undefined : (told ?? callError(result))));
}

/** Runs it, with another gas limit where one is given: at once where nothing has to be waited for. */
export function runCall(
  { message, header, block, overrides, variation, state, feeCap, isPlain }: PreparedCall,
  context: Pick<CallContext, "signal">,
  gas: bigint = message.gas!,
): MaybePromise<CallResult> {
  const asked = { ...message, gas };
  const met = isPlain ? state.callAtOnce(asked, { header, isFree: feeCap === 0n }) : undefined;
  const given = met ?? state.call(asked, { block, overrides, variation, signal: context.signal });
  return after(given, (result) => demandFunds(result, message));
}

/** The result, of a message whose sender has the ether that it carries. @throws RpcError of another one: nothing of it was run */
export function demandFunds(result: CallResult, message: CallInput): CallResult {
  if (result.halt !== "InsufficientBalance") return result;
  throw new RpcError(ErrorCode.server, `insufficient funds for transfer: value ${message.value}`);
}
