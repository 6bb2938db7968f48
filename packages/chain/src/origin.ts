// Where a chain begins: at its genesis, or behind a block of another chain whose state is read from elsewhere.

import {
  type ChainConfig,
  EMPTY_TRIE_ROOT,
  type EngineOptions,
  type Header,
  type Hex,
  headerHash,
  type StateSource,
} from "@heddle/engine";
import { BlockEntry } from "./block-entry.ts";
import type { OlderHashes } from "./block-tree.ts";
import type { ChainOptions } from "./chain-options.ts";
import { genesisHeader } from "./genesis.ts";
import type { ExpectedCall } from "./remote/state.ts";

/** Where a chain begins that goes on from a block of another one. */
export interface ChainOrigin {
  config: ChainConfig;
  /** The block after which it goes on: the first one that it knows. */
  header: Header;
  hash: Hex;
  /** The state behind that block. */
  state: StateSource;
  /** Hashes of the blocks before it. */
  olderHash: OlderHashes;
  /** Hears of calls that are about to run, so that what they read can be asked for together. Must not throw. */
  expect?: (call: ExpectedCall) => void;
  /** Needed where the chain has a directory. */
  keeper?: OriginKeeper;
}

/**
 * What an origin has to do with a chain's directory: the values that are read of it are kept there, so that a restart asks it
 * for nothing that was read before.
 */
export interface OriginKeeper {
  /** The directory begins: writes into it what a restart needs to find the origin again. */
  begin(directory: string): void;
  /** A value that was read before, from the directory. @throws DecodingError */
  restore(read: Uint8Array): void;
  /** From now on `keep` is given every value before anybody uses it; what it throws ends the read. */
  keepReads(keep: (read: Uint8Array) => void): void;
}

/** What a chain is opened with that goes on from a block of another one. */
export interface ForkedChainOptions extends Omit<ChainOptions, "genesis"> {
  origin: ChainOrigin;
}

/** Schedule and first state of the engine. */
export function beginning(options: ChainOptions | ForkedChainOptions): EngineOptions {
  if ("origin" in options) {
    const { config, state } = options.origin;
    return { chain: config, state, computeStateRoot: false };
  }
  const { genesis } = options;
  // Before threads are started: what is wrong in the file is told at once.
  genesisHeader(genesis, EMPTY_TRIE_ROOT);
  return { chain: genesis.config, genesis: { alloc: genesis.alloc } };
}

const NOTHING: Pick<BlockEntry, "transactions" | "receipts"> = {
  transactions: { bytes: new Uint8Array(0), offsets: new Uint32Array(1) },
  receipts: {
    bytes: new Uint8Array(0),
    offsets: new Uint32Array(1),
    hashes: new Uint8Array(0),
    senders: new Uint8Array(0),
    gasUsed: new Float64Array(0),
  },
};

/** The first block; of another chain's only what executing its child needs. */
export function firstBlock(
  options: ChainOptions | ForkedChainOptions,
  stateRoot: Hex | undefined,
): BlockEntry {
  const header = "origin" in options ? options.origin.header : genesisHeader(options.genesis, stateRoot!);
  return new BlockEntry({
    ...NOTHING,
    header,
    hash: "origin" in options ? options.origin.hash : headerHash(header),
    totalDifficulty: header.difficulty,
    uncles: [],
    withdrawals: header.withdrawalsRoot === undefined ? undefined : [],
    requests: [],
    accessList: undefined,
  });
}
