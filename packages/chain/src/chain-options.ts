// What a chain is opened with, and what its calls take and give.

import type { Hex } from "@heddle/engine";
import type { StoreOptions } from "@heddle/store";
import type { BlockEntry } from "./block-entry.ts";
import type { BlockStore } from "./block-store.ts";
import type { Notes, WaitingTransaction } from "./directory/log-records.ts";
import type { Genesis } from "./genesis.ts";
import type { PoolOptions } from "./pool/pool.ts";

/** How a directory is written. */
export type DirectoryOptions = Pick<
  StoreOptions,
  | "fsync"
  | "fsyncInterval"
  | "segmentBytes"
  | "checkpointDistance"
  | "checkpointEvery"
  | "checkpointMemory"
  | "onCheckpointError"
  | "disk"
>;

/** What a chain is opened with. */
export interface ChainOptions extends DirectoryOptions {
  genesis: Genesis;
  /** Where the chain survives a restart; in memory unless given. */
  directory?: string;
  /** Worker threads of the engine; as many as the machine has cores unless given. */
  workers?: number;
  /** "later": they start with the first block that needs them, or when `startWorkers` is called. "now" unless given. */
  startWorkers?: "now" | "later";
  /** Bytes of memory for state and the running block; 2 GiB unless given. */
  memoryLimit?: number;
  pool?: PoolOptions;
  /** Where blocks are kept; in memory unless given. Not with a directory. */
  store?: BlockStore;
  /** Blocks behind the head whose state can be gone back to and read; all unless given. Not with a directory: see `pruneStore`. */
  history?: number;
}

/** Which blocks a fork choice names, by their hashes; what is left out stays. */
export interface ForkChoice {
  head: Hex;
  safe?: Hex | undefined;
  finalized?: Hex | undefined;
}

/** A place to go back to: a block, and how many changes from outside were made on top of it. */
export interface ChainMark {
  head: Hex;
  edits: number;
}

/** How a chain goes back. */
export interface RewindOptions {
  /** Transactions of the blocks that are left wait again. */
  keepTransactions?: boolean;
  /** Settings that change with it, all or nothing. */
  notes?: () => Notes;
  /** All that waits in the pool from then on, where the directory is concerned; what waits now unless given. */
  pool?: readonly WaitingTransaction[];
}

/** A transaction of the main line and where it stands. */
export interface FoundTransaction {
  block: BlockEntry;
  index: number;
}
