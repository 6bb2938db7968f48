// hardhat_*: the same as anvil_* under Hardhat's names, with Hardhat's answers, and what only Hardhat has.

import type { DevChain } from "@heddle/chain";
import { amount64 } from "../decode/amount.ts";
import { hash, optional } from "../decode/values.ts";
import { type MethodTable, method, parameter } from "../method.ts";
import type { anvilMethods } from "./anvil.ts";
import { answering, blockCount } from "./evm.ts";

/** Methods that Hardhat answers with true. */
const CONFIRMED = [
  "setBalance",
  "setNonce",
  "setCode",
  "setStorageAt",
  "setCoinbase",
  "setLoggingEnabled",
  "setMinGasPrice",
  "setNextBlockBaseFeePerGas",
  "impersonateAccount",
  "stopImpersonatingAccount",
  "autoImpersonateAccount",
  "reset",
] as const;

/** Methods whose answers are Anvil's. */
const SAME = [
  "getAutomine",
  "setAutomine",
  "dumpState",
  "loadState",
  "dropAllTransactions",
  "addBalance",
  "nodeInfo",
  "dealERC20",
  "setERC20Allowance",
] as const;

/** Methods named as Hardhat's; `anvil` are those of the same node. */
export function hardhatMethods(dev: DevChain, anvil: ReturnType<typeof anvilMethods>): MethodTable {
  const renamed = (names: readonly string[], make: (name: string) => MethodTable[string]) =>
    Object.fromEntries(names.map((name) => [`hardhat_${name}`, make(anvil_(name))]));
  const anvil_ = (name: string) => `anvil_${name}`;
  return {
    ...renamed(CONFIRMED, (name) => answering(anvil[name]!, true)),
    ...renamed(SAME, (name) => anvil[name]!),
    hardhat_mine: method(
      [parameter("blocks", blockCount), parameter("interval", optional(amount64, 1n))],
      async ([blocks, interval]) => {
        await dev.mineMany(blocks, interval === 0n ? undefined : interval);
        return true;
      },
    ),
    hardhat_intervalMine: method([], async () => {
      await dev.mine();
      return true;
    }),
    hardhat_metadata: method([], async (_params, context) => {
      const {
        snapshots: _,
        forkedNetwork,
        ...metadata
      } = (await anvil["anvil_metadata"]!.call([], context)) as Record<string, unknown>;
      return forkedNetwork === null ? metadata : { ...metadata, forkedNetwork };
    }),
    hardhat_setPrevRandao: method([parameter("prevRandao", hash)], ([prevRandao]) => {
      dev.setNextBlock({ prevRandao });
      return true;
    }),
    hardhat_dropTransaction: method([parameter("hash", hash)], ([wanted]) => dev.drop(wanted)),
  };
}
