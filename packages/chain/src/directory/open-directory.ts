// Opens a chain's directory, or begins one with its genesis.

import { type Hex, InvalidArgumentError, type StateEdit } from "@heddle/engine";
import { openStore, type Store, type StoreOptions } from "@heddle/store";
import * as Bytes from "ox/Bytes";
import * as HexOf from "ox/Hex";
import { encodeBlockEntry } from "../block-encoding.ts";
import type { Genesis } from "../genesis.ts";
import { firstBlock } from "../origin.ts";
import { ChainDirectory } from "./chain-directory.ts";
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

async function begin(store: Store, genesis: Genesis, stateRoot: Hex): Promise<void> {
  const block = firstBlock({ genesis }, stateRoot);
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
  await store.initialise(first, genesisEdits(genesis));
}

/**
 * Opens the directory of a chain; its log is still to be replayed.
 * @throws what `openStore` throws: OtherChainError where it holds the chain of another genesis
 */
export async function openChainDirectory(
  directory: string,
  genesis: Genesis,
  options: StoreOptions,
): Promise<ChainDirectory> {
  const known = readKeptGenesis(directory);
  const { chain, kept } = await identify(genesis, known);
  let opened: ChainDirectory | undefined;
  const store = await openStore({
    ...options,
    directory,
    chain,
    keepLogFrom: (position) => opened?.keptFrom(position) ?? 0,
  });
  try {
    if (store.checkpoint === undefined) {
      writeKeptGenesis(directory, kept);
      await begin(store, genesis, kept.stateRoot);
    }
    opened = new ChainDirectory(
      store,
      BigInt(genesis.number ?? 0),
      options.onCheckpointError ?? (() => undefined),
    );
    return opened;
  } catch (error) {
    await store.close();
    throw error;
  }
}
