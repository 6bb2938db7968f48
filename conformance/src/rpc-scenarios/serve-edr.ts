// The process of Hardhat's node: EDR, which is all of it that executes, behind an HTTP server of Node's, as `hardhat node` has it.

import { createServer } from "node:http";
import {
  ContractDecoder,
  EdrContext,
  L1_CHAIN_TYPE,
  l1ProviderFactory,
  type MineOrdering,
} from "@nomicfoundation/edr";
import type { ScenarioConfig } from "./scenario.ts";
import { genesisTime } from "./served.ts";

const bytes = (hex: string): Uint8Array => Buffer.from(hex.slice(2), "hex");

async function serve(config: ScenarioConfig): Promise<number> {
  const context = new EdrContext();
  await context.registerProviderFactory(L1_CHAIN_TYPE, l1ProviderFactory());
  const gasLimit = BigInt(config.mining.blockGasLimit);
  const make = () =>
    context.createProvider(
      L1_CHAIN_TYPE,
      {
        allowBlocksWithSameTimestamp: config.allowBlocksWithSameTimestamp,
        allowUnlimitedContractSize: config.allowUnlimitedContractSize,
        bailOnCallFailure: config.bailOnCallFailure,
        bailOnTransactionFailure: config.bailOnTransactionFailure,
        chainId: BigInt(config.chainId),
        coinbase: bytes(config.coinbase),
        defaultTransactionGasLimit: BigInt(config.defaultTransactionGasLimit),
        genesisState: Object.entries(config.genesisState).map(([address, { balance }]) => ({
          address: bytes(address),
          nonce: 0n,
          balance: BigInt(balance),
          code: new Uint8Array(0),
        })),
        hardfork: config.hardfork.toLowerCase(),
        initialParentBeaconBlockRoot: new Uint8Array(32),
        minGasPrice: 0n,
        mining: {
          autoMine: true,
          blockGasLimit: gasLimit,
          // The enum stands in the types alone: its value is the string.
          memPool: { order: "Priority" as MineOrdering },
        },
        network: { genesisBlockGasLimit: gasLimit, genesisBlockTime: BigInt(genesisTime(config)) },
        networkId: BigInt(config.chainId),
        observability: {},
        ownedAccounts: config.ownedAccounts,
        precompileOverrides: [],
      },
      { enable: false, decodeConsoleLogInputsCallback: () => [], printLineCallback: () => undefined },
      { subscriptionCallback: () => undefined },
      new ContractDecoder(),
    );
  let provider = await make();
  const answer = async (text: string): Promise<string> => {
    // Hardhat's own part of it: a new provider.
    if (text.includes('"hardhat_reset"')) {
      provider = await make();
      return JSON.stringify({ jsonrpc: "2.0", id: JSON.parse(text).id, result: true });
    }
    const { data } = await provider.handleRequest(text);
    return typeof data === "string" ? data : JSON.stringify(data);
  };
  const server = createServer((request, response) => {
    let text = "";
    request.setEncoding("utf8");
    request.on("data", (chunk) => {
      text += chunk;
    });
    request.on("end", async () => {
      response.setHeader("content-type", "application/json");
      response.end(await answer(text));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return (server.address() as { port: number }).port;
}

process.on("disconnect", () => process.exit());
process.on("message", async (config: ScenarioConfig) => process.send!(await serve(config)));
