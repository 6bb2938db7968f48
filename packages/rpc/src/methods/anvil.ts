// anvil_*: everything of a local chain that one can set, with Anvil's names, parameters and answers.

import { randomBytes } from "node:crypto";
import { gunzipSync, gzipSync } from "node:zlib";
import { type DevChain, dumpedAccounts, isAutomatic } from "@heddle/chain";
import { Fork, type Hex } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { amount, amount64, amountCount } from "../decode/amount.ts";
import { type ResetTarget, resetTarget } from "../decode/forking.ts";
import { address, boolean, data, hash, optional, storageKey } from "../decode/values.ts";
import { dumpChain } from "../dump.ts";
import { quantity } from "../encode/quantity.ts";
import { allowanceOf, balanceOf, findAnsweringSlot } from "../erc20-slots.ts";
import { ErrorCode, InvalidParamsError, RpcError } from "../errors.ts";
import { type CallContext, type Decoder, type MethodTable, method, parameter } from "../method.ts";
import type { NodeIdentity } from "./eth-node.ts";
import { blockCount, evmMethods } from "./evm.ts";
import { reorgMethods } from "./reorg.ts";

export interface AnvilOptions extends NodeIdentity {
  /** Called when printing is switched on or off. */
  setLogging?: (enabled: boolean) => void;
  /**
   * Takes the node to another chain, of which it answers when this resolves, or leaves everything as it is; undefined = one of
   * its own. Without it anvil_reset goes back to where the chain was begun, and refuses others.
   */
  reset?: (target: ResetTarget | undefined, signal: AbortSignal) => Promise<void>;
}

/** Bytes of a dump when it is unpacked. */
const MOST_DUMP_BYTES = 2 ** 30;

/** The state of anvil_loadState: gzip of JSON, or JSON, in hex. */
const dump: Decoder<unknown> = (value, path) => {
  const bytes = HexOf.toBytes(data(value, path));
  try {
    const isPacked = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const text = isPacked ? gunzipSync(bytes, { maxOutputLength: MOST_DUMP_BYTES }) : bytes;
    return JSON.parse(Buffer.from(text).toString("utf8"));
  } catch {
    throw new InvalidParamsError(path, "a state as anvil_dumpState gives it", value);
  }
};

/** The way back to where the chain was begun. @throws RpcError where another chain is wanted */
async function resetInPlace(dev: DevChain, target: ResetTarget | undefined): Promise<void> {
  const { fork } = dev;
  const isOther = target?.url !== undefined || target?.blockNumber !== undefined;
  if (isOther && fork === undefined) {
    throw new RpcError(ErrorCode.unsupported, "anvil_reset: this node does not fork another chain");
  }
  const number = fork?.block.header.number;
  if (isOther && target.blockNumber !== undefined && target.blockNumber !== number) {
    throw new RpcError(
      ErrorCode.unsupported,
      `anvil_reset: this node forks block ${number}, start one for another`,
    );
  }
  await dev.reset();
}

/** A setter: answered with null. */
function setter<T>(name: string, decode: Decoder<T>, set: (value: T) => unknown) {
  return method([parameter(name, decode)], async ([value]) => {
    await set(value);
    return null;
  });
}

/** Accounts: what they have, and whom the node acts for. */
function accountMethods(dev: DevChain): MethodTable {
  const { chain } = dev;
  const account = parameter("address", address);
  const set = <T>(name: string, decode: Decoder<T>, write: (at: Hex, value: T) => Promise<void>) =>
    method([account, parameter(name, decode)], async ([at, value]) => {
      await write(at, value);
      return null;
    });
  const setSlot = async (token: Hex, input: Hex, value: bigint, what: string, { signal }: CallContext) => {
    const slot = await findAnsweringSlot(chain, token, input, signal);
    if (slot === undefined) {
      throw new RpcError(ErrorCode.internal, `Unable to set ERC20 ${what}, no slot found`);
    }
    await dev.setStorageAt(slot.address, slot.key, value);
    return null;
  };
  const deal = method(
    [account, parameter("token", address), parameter("balance", amount)],
    ([holder, token, balance], context) => setSlot(token, balanceOf(holder), balance, "balance", context),
  );
  return {
    anvil_setBalance: set("balance", amount, (at, balance) => dev.setBalance(at, balance)),
    anvil_addBalance: set("balance", amount, async (at, added) => {
      const balance = (await chain.state().account(at))?.balance ?? 0n;
      await dev.setBalance(at, BigInt.asUintN(256, balance + added));
    }),
    anvil_setNonce: set("nonce", amount64, (at, nonce) => dev.setNonce(at, nonce)),
    anvil_setCode: set("code", data, (at, code) => dev.setCode(at, code)),
    anvil_setStorageAt: method(
      [account, parameter("slot", storageKey), parameter("value", storageKey)],
      async ([at, slot, value]) => {
        await dev.setStorageAt(at, slot, BigInt(value));
        return true;
      },
    ),
    anvil_dealERC20: deal,
    anvil_setERC20Balance: deal,
    anvil_setERC20Allowance: method(
      [
        parameter("owner", address),
        parameter("spender", address),
        parameter("token", address),
        parameter("amount", amount),
      ],
      ([owner, spender, token, allowed], context) =>
        setSlot(token, allowanceOf(owner, spender), allowed, "allowance", context),
    ),
    anvil_impersonateAccount: setter("address", address, (at) => dev.impersonate(at)),
    anvil_stopImpersonatingAccount: setter("address", address, (at) => dev.stopImpersonating(at)),
    anvil_autoImpersonateAccount: setter("enabled", boolean, (enabled) => dev.impersonateAll(enabled)),
  };
}

/** Blocks, time and pool. */
function blockMethods(dev: DevChain): MethodTable {
  const { chain } = dev;
  const evm = evmMethods(dev);
  return {
    anvil_mine: method(
      [parameter("blocks", blockCount), parameter("interval", optional(amount64))],
      async ([blocks, interval]) => {
        // viem sends 0 where none is given.
        await dev.mineMany(blocks, interval === 0n ? undefined : interval);
        return null;
      },
    ),
    anvil_mine_detailed: evm["evm_mine_detailed"]!,
    anvil_getAutomine: method([], () => isAutomatic(dev.mining)),
    anvil_setAutomine: evm["evm_setAutomine"]!,
    anvil_getIntervalMining: method([], () =>
      "milliseconds" in dev.mining ? dev.mining.milliseconds / 1000 : null,
    ),
    anvil_setIntervalMining: evm["evm_setIntervalMining"]!,
    anvil_snapshot: evm["evm_snapshot"]!,
    anvil_revert: evm["evm_revert"]!,
    anvil_setTime: evm["evm_setTime"]!,
    anvil_increaseTime: evm["evm_increaseTime"]!,
    anvil_setNextBlockTimestamp: evm["evm_setNextBlockTimestamp"]!,
    anvil_setBlockGasLimit: evm["evm_setBlockGasLimit"]!,
    anvil_setBlockTimestampInterval: setter("seconds", amount64, (seconds) => dev.clock.setInterval(seconds)),
    anvil_removeBlockTimestampInterval: method([], () => {
      const { interval } = dev.clock.state;
      dev.clock.setInterval(undefined);
      return interval !== undefined;
    }),
    anvil_setCoinbase: setter("address", address, (coinbase) => dev.setBlocks({ coinbase })),
    anvil_setNextBlockBaseFeePerGas: setter("baseFee", amount, (baseFeePerGas) =>
      dev.setNextBlock({ baseFeePerGas }),
    ),
    anvil_setMinGasPrice: setter("price", amount, (price) => {
      if (chain.proposal().rules.fork >= Fork.London) {
        throw new RpcError(
          ErrorCode.invalidParams,
          "anvil_setMinGasPrice is not supported when EIP-1559 is active",
        );
      }
      chain.pool.minGasPrice = price;
    }),
    anvil_dropTransaction: method([parameter("hash", hash)], ([wanted]) =>
      dev.drop(wanted) ? wanted : null,
    ),
    anvil_dropAllTransactions: method([], () => {
      chain.pool.clear();
      return null;
    }),
    anvil_removePoolTransactions: setter("address", address, (sender) => chain.pool.clear(sender)),
    ...reorgMethods(dev),
  };
}

function forkedNetwork({ fork }: DevChain): unknown {
  if (fork === undefined) return null;
  const { header, hash } = fork.block;
  return { chainId: Number(fork.chainId), forkBlockNumber: Number(header.number), forkBlockHash: hash };
}

/** The node as a whole. */
function nodeMethods(dev: DevChain, { clientVersion, setLogging, reset }: AnvilOptions): MethodTable {
  const { chain } = dev;
  let instanceId = HexOf.fromBytes(randomBytes(32));
  return {
    anvil_nodeInfo: method([], () => {
      const { head } = chain;
      const { header, rules } = chain.proposal();
      const baseFee = header.baseFeePerGas ?? 0n;
      return {
        currentBlockNumber: quantity(head.number),
        currentBlockTimestamp: Number(head.header.timestamp),
        currentBlockHash: head.hash,
        hardFork: Object.keys(Fork).find((name) => Fork[name as keyof typeof Fork] === rules.fork),
        transactionOrder: chain.pool.options.order,
        environment: {
          baseFee: quantity(baseFee),
          chainId: Number(chain.chainId),
          gasLimit: quantity(header.gasLimit),
          gasPrice: quantity(baseFee + 10n ** 9n),
        },
        forkConfig: {
          forkUrl: dev.fork?.client.url ?? null,
          forkBlockNumber: dev.fork === undefined ? null : Number(dev.fork.block.header.number),
          forkRetryBackoff: null,
        },
      };
    }),
    anvil_metadata: method([], () => ({
      clientVersion,
      chainId: Number(chain.chainId),
      instanceId,
      latestBlockNumber: Number(chain.head.number),
      latestBlockHash: chain.head.hash,
      forkedNetwork: forkedNetwork(dev),
      snapshots: Object.fromEntries(
        dev.snapshots.map((id) => {
          const head = dev.snapshotBlock(id)!;
          return [quantity(id), [Number(chain.block(head)?.number ?? 0n), head]];
        }),
      ),
    })),
    anvil_getGenesisTime: method([], () => Number(chain.genesis.header.timestamp)),
    anvil_setChainId: setter("chainId", amountCount, (chainId) => chain.setChainId(BigInt(chainId))),
    anvil_setLoggingEnabled: setter("enabled", boolean, (enabled) => setLogging?.(enabled)),
    // Traces are made when they are asked for.
    anvil_enableTraces: method([], () => null),
    anvil_reset: method([parameter("options", resetTarget)], async ([target], { signal }) => {
      await (reset === undefined ? resetInPlace(dev, target) : reset(target, signal));
      instanceId = HexOf.fromBytes(randomBytes(32));
      return null;
    }),
    anvil_dumpState: method([parameter("preserveHistoricalStates", optional(boolean))], async () =>
      HexOf.fromBytes(gzipSync(JSON.stringify(await dumpChain(chain)))),
    ),
    anvil_loadState: method([parameter("state", dump)], async ([state]) => {
      await chain.edit(dumpedAccounts(state));
      return true;
    }),
  };
}

export function anvilMethods(dev: DevChain, options: AnvilOptions): MethodTable {
  return { ...accountMethods(dev), ...blockMethods(dev), ...nodeMethods(dev, options) };
}
