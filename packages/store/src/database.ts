// The tables of a checkpoint: what LMDB holds, by which keys. Keys are big-endian where their order is used.

import { readFileSync, statSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import type { Hex } from "@heddle/engine";
import type { Database, RootDatabase } from "lmdb";
import { DiskFullError, StoreError } from "./errors.ts";

/** Loaded when the first folder is opened: a chain in memory starts without it. */
const lmdb = (): typeof import("lmdb") => createRequire(import.meta.url)("lmdb");

/** Values by key, both bytes. */
export type Table = Database<Uint8Array, Uint8Array>;

/** The tables. Their names and what is in them are the format that `FORMAT` numbers. */
const NAMES = [
  /** By name: the chain, and how far the checkpoint has come. JSON. */
  "meta",
  /** Address -> account record. */
  "accounts",
  /** Address, key -> value without leading zeros. Zeros are not there. */
  "slots",
  /** keccak256 -> code. */
  "codes",
  /** keccak256 -> RLP of a trie node. */
  "nodes",
  /** Address, block -> the account before that block. */
  "accountHistory",
  /** Address, key, block -> the slot's value before that block. */
  "slotHistory",
  /** Number -> hash, state root, log position, bloom. */
  "blocks",
  /** Number -> what `chain` keeps of the block. */
  "payloads",
  /** Number -> undo records. */
  "undos",
  /** Number -> transaction hashes, one behind the other. */
  "transactionHashes",
  /** Block hash -> number. */
  "numbers",
  /** Transaction hash -> number, index. */
  "transactions",
] as const;

export type Tables = Record<(typeof NAMES)[number], Table> & { root: RootDatabase<Uint8Array, Uint8Array> };

/** LMDB's own file. */
const DATA_FILE = "data.mdb";
/** Says how long that was after the last commit, at least: it never becomes shorter. */
const SIZE_FILE = "size.json";

/** LMDB maps its file to memory: one that lacks its end would end the process. @throws StoreError with code STATE_CUT */
function checkSize(folder: string): void {
  let least: number;
  try {
    least = Number(JSON.parse(readFileSync(join(folder, SIZE_FILE), "utf8")));
  } catch {
    // Written after the first commit; or cut off while it was written.
    return;
  }
  const path = join(folder, DATA_FILE);
  const met = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
  if (met >= least) return;
  throw new StoreError("STATE_CUT", `${path} has ${met} bytes, and had ${least} at least`, {
    path,
    expected: least,
    met,
    remedy: "restore the folder from a backup",
  });
}

/** Opens the tables in a folder; makes them where they are not there. @throws StoreError with code STATE_CUT */
export function openTables(folder: string): Tables {
  checkSize(folder);
  const binary = { keyEncoding: "binary", encoding: "binary" } as const;
  const root = lmdb().open<Uint8Array, Uint8Array>({
    ...binary,
    path: folder,
    noSubdir: false,
    maxDbs: NAMES.length + 1,
    // A commit returns when it is on the disk, and what it left out of a page is zero.
    overlappingSync: false,
    noMemInit: false,
  });
  const tables = NAMES.map((name) => [name, root.openDB<Uint8Array, Uint8Array>(name, binary)] as const);
  return { root, ...(Object.fromEntries(tables) as Record<(typeof NAMES)[number], Table>) };
}

/** Closes the tables; what is read or written afterwards fails. */
export async function closeTables(tables: Tables): Promise<void> {
  await tables.root.close();
}

/**
 * Does `work`'s writes all or none, and returns when they are on the disk.
 * @throws DiskFullError; then nothing was written
 */
export function inOneWrite(tables: Tables, folder: string, work: () => void): void {
  try {
    tables.root.transactionSync(work);
  } catch (cause) {
    throw databaseError(folder, cause);
  }
  try {
    writeFileSync(join(folder, SIZE_FILE), JSON.stringify(statSync(join(folder, DATA_FILE)).size));
  } catch {
    // The one before says less and is true as well.
  }
}

/** LMDB's MDB_MAP_FULL. */
const MAP_FULL = -30792;
const ENOSPC = 28;

function databaseError(folder: string, cause: unknown): unknown {
  if (cause instanceof StoreError || !(cause instanceof Error)) return cause;
  const { code } = cause as { code?: unknown };
  const isFull = code === MAP_FULL || code === ENOSPC || /no space left|MAP_FULL|ENOSPC/i.test(cause.message);
  return isFull ? new DiskFullError(folder, 0, cause) : cause;
}

/** A block's number as a key. */
export function blockKey(block: bigint): Buffer {
  const key = Buffer.allocUnsafe(8);
  key.writeBigUInt64BE(block);
  return key;
}

/** An address, or an address and a slot's key. */
export function locationKey(address: Hex, key?: Hex): Buffer {
  return Buffer.from(key === undefined ? address.slice(2) : address.slice(2) + key.slice(2), "hex");
}

/** A location with a block behind it. */
export function historyKey(location: Uint8Array, block: bigint): Buffer {
  const key = Buffer.allocUnsafe(location.length + 8);
  key.set(location);
  key.writeBigUInt64BE(block, location.length);
  return key;
}

/** A key that is behind all keys beginning with `prefix` and, within a table of keys of one length, before all others. */
export function afterPrefix(prefix: Uint8Array): Buffer {
  return Buffer.concat([prefix, Buffer.alloc(41, 0xff)]);
}

/** How far the database has come. */
export interface Checkpoint {
  /** The block whose state it holds. */
  number: bigint;
  hash: Hex;
  stateRoot: Hex;
  /** Where the log goes on behind it. */
  position: number;
  /** The oldest block that history goes back to. */
  oldest: bigint;
}

/** The chain that a store is of. */
export interface ChainIdentity {
  chainId: bigint;
  genesisHash: Hex;
}

const CHECKPOINT = Buffer.from("checkpoint");
const CHAIN = Buffer.from("chain");

function readJson(tables: Tables, key: Buffer): unknown {
  const bytes = tables.meta.get(key);
  return bytes === undefined
    ? undefined
    : JSON.parse(Buffer.from(bytes).toString(), (_, value) =>
        typeof value === "string" && /^\d+n$/.test(value) ? BigInt(value.slice(0, -1)) : value,
      );
}

function writeJson(tables: Tables, key: Buffer, value: unknown): void {
  const text = JSON.stringify(value, (_, v) => (typeof v === "bigint" ? `${v}n` : v));
  tables.meta.putSync(key, Buffer.from(text));
}

export const readCheckpoint = (tables: Tables) => readJson(tables, CHECKPOINT) as Checkpoint | undefined;
export const writePointer = (tables: Tables, checkpoint: Checkpoint) =>
  writeJson(tables, CHECKPOINT, checkpoint);
export const readChain = (tables: Tables) => readJson(tables, CHAIN) as ChainIdentity | undefined;
export const writeChain = (tables: Tables, chain: ChainIdentity) => writeJson(tables, CHAIN, chain);
