// The block of a remote chain that a directory was begun behind: a restart asks the remote for what it has not read yet, and
// for nothing else.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { OtherChainError } from "@heddle/store";
import type { RemoteHeader } from "../remote/decode.ts";
import { readKept, writeKept } from "./kept-file.ts";
import { GENESIS_FILE } from "./kept-genesis.ts";

const FORK_FILE = "fork.json";

/** Where a directory's chain goes on from. */
export interface KeptFork {
  /** The remote's scheme and host. The rest may hold a key, and another node of the same chain does as well. */
  url: string;
  /** Of the remote. */
  chainId: bigint;
  block: RemoteHeader;
  /** All values that the directory holds were proven. */
  isProven: boolean;
}

/**
 * What a directory goes on from; undefined where nothing was begun in it.
 * @throws OtherChainError where it was begun with a genesis; StoreError with code FORK_DAMAGED
 */
export function readKeptFork(directory: string): KeptFork | undefined {
  const remedy = "restore it: without it nobody knows what the directory goes on from";
  const kept = readKept(directory, FORK_FILE, "FORK_DAMAGED", remedy) as KeptFork | undefined;
  if (kept === undefined && existsSync(join(directory, GENESIS_FILE))) {
    throw new OtherChainError(directory, "beginning", "a block of a remote chain", "a genesis");
  }
  return kept;
}

/** @throws OtherChainError where the directory goes on from a remote chain's block */
export function demandNoFork(directory: string): void {
  if (!existsSync(join(directory, FORK_FILE))) return;
  const kept = readKeptFork(directory);
  const place = `block ${kept?.block.header.number} of the chain at ${kept?.url}`;
  throw new OtherChainError(directory, "beginning", "a genesis", place);
}

/** Writes it, whole or not at all. */
export function writeKeptFork(directory: string, kept: KeptFork): void {
  writeKept(directory, FORK_FILE, kept);
}
