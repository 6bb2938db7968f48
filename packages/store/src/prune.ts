// Giving back what is not needed any more: trie nodes of former states, codes that nobody has, old history.

import { InvalidArgumentError, rlpBytes, rlpItems, rlpWhole } from "@heddle/engine";
import { decodeAccount } from "./account-record.ts";
import { bytesOf, hexOf } from "./bytes.ts";
import {
  blockKey,
  type Checkpoint,
  closeTables,
  historyKey,
  inOneWrite,
  openTables,
  readCheckpoint,
  type Table,
  type Tables,
  writePointer,
} from "./database.ts";
import { DatabaseSource } from "./database-source.ts";
import { ForeignFolderError } from "./errors.ts";
import { checkFolder, stateFolder } from "./folder.ts";
import { HashSet } from "./hash-index.ts";
import { oldValues } from "./history-index.ts";
import { takeLock } from "./lock.ts";
import { decodeList } from "./stored-block.ts";
import { walkTrie } from "./trie-walk.ts";

/** What was removed. LMDB uses the room again; its file does not become smaller. */
export interface PruneReport {
  nodes: number;
  codes: number;
  /** Blocks whose history was removed. */
  blocks: number;
}

/** Keys that one write removes: the next one begins where it was, whatever happens. */
const AT_ONCE = 10_000;

/**
 * Removes from a store that is not open what the checkpoint does not need. `keepHistory` is the number of blocks before it
 * that stay readable; all unless given. Blocks themselves stay.
 * @throws InvalidArgumentError; ForeignFolderError, NewerFolderError, OlderFolderError, StoreLockedError; BrokenTrieError
 */
export async function pruneStore(
  directory: string,
  options: { keepHistory?: number } = {},
): Promise<PruneReport> {
  const { keepHistory } = options;
  if (keepHistory !== undefined && !(Number.isSafeInteger(keepHistory) && keepHistory >= 0)) {
    throw new InvalidArgumentError("keepHistory", "a number of blocks", keepHistory);
  }
  if (!checkFolder(directory)) throw new ForeignFolderError(directory, "it is empty");
  const unlock = takeLock(directory);
  const folder = stateFolder(directory);
  const tables = openTables(folder);
  try {
    const checkpoint = readCheckpoint(tables);
    if (checkpoint === undefined) return { nodes: 0, codes: 0, blocks: 0 };
    const blocks =
      keepHistory === undefined ? 0 : pruneHistory(tables, folder, checkpoint, BigInt(keepHistory));
    const { nodes, codes } = mark(tables, checkpoint);
    return {
      blocks,
      nodes: sweep(tables, folder, tables.nodes, nodes),
      codes: sweep(tables, folder, tables.codes, codes),
    };
  } finally {
    await closeTables(tables);
    unlock();
  }
}

function pruneHistory(tables: Tables, folder: string, checkpoint: Checkpoint, keep: bigint): number {
  const wanted = checkpoint.number - keep;
  let pruned = 0;
  for (let number = checkpoint.oldest + 1n; number <= wanted; number++) {
    const key = blockKey(number);
    const undo = decodeList(tables.undos.get(key)!);
    inOneWrite(tables, folder, () => {
      for (const { location } of oldValues(undo)) {
        const table = location.length === 20 ? tables.accountHistory : tables.slotHistory;
        table.removeSync(historyKey(location, number));
      }
      tables.undos.removeSync(key);
      checkpoint.oldest = number;
      writePointer(tables, checkpoint);
    });
    pruned++;
  }
  return pruned;
}

/** The nodes of the checkpoint's tries, and the codes of its accounts and of those in history. */
function mark(tables: Tables, { stateRoot }: Checkpoint): { nodes: HashSet; codes: HashSet } {
  const nodes = new HashSet();
  const codes = new HashSet();
  const source = new DatabaseSource(tables);
  const walk = { node: source.node.bind(source), enter: (hash: Uint8Array) => nodes.add(hash) };
  for (const { value } of walkTrie(stateRoot, walk)) {
    const storageRoot = rlpItems(value, rlpWhole(value, "account"), "account")[2]!;
    for (const _ of walkTrie(hexOf(rlpBytes(value, storageRoot, "account.storageRoot", 32)), walk));
  }
  for (const table of [tables.accounts, tables.accountHistory]) {
    for (const { value } of table.getRange({})) {
      const codeHash = decodeAccount(value)?.codeHash;
      if (codeHash !== undefined) codes.add(bytesOf(codeHash));
    }
  }
  return { nodes, codes };
}

/** Removes the keys that were not marked. */
function sweep(tables: Tables, folder: string, table: Table, marked: HashSet): number {
  let removed = 0;
  let start: Uint8Array | undefined;
  do {
    const keys: Uint8Array[] = [];
    const from: Uint8Array | undefined = start;
    start = undefined;
    for (const key of table.getKeys(from === undefined ? {} : { start: from })) {
      if (marked.has(key)) continue;
      if (keys.length === AT_ONCE) {
        start = key.slice();
        break;
      }
      keys.push(key.slice());
    }
    inOneWrite(tables, folder, () => {
      for (const key of keys) table.removeSync(key);
    });
    removed += keys.length;
  } while (start !== undefined);
  return removed;
}
