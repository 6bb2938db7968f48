// Opens a chain's directory, or begins one: with a genesis, or behind a block of another chain.

import { EMPTY_TRIE_ROOT, type Hex, InvalidArgumentError, type StateEdit } from "@heddle/engine";
import { type ChainIdentity, openStore, type Store, type StoreOptions } from "@heddle/store";
import * as Bytes from "ox/Bytes";
import * as HexOf from "ox/Hex";
import { encodeBlockEntry } from "../block-encoding.ts";
import type { BlockEntry } from "../block-entry.ts";
import type { ChainOptions } from "../chain-options.ts";
import type { Genesis } from "../genesis.ts";
import { type ForkedChainOptions, firstBlock } from "../origin.ts";
import { ChainDirectory, storedBlock } from "./chain-directory.ts";
import { demandNoFork } from "./kept-fork.ts";
import { identify, readKeptGenesis, writeKeptGenesis } from "./kept-genesis.ts";

/** Accounts of a genesis as changes of an empty state. @throws InvalidArgumentError */
function* genesisEdits({ alloc }: Genesis): Generator<StateEdit> {
  for (const [key, { balance = 0n, nonce = 0n, code, codeHash, storage }] of Object.entries(alloc)) {
    if (codeHash !== undefined) {
      throw new InvalidArgumentError(
        `alloc[${key}].codeHash`,
        "left out where there is a directory",
        codeHash,
      );
    }
    const address = `0x${key.replace(/^0x/, "").toLowerCase()}` as Hex;
    const slots = Object.entries(storage ?? {}).map(
      ([slot, value]) =>
        [HexOf.fromNumber(BigInt(slot), { size: 32 }), value === "0x" ? 0n : BigInt(value)] as const,
    );
    yield {
      address,
      deleted: false,
      balance: BigInt(balance),
      nonce: BigInt(nonce),
      ...(code === undefined ? {} : { code }),
      storage: slots.filter(([, value]) => value !== 0n),
    };
  }
}

/** Where a chain's directory begins, and what its store is told of that. */
interface Beginning {
  chain: ChainIdentity;
  number: bigint;
  stateRoot: Hex;
  /** The first block; undefined: that of the store. */
  first?: BlockEntry;
  edits(): Iterable<StateEdit>;
  /** Writes beside the store what a restart must know to begin in the same way. */
  keep(): void;
}

async function genesisBeginning(directory: string, genesis: Genesis): Promise<Beginning> {
  demandNoFork(directory);
  const { chain, kept } = await identify(genesis, readKeptGenesis(directory));
  return {
    chain,
    number: BigInt(genesis.number ?? 0),
    stateRoot: kept.stateRoot,
    edits: () => genesisEdits(genesis),
    keep: () => writeKeptGenesis(directory, kept),
  };
}

/** Of the state that a chain goes on from the store has nothing: what is read of it is in the log. */
function forkBeginning(directory: string, options: ForkedChainOptions): Beginning {
  const { config, hash, header, keeper } = options.origin;
  return {
    chain: { chainId: BigInt(config.chainId), genesisHash: hash },
    number: header.number,
    stateRoot: EMPTY_TRIE_ROOT,
    first: firstBlock(options, undefined),
    edits: () => [],
    keep: () => keeper!.begin(directory),
  };
}

async function begin(store: Store, block: BlockEntry, { stateRoot, edits }: Beginning): Promise<void> {
  const first = {
    number: block.number,
    hash: block.hash,
    stateRoot,
    payload: encodeBlockEntry(block),
    bloom: Bytes.fromHex(block.header.logsBloom),
    transactionHashes: new Uint8Array(0),
    undo: [],
    changes: [],
    position: store.log!.end,
  };
  await store.initialise(first, edits());
}

/** Without the nodes of a trie there are no roots, so no checkpoints either: the whole log is done again. */
const NO_CHECKPOINTS: StoreOptions = { checkpointDistance: Number.MAX_SAFE_INTEGER };

/**
 * Opens the directory of a chain; its log is still to be replayed.
 * @throws what `openStore` throws: OtherChainError where it holds the chain of another beginning
 */
export async function openChainDirectory(
  directory: string,
  from: ChainOptions | ForkedChainOptions,
  options: StoreOptions,
): Promise<ChainDirectory> {
  const origin = "origin" in from ? from.origin : undefined;
  const beginning =
    "origin" in from ? forkBeginning(directory, from) : await genesisBeginning(directory, from.genesis);
  let opened: ChainDirectory | undefined;
  const store = await openStore({
    ...options,
    ...(origin === undefined ? {} : NO_CHECKPOINTS),
    directory,
    chain: beginning.chain,
    keepLogFrom: (position) => opened?.keptFrom(position) ?? 0,
  });
  try {
    if (store.checkpoint === undefined) {
      beginning.keep();
      await begin(store, beginning.first ?? firstBlock(from, beginning.stateRoot), beginning);
    }
    const first = beginning.first ?? storedBlock(store, beginning.number)!;
    opened = new ChainDirectory(store, first, {
      onError: options.onCheckpointError ?? (() => undefined),
      origin: origin?.keeper,
    });
    return opened;
  } catch (error) {
    await store.close();
    throw error;
  }
}
