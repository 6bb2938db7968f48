// From the options of the command line to what chain and server are opened with.

import { readFileSync } from "node:fs";
import {
  type DevChainOptions,
  type ForkOptions,
  type Genesis,
  InvalidGenesisError,
  parseGenesis,
} from "@heddle/chain";
import { OptionError } from "../errors.ts";
import { type ForkPlace, remoteOptions } from "../remote/options.ts";
import { counted } from "../terminal/figures.ts";
import type { DevOptions } from "./options.ts";
import { genesisOfState } from "./state-file.ts";

/** @throws OptionError */
function readGenesis(file: string): Genesis {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw new OptionError(
      "--genesis",
      "a file",
      `${file} cannot be read (${(cause as Error).message})`,
      cause,
    );
  }
  try {
    return parseGenesis(text);
  } catch (cause) {
    if (!(cause instanceof InvalidGenesisError)) throw cause;
    throw new OptionError("--genesis", "a genesis file", `in ${file}, ${cause.message}`, cause);
  }
}

/** @throws OptionError */
async function checkMnemonic(words: string): Promise<string> {
  // Its lists of words are long, and hardly anybody needs them.
  const Mnemonic = await import("ox/Mnemonic");
  const mnemonic = words.trim().replaceAll(/\s+/g, " ");
  if (Mnemonic.validate(mnemonic, Mnemonic.english)) return mnemonic;
  const count = mnemonic.split(" ").length;
  const unknown = mnemonic.split(" ").find((word) => !Mnemonic.english.includes(word));
  const problem =
    unknown !== undefined
      ? `${JSON.stringify(unknown)} is not one of BIP-39's words`
      : `${counted(count, "word does", "words do")} not pass its checksum`;
  throw new OptionError("--mnemonic", "12, 15, 18, 21 or 24 words of BIP-39", problem);
}

/** So many words, picked by the machine's random numbers. */
export async function randomMnemonic(words: number): Promise<string> {
  const Mnemonic = await import("ox/Mnemonic");
  // BIP-39: three words for 32 bits.
  return Mnemonic.random(Mnemonic.english, { strength: (words / 3) * 32 });
}

export function isSameUrl(a: string, b: string): boolean {
  return new URL(a).href === new URL(b).href;
}

function forkOptions(place: ForkPlace, options: DevOptions): ForkOptions {
  const { storageCaching, cachePath, verifyProofs, forkChainId } = options;
  const blockNumber = options.forkBlockNumber ?? place.blockNumber;
  return {
    ...remoteOptions(place.url, options.forkHeader, options),
    ...(blockNumber === undefined ? {} : { blockNumber }),
    ...(forkChainId === undefined ? {} : { chainId: forkChainId }),
    ...(storageCaching ? {} : { cache: false }),
    ...(cachePath === undefined ? {} : { cache: cachePath }),
    ...(verifyProofs === undefined ? {} : { verifyProofs }),
  };
}

/**
 * What a chain is opened with in place of that of `chosen`, at another block: of a remote chain, or undefined for one of its own.
 * What the command line says of the remote is for that remote alone: its headers hold secrets.
 */
export function settingsAt(
  place: ForkPlace | undefined,
  chosen: DevChainOptions,
  options: DevOptions,
): DevChainOptions {
  const { fork: _, ...own } = chosen;
  if (place === undefined) return own;
  // These say how a chain of its own begins.
  const { genesis, number, timestamp, ...common } = own;
  const { forkHeader, forkChainId, forkBlockNumber, ...rest } = options;
  const isNamed = options.forkUrl !== undefined && isSameUrl(place.url, options.forkUrl.url);
  const ofRemote = {
    ...(forkHeader === undefined ? {} : { forkHeader }),
    ...(forkChainId === undefined ? {} : { forkChainId }),
  };
  return {
    ...common,
    ...(options.timestamp === undefined ? {} : { timestamp: options.timestamp }),
    fork: forkOptions(place, isNamed ? { ...rest, ...ofRemote } : rest),
  };
}

/** What the chain is opened with. @throws OptionError naming the first option that is wrong */
export async function chainOptions(options: DevOptions): Promise<DevChainOptions> {
  const { blockTime, pruneHistory } = options;
  const chosen: DevChainOptions = {
    accounts: options.accounts,
    balance: options.balance,
    pool: { order: options.order },
  };
  // Where neither is said, a chain that goes on makes blocks as it did.
  if (!options.mining) chosen.mining = { kind: "manual" };
  else if (blockTime !== undefined) {
    chosen.mining = { kind: options.mixedMining ? "mixed" : "interval", milliseconds: blockTime };
  } else if (options.mixedMining) {
    throw new OptionError("--mixed-mining", "given with --block-time", "there is none");
  }
  if (options.mnemonic !== undefined) chosen.mnemonic = await checkMnemonic(options.mnemonic);
  if (options.derivationPath !== undefined) chosen.derivationPath = options.derivationPath;
  if (options.genesis !== undefined) chosen.genesis = readGenesis(options.genesis);
  if (pruneHistory !== undefined) chosen.history = pruneHistory;
  if (options.disableDefaultCreate2Deployer) chosen.create2Deployer = false;
  if (options.disableCodeSizeLimit) chosen.unlimitedContractSize = true;
  if (options.dataDir !== undefined) {
    chosen.directory = options.dataDir;
    chosen.fsync = options.fsync;
  }
  if (options.forkUrl !== undefined) chosen.fork = forkOptions(options.forkUrl, options);
  for (const name of [
    "chainId",
    "hardfork",
    "gasLimit",
    "baseFee",
    "timestamp",
    "number",
    "workers",
  ] as const) {
    if (options[name] !== undefined) Object.assign(chosen, { [name]: options[name] });
  }
  const began = genesisOfState(options, chosen);
  return began === undefined ? chosen : { ...chosen, ...began };
}
