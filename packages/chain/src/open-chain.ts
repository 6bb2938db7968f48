// A chain from its options: the engine is started, and the directory opened where there is one.

import { createEngine, type Engine, InvalidArgumentError, TransactionInspector } from "@heddle/engine";
import { Chain } from "./chain.ts";
import type { ChainOptions, DirectoryOptions } from "./chain-options.ts";
import type { ChainDirectory } from "./directory/chain-directory.ts";
import { openChainDirectory } from "./directory/open-directory.ts";
import { beginning, type ForkedChainOptions } from "./origin.ts";

/**
 * Opens a chain at its genesis, or behind a block of another chain; it must be closed. Over another chain's state there are
 * no state roots: headers of its blocks have 32 zero bytes there.
 * @throws InvalidGenesisError, and what createEngine throws
 *
 * @example
 * ```ts
 * const chain = await openChain({ genesis: parseGenesis(text), workers: 2 });
 * await chain.import(rlp);
 * console.log(chain.head.number, chain.head.hash);
 * await chain.close();
 * ```
 */
export async function openChain(given: ChainOptions | ForkedChainOptions): Promise<Chain> {
  const options = withOwnConfig(given);
  // Before threads are started: what is wrong in the genesis is told at once.
  const begins = beginning(options);
  const directory = options.directory === undefined ? undefined : await openDirectory(options);
  let chain: Chain | undefined;
  let engine: Engine | undefined;
  try {
    engine = await createEngine({
      ...(directory?.state === undefined ? begins : { chain: begins.chain!, ...directory.state }),
      blockHashes: (number) => chain?.hashOf(number),
      ...(options.workers === undefined ? {} : { workers: options.workers }),
      ...(options.startWorkers === undefined ? {} : { startWorkers: options.startWorkers }),
      ...(options.memoryLimit === undefined ? {} : { memoryLimit: options.memoryLimit }),
    });
    chain = new Chain(engine, await TransactionInspector.create(), options, directory);
    await chain.begin();
    return chain;
  } catch (error) {
    await engine?.close();
    await directory?.close();
    throw error;
  }
}

/** The options with a schedule of the chain's own: its number can be set. */
function withOwnConfig(options: ChainOptions | ForkedChainOptions): ChainOptions | ForkedChainOptions {
  if ("origin" in options) {
    return { ...options, origin: { ...options.origin, config: { ...options.origin.config } } };
  }
  return { ...options, genesis: { ...options.genesis, config: { ...options.genesis.config } } };
}

function openDirectory(options: ChainOptions | ForkedChainOptions): Promise<ChainDirectory> {
  const { directory } = options;
  if ("origin" in options && options.origin.keeper === undefined) {
    throw new InvalidArgumentError("directory", "left out where the origin has no keeper", directory);
  }
  return openChainDirectory(directory!, options, directoryOptions(options));
}

function directoryOptions(options: Omit<ChainOptions, "genesis">): DirectoryOptions {
  const names = [
    "fsync",
    "fsyncInterval",
    "segmentBytes",
    "checkpointDistance",
    "checkpointEvery",
    "checkpointMemory",
    "onCheckpointError",
    "disk",
  ] as const;
  return Object.fromEntries(
    names.filter((name) => options[name] !== undefined).map((name) => [name, options[name]]),
  );
}
