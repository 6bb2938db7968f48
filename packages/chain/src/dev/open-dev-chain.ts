// Opens a local chain: at a genesis of its own, or behind a block of a remote chain.

import { loadSigner } from "@heddle/engine";
import type { Chain } from "../chain.ts";
import { openChain } from "../open-chain.ts";
import { DEV_MNEMONIC, devAccounts } from "./accounts.ts";
import { DevChain } from "./dev-chain.ts";
import { type ForkOptions, forkEdits, forkOrigin, openFork } from "./fork.ts";
import { DEV_BALANCE, devGenesis } from "./genesis.ts";
import { keptDevGenesis } from "./kept-settings.ts";
import type { DevChainOptions } from "./options.ts";
import { Senders } from "./senders.ts";

/** Of a transaction on a chain where contracts may have any size. */
const MOST_TRANSACTION_BYTES = 2 ** 23;

/**
 * Opens a local chain; it must be closed.
 *
 * @example
 * ```ts
 * const dev = await openDevChain({ workers: 2 });
 * const [alice, bob] = dev.accounts;
 * await dev.sendTransaction(alice.address, { to: bob.address, value: 1n, gas: 21_000n });
 * console.log(dev.chain.head.number); // 1n
 * await dev.close();
 * ```
 */
export async function openDevChain(options: DevChainOptions = {}): Promise<DevChain> {
  const accounts = devAccounts(options.accounts ?? 10, {
    mnemonic: options.mnemonic ?? DEV_MNEMONIC,
    ...(options.derivationPath === undefined ? {} : { path: options.derivationPath }),
  });
  const senders = new Senders(accounts, await loadSigner());
  const pool = {
    demandBaseFee: true,
    sidecarOptional: true,
    ...(options.unlimitedContractSize ? { transactionBytes: MOST_TRANSACTION_BYTES } : {}),
    ...options.pool,
  };
  if (options.fork !== undefined)
    return openForkedDevChain({ ...options, pool, fork: options.fork }, senders);
  const genesis = options.genesis ?? keptDevGenesis(devGenesis(accounts, options), options);
  // Also where the genesis was given, or is that of a directory: no state depends on it.
  const config = { ...genesis.config, contractSenders: true, consoleCalls: true };
  const chain = await openChain({ ...options, genesis: { ...genesis, config }, pool });
  const { timestamp } = chain.genesis.header;
  // Where the chain begins in days to come, these are its present: time that is let pass counts from there.
  const isToCome = options.timestamp === undefined && timestamp > BigInt(Math.floor(Date.now() / 1000));
  return new DevChain(chain, senders, isToCome ? { ...options, timestamp } : options);
}

async function openForkedDevChain(
  options: DevChainOptions & { fork: ForkOptions },
  senders: Senders,
): Promise<DevChain> {
  const { genesis: _, baseFee, gasLimit, ...rest } = options;
  const fork = await openFork(options.fork, options.directory);
  let chain: Chain | undefined;
  try {
    chain = await openChain({ ...rest, origin: forkOrigin(fork, options) });
    // A directory may have been begun before.
    const isNew = chain.mark(chain.genesis.hash).edits === 0;
    if (isNew) await chain.edit(await forkEdits(fork, senders.accounts, options.balance ?? DEV_BALANCE));
    const timestamp = options.timestamp ?? fork.block.header.timestamp;
    const dev = new DevChain(chain, senders, { ...options, timestamp }, fork);
    if (gasLimit !== undefined) dev.setBlocks({ gasLimit });
    if (baseFee !== undefined && isNew) dev.setNextBlock({ baseFeePerGas: baseFee });
    return dev;
  } catch (error) {
    await chain?.close();
    await fork.close();
    throw error;
  }
}
