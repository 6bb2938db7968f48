// The process of a local chain: it is sent the recorded node's configuration, and answers with its port.

import { openDevChain } from "@heddle/chain";
import type { Hex } from "@heddle/engine";
import { devMethods, startRpcServer, translate } from "@heddle/rpc";
import pino from "pino";
import { Registry } from "prom-client";
import type { ScenarioConfig } from "./scenario.ts";
import { genesisTime } from "./served.ts";

async function serve(config: ScenarioConfig): Promise<number> {
  const dev = await openDevChain({
    workers: 0,
    chainId: config.chainId,
    hardfork: config.hardfork,
    gasLimit: BigInt(config.mining.blockGasLimit),
    timestamp: BigInt(genesisTime(config)),
    accounts: config.ownedAccounts.length,
    coinbase: config.coinbase as Hex,
    unlimitedContractSize: config.allowUnlimitedContractSize,
    create2Deployer: false,
    sameTimestamp: config.allowBlocksWithSameTimestamp,
  });
  for (const [i, key] of config.ownedAccounts.entries()) {
    const account = dev.accounts[i]!;
    const balance = BigInt(config.genesisState[account.address]?.balance ?? 0);
    if (account.privateKey !== key) throw new Error(`account ${i} is not that of the mnemonic`);
    if (balance !== 10_000n * 10n ** 18n) await dev.setBalance(account.address, balance);
  }
  const { port } = await startRpcServer({
    methods: devMethods(dev, {
      clientVersion: "heddle/conformance",
      bailOnCallFailure: config.bailOnCallFailure,
      unfundedCalls: true,
      bailOnTransactionFailure: config.bailOnTransactionFailure,
      defaultGas: BigInt(config.defaultTransactionGasLimit),
    }),
    translate,
    log: pino({ level: "error" }, pino.destination(2)),
    registry: new Registry(),
    port: 0,
  });
  return port;
}

process.on("disconnect", () => process.exit());
process.on("message", async (config: ScenarioConfig) => process.send!(await serve(config)));
