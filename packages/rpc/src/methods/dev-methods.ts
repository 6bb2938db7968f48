// All methods that a local chain has beside those of any chain.

import { type DevChain, isAutomatic } from "@heddle/chain";
import type { AnsweredCall, CallWatcher } from "../call.ts";
import { amountCount } from "../decode/amount.ts";
import { address } from "../decode/values.ts";
import { ErrorCode, RpcError } from "../errors.ts";
import { type Method, type MethodTable, method, parameter } from "../method.ts";
import { withRemoteHistory } from "../remote-history.ts";
import { callError } from "../revert.ts";
import type { Artifacts } from "../solidity/artifacts.ts";
import { type Explanation, explainCall } from "../solidity/explain.ts";
import type { Subscriptions } from "../subscriptions.ts";
import { devAccountMethods } from "./accounts.ts";
import { type AnvilOptions, anvilMethods } from "./anvil.ts";
import { chainMethods } from "./chain-methods.ts";
import { type DevTransactionOptions, devTransactions } from "./dev-transactions.ts";
import { type EvmOptions, evmMethods } from "./evm.ts";
import { hardhatMethods } from "./hardhat.ts";

export interface DevMethodsOptions extends DevTransactionOptions, EvmOptions, AnvilOptions {
  /** False: a call that is reverted is answered with what it gave, as by Hardhat with its option of that name. */
  bailOnCallFailure?: boolean;
  /** True: whoever calls or estimates need not have the ether that the call carries, as with Hardhat. */
  unfundedCalls?: boolean;
  /** Contracts by which failures are explained. */
  artifacts?: Artifacts;
  /** Hears of eth_call and eth_estimateGas that failed or printed, with what the artifacts tell of a failure. */
  onCall?: (answered: AnsweredCall, explained: Explanation | undefined) => void;
  /** Those of sockets, where they outlive the chain (`reset`); its own unless given. */
  subscriptions?: Subscriptions;
}

/** Explains failed messages, where there are artifacts, and tells of those that failed or printed. */
function watcherOf({ artifacts, onCall }: DevMethodsOptions): CallWatcher | undefined {
  if (artifacts === undefined && onCall === undefined) return undefined;
  return async (answered) => {
    const { call, result } = answered;
    const explained =
      artifacts === undefined || result.success
        ? undefined
        : await explainCall(artifacts, call, result).catch(() => undefined);
    onCall?.(answered, explained);
    if (explained?.error === undefined) return undefined;
    const { code, message, data } = callError(result);
    return new RpcError(code, `${message}: custom error ${explained.error}`, data);
  };
}

/** More than any call carries, and far from what overflows. */
const FUNDS = `0x1${"00".repeat(16)}`;

/** The call, which is tried again with a sender that has ether where it had too little. */
function unfunded({ parameterNames, call }: Method): Method {
  return {
    parameterNames,
    async call(params, context) {
      try {
        return await call(params, context);
      } catch (error) {
        const [message, block, overrides, ...rest] = params;
        const { from } = message as { from?: string };
        if (!(error instanceof RpcError) || !error.message.startsWith("insufficient") || from === undefined)
          throw error;
        const funded = { ...(overrides as object | undefined), [from]: { balance: FUNDS } };
        return call([message, block, funded, ...rest], context);
      }
    },
  };
}

/** eth_call that answers with the data of a revert. */
function forgiving({ parameterNames, call }: Method): Method {
  return {
    parameterNames,
    async call(params, context) {
      try {
        return await call(params, context);
      } catch (error) {
        if (error instanceof RpcError && error.code === ErrorCode.reverted) return error.data;
        throw error;
      }
    },
  };
}

/** The method, answered when what it has set survives a restart where the chain has a directory. */
function kept(dev: DevChain, { parameterNames, call }: Method): Method {
  return {
    parameterNames,
    async call(params, context) {
      const answer = await call(params, context);
      await dev.durable();
      return answer;
    },
  };
}

/**
 * The methods of a local chain, by name: those of `chainMethods`, where sending a transaction makes a block, and accounts,
 * time and state to be set under the names that Anvil, Hardhat and Ganache have for it. Of a fork they answer for the remote's
 * blocks as well.
 *
 * @example
 * ```ts
 * const dev = await openDevChain();
 * const methods = devMethods(dev, { clientVersion: "anvil/my-node/0.1.0" });
 * await startRpcServer({ methods, translate, log, registry });
 * ```
 */
export function devMethods(dev: DevChain, options: DevMethodsOptions): MethodTable {
  const { chain } = dev;
  const anvil = anvilMethods(dev, options);
  const controls = {
    ...evmMethods(dev, options),
    ...anvil,
    ...hardhatMethods(dev, anvil),
    evm_setAccountBalance: anvil["anvil_setBalance"]!,
    evm_setAccountNonce: anvil["anvil_setNonce"]!,
    evm_setAccountCode: anvil["anvil_setCode"]!,
    evm_setAccountStorageAt: anvil["anvil_setStorageAt"]!,
    tenderly_setBalance: anvil["anvil_setBalance"]!,
    tenderly_addBalance: anvil["anvil_addBalance"]!,
  };
  const watchCall = watcherOf(options);
  const common = chainMethods(chain, {
    ...options,
    estimateAhead: true,
    ...(watchCall === undefined ? {} : { watchCall }),
  });
  let call = common["eth_call"]!;
  let estimate = common["eth_estimateGas"]!;
  if (options.unfundedCalls) [call, estimate] = [unfunded(call), unfunded(estimate)];
  if (options.bailOnCallFailure === false) call = forgiving(call);
  const methods = {
    ...common,
    eth_call: call,
    eth_estimateGas: estimate,
    ...devAccountMethods(dev),
    ...devTransactions(dev, options),
    ...Object.fromEntries(Object.entries(controls).map(([name, one]) => [name, kept(dev, one)])),
    eth_getTransactionBySenderAndNonce: method(
      [parameter("sender", address), parameter("nonce", amountCount)],
      async ([sender, nonce], context) => {
        const hash = await common["ots_getTransactionBySenderAndNonce"]!.call([sender, nonce], context);
        return hash === null ? null : common["eth_getTransactionByHash"]!.call([hash], context);
      },
    ),
    eth_coinbase: method([], () => chain.proposal().header.coinbase),
    eth_mining: method([], () => isAutomatic(dev.mining)),
    eth_hashrate: method([], () => "0x0"),
  };
  return dev.fork === undefined ? methods : withRemoteHistory(methods, chain, dev.fork);
}
