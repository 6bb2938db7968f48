// heddle dev: a local chain until it is told to stop.

import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { ChainError, DEV_MNEMONIC, DEV_PATH, type DevChain } from "@heddle/chain";
import { EngineError, Fork } from "@heddle/engine";
import type { Artifacts } from "@heddle/rpc";
import { StoreError } from "@heddle/store";
import { CommandError, OptionError } from "../errors.ts";
import type { NodeFacts } from "./banner.ts";
import { type DevNode, openDevNode } from "./node.ts";
import type { DevOptions } from "./options.ts";
import { Output, type OutputKind, openLog } from "./output.ts";
import { randomMnemonic } from "./settings.ts";

/** Errors that say by themselves what is wrong with what was given, or with the machine. */
const KNOWN = [EngineError, ChainError, StoreError];

function blocksInWords({ mining }: DevChain): string {
  switch (mining.kind) {
    case "auto":
      return "one as soon as a transaction comes";
    case "interval":
      return `one every ${mining.milliseconds / 1000} s`;
    case "mixed":
      return `one as soon as a transaction comes, and one every ${mining.milliseconds / 1000} s`;
    case "manual":
      return "only when told (evm_mine)";
  }
}

function forkName(fork: number): string {
  return Object.entries(Fork).find(([, value]) => value === fork)?.[0] ?? String(fork);
}

async function factsOf({ dev, server }: DevNode, options: DevOptions, version: string): Promise<NodeFacts> {
  const { chain } = dev;
  const { header } = chain.head;
  const state = chain.state();
  const accounts = await Promise.all(
    dev.accounts.map(async (account) => ({
      ...account,
      balance: (await state.account(account.address))?.balance ?? 0n,
    })),
  );
  const derivationPath = options.derivationPath ?? DEV_PATH;
  return {
    version,
    accounts,
    mnemonic: options.mnemonic ?? DEV_MNEMONIC,
    derivationPath: derivationPath.endsWith("/") ? derivationPath : `${derivationPath}/`,
    isPublic: options.mnemonic === undefined || options.mnemonic === DEV_MNEMONIC,
    chainId: chain.chainId,
    hardfork: forkName(chain.rulesOf(chain.head).fork),
    gasLimit: header.gasLimit,
    baseFee: header.baseFeePerGas,
    timestamp: chain.genesis.header.timestamp,
    fork: dev.fork && { url: dev.fork.client.url, block: dev.fork.block.header.number },
    head: chain.head.number,
    dataDir: options.dataDir,
    blocks: blocksInWords(dev),
    workers: options.workers ?? availableParallelism(),
    url: server.url,
    isReachable: !/^(127\.|localhost$|::1$)/.test(options.host),
  };
}

/** Writes what Anvil's `--config-out` writes, under its names, and the address. @throws OptionError */
function writeConfig(file: string, facts: NodeFacts): void {
  const config = {
    available_accounts: facts.accounts.map(({ address }) => address),
    private_keys: facts.accounts.map(({ privateKey }) => privateKey),
    wallet: { mnemonic: facts.mnemonic, derivation_path: facts.derivationPath },
    chain_id: Number(facts.chainId),
    base_fee: facts.baseFee?.toString(),
    gas_limit: facts.gasLimit.toString(),
    genesis_timestamp: facts.timestamp.toString(),
    url: facts.url,
  };
  try {
    writeFileSync(file, `${JSON.stringify(config, null, 2)}\n`);
  } catch (cause) {
    const { message } = cause as Error;
    throw new OptionError("--config-out", "a file that can be written", `it cannot (${message})`, cause);
  }
}

/** @throws OptionError where the folder cannot be read */
async function openArtifacts(folder: string): Promise<Artifacts> {
  const { Artifacts } = await import("@heddle/rpc");
  try {
    return new Artifacts(folder);
  } catch (cause) {
    const problem = `${folder} cannot be read (${(cause as Error).message})`;
    throw new OptionError("--artifacts", "a folder that a compiler or framework has written", problem, cause);
  }
}

/** Whoever tells a whole group of processes tells us more than once. Milliseconds. */
const SAME_SIGNAL = 1000;

/** Resolves at the first signal to stop. One that comes later is the system's: whoever cannot wait gets away. */
function stopSignal(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const signals = ["SIGINT", "SIGTERM"] as const;
    const stop = (signal: NodeJS.Signals): void => {
      resolve(signal);
      setTimeout(() => {
        for (const name of signals) process.off(name, stop);
      }, SAME_SIGNAL).unref();
    };
    for (const name of signals) process.on(name, stop);
  });
}

/**
 * Runs a local chain until SIGINT or SIGTERM; the exit code.
 * @throws OptionError naming the option that is wrong; CommandError where the chain cannot be opened
 */
export async function runDev(given: DevOptions, version: string): Promise<number> {
  const { mnemonicRandom: words } = given;
  const options = words === undefined ? given : { ...given, mnemonic: await randomMnemonic(words) };
  const kind: OutputKind = options.json ? "json" : options.silent ? "silent" : "people";
  const log = openLog(kind);
  const artifacts = options.artifacts === undefined ? undefined : await openArtifacts(options.artifacts);
  const output = new Output(kind, log, { artifacts, consoleLog: !options.disableConsoleLog });
  const stopped = stopSignal();
  let unfollow = () => {};
  const hooks = {
    ...(artifacts === undefined ? {} : { artifacts }),
    onCall: output.called.bind(output),
    setLogging: (enabled: boolean) => {
      output.isEnabled = enabled;
    },
    onReset: (dev: DevChain) => {
      unfollow();
      output.moved(dev);
      unfollow = output.follow(dev.chain);
    },
  };
  const node = await openDevNode(options, log, version, hooks).catch((cause: unknown) => {
    throw KNOWN.some((kind) => cause instanceof kind)
      ? new CommandError((cause as Error).message, { cause })
      : cause;
  });
  try {
    const facts = await factsOf(node, options, version);
    if (options.configOut !== undefined) writeConfig(options.configOut, facts);
    output.started(facts);
    // Who is quick has reset it by now.
    unfollow();
    unfollow = output.follow(node.dev.chain);
    const signal = await stopped;
    output.say("stopping", { signal });
  } finally {
    await node.close();
  }
  return 0;
}
