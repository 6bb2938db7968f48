// The process of EdrChain: one provider, asked to mine block after block.

import {
  ContractDecoder,
  EdrContext,
  L1_CHAIN_TYPE,
  l1ProviderFactory,
  type MineOrdering,
  type Provider,
} from "@nomicfoundation/edr";
import type { EdrAccount, EdrAnswer, EdrBlock, EdrRequest } from "./edr.ts";

const quantity = (value: bigint): string => `0x${value.toString(16)}`;
const word = (value: bigint): string => `0x${value.toString(16).padStart(64, "0")}`;
const bytes = (hex: string): Uint8Array => Buffer.from(hex.slice(2), "hex");

let provider: Provider | undefined;

async function request<T>(method: string, ...params: unknown[]): Promise<T> {
  const response = await provider!.handleRequest(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }));
  const { error, result } = typeof response.data === "string" ? JSON.parse(response.data) : response.data;
  if (error !== undefined) throw new Error(`${method}: ${error.message}`);
  return result;
}

async function start(options: Extract<EdrRequest, { kind: "start" }>): Promise<EdrAnswer> {
  const { chainId, number, timestamp, gasLimit, coinbase, baseFee, accounts } = options;
  const context = new EdrContext();
  await context.registerProviderFactory(L1_CHAIN_TYPE, l1ProviderFactory());
  provider = await context.createProvider(
    L1_CHAIN_TYPE,
    {
      allowBlocksWithSameTimestamp: false,
      allowUnlimitedContractSize: false,
      bailOnCallFailure: false,
      bailOnTransactionFailure: false,
      chainId: BigInt(chainId),
      coinbase: bytes(coinbase),
      defaultTransactionGasLimit: 1_000_000n,
      genesisState: accounts.map(({ address, nonce, balance, code }: EdrAccount) => ({
        address: bytes(address),
        nonce,
        balance,
        code,
      })),
      hardfork: "osaka",
      initialBaseFeePerGas: baseFee,
      initialParentBeaconBlockRoot: new Uint8Array(32),
      minGasPrice: 0n,
      mining: {
        autoMine: false,
        blockGasLimit: gasLimit,
        // The enum stands in the types alone: its value is the string.
        memPool: { order: "Fifo" as MineOrdering },
      },
      // The empty blocks up to the chain's first number are a second apart.
      network: { genesisBlockGasLimit: gasLimit, genesisBlockTime: timestamp - number - 1n },
      networkId: BigInt(chainId),
      observability: {},
      ownedAccounts: [],
      precompileOverrides: [],
    },
    { enable: false, decodeConsoleLogInputsCallback: () => [], printLineCallback: () => undefined },
    { subscriptionCallback: () => undefined },
    new ContractDecoder(),
  );
  for (const { address, storage } of accounts) {
    for (const [key, value] of storage) {
      await request("hardhat_setStorageAt", address, quantity(BigInt(key)), word(value));
    }
  }
  if (number > 0n) await request("hardhat_mine", quantity(number), "0x1");
  return { kind: "ready" };
}

async function mine(block: EdrBlock, takeBack: boolean): Promise<EdrAnswer> {
  const snapshot = takeBack ? await request("evm_snapshot") : undefined;
  await request("hardhat_setCoinbase", block.coinbase);
  await request("evm_setBlockGasLimit", quantity(block.gasLimit));
  await request("hardhat_setNextBlockBaseFeePerGas", quantity(block.baseFee));
  await request("hardhat_setPrevRandao", block.prevRandao);
  await request("evm_setNextBlockTimestamp", quantity(block.timestamp));
  for (const raw of block.transactions) {
    await request("eth_sendRawTransaction", `0x${Buffer.from(raw).toString("hex")}`);
  }
  const cpuBefore = process.cpuUsage();
  const begun = performance.now();
  await request("evm_mine");
  const wall = performance.now() - begun;
  const { user, system } = process.cpuUsage(cpuBefore);
  const mined = await request<Record<string, string>>("eth_getBlockByNumber", "latest", false);
  if (snapshot !== undefined) await request("evm_revert", snapshot);
  const gasUsed = BigInt(mined["gasUsed"]!);
  return { kind: "mined", wall, cpu: (user + system) / 1000, gasUsed, receiptsRoot: mined["receiptsRoot"]! };
}

async function answer(asked: EdrRequest): Promise<EdrAnswer> {
  try {
    return asked.kind === "start" ? await start(asked) : await mine(asked.block, asked.takeBack);
  } catch (error) {
    return { kind: "failed", reason: error instanceof Error ? error.message : String(error) };
  }
}

// Who asked is gone, or stops everything itself.
process.on("disconnect", () => process.exit());
process.on("SIGINT", () => undefined);
process.on("message", async (asked: EdrRequest) => {
  process.send!(await answer(asked));
});
