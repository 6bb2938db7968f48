// The genesis that a directory was begun with: so that a chain whose genesis depends on the moment of its first start is
// found again.

import { createHash } from "node:crypto";
import { createEngine, type Engine, type Hex, headerHash } from "@heddle/engine";
import type { ChainIdentity } from "@heddle/store";
import { type Genesis, genesisHeader } from "../genesis.ts";
import { toJson } from "./json.ts";
import { readKept, writeKept } from "./kept-file.ts";

/** Its name in the directory. */
export const GENESIS_FILE = "genesis.json";
const GENESIS_MEMORY = 2 ** 28;

/** What is kept of a genesis; its accounts are in the state. */
export interface KeptGenesis {
  /** sha256 of all of the genesis, accounts included. */
  digest: string;
  hash: Hex;
  /** Of its accounts. */
  stateRoot: Hex;
  genesis: Omit<Genesis, "alloc">;
}

/** The genesis of a directory; undefined where none was begun in it. @throws StoreError with code GENESIS_DAMAGED */
export function readKeptGenesis(directory: string): KeptGenesis | undefined {
  const remedy = "remove it and name the genesis when the chain is opened";
  return readKept(directory, GENESIS_FILE, "GENESIS_DAMAGED", remedy) as KeptGenesis | undefined;
}

/** Writes it, whole or not at all. */
export function writeKeptGenesis(directory: string, kept: KeptGenesis): void {
  writeKept(directory, GENESIS_FILE, kept);
}

/** Identity of a genesis, and what is to be kept of it. What `known` tells of the same one is not computed again. */
export async function identify(
  genesis: Genesis,
  known: KeptGenesis | undefined,
): Promise<{ chain: ChainIdentity; kept: KeptGenesis }> {
  const { alloc: _, ...rest } = genesis;
  const digest = createHash("sha256").update(toJson(genesis)).digest("hex");
  const stateRoot = known?.digest === digest ? known.stateRoot : await stateRootOf(genesis);
  const hash = known?.digest === digest ? known.hash : headerHash(genesisHeader(genesis, stateRoot));
  const chain = { chainId: BigInt(genesis.config.chainId), genesisHash: hash };
  return { chain, kept: { digest, hash, stateRoot, genesis: rest } };
}

async function stateRootOf(genesis: Genesis): Promise<Hex> {
  let engine: Engine | undefined;
  try {
    engine = await createEngine({
      workers: 0,
      chain: genesis.config,
      genesis: { alloc: genesis.alloc },
      memoryLimit: GENESIS_MEMORY,
    });
    return engine.stateRoot!;
  } finally {
    await engine?.close();
  }
}
