// Opens a folder that a store is kept in, or makes one.

import { InvalidArgumentError } from "@heddle/engine";
import { type ChainIdentity, closeTables, openTables, readChain, type Tables } from "./database.ts";
import { OtherChainError } from "./errors.ts";
import { checkFolder, FORMAT, logFolder, stateFolder, writeStamp } from "./folder.ts";
import { takeLock } from "./lock.ts";
import { Log } from "./log/log.ts";
import type { StoreOptions } from "./options.ts";
import { Store } from "./store.ts";

/**
 * Opens a store, or makes one. It must be closed; `await using` does that.
 * @throws InvalidArgumentError for an option out of its range
 * @throws ForeignFolderError, NewerFolderError, OlderFolderError, OtherChainError, StoreLockedError; CorruptLogError
 */
export async function openStore(options: StoreOptions = {}): Promise<Store> {
  const { directory } = options;
  if (directory === undefined) return new Store(options, undefined);
  if (typeof directory !== "string" || directory === "") {
    throw new InvalidArgumentError("directory", "a path", directory);
  }
  const isThere = checkFolder(directory);
  const unlock = takeLock(directory);
  let tables: Tables | undefined;
  try {
    if (!isThere) writeStamp(directory, FORMAT);
    tables = openTables(stateFolder(directory));
    checkChain(directory, tables, options.chain);
    const log = Log.open(logFolder(directory), options);
    return new Store(options, { directory, tables, log, unlock });
  } catch (error) {
    if (tables !== undefined) await closeTables(tables);
    unlock();
    throw error;
  }
}

function checkChain(directory: string, tables: Tables, wanted: ChainIdentity | undefined): void {
  const met = readChain(tables);
  if (met === undefined || wanted === undefined) return;
  for (const field of ["chainId", "genesisHash"] as const) {
    if (met[field] !== wanted[field]) throw new OtherChainError(directory, field, wanted[field], met[field]);
  }
}
