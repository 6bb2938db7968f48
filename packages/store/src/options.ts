// What a store may be told when it is opened.

import { InvalidArgumentError } from "@heddle/engine";
import type { ChainIdentity } from "./database.ts";
import type { LogOptions } from "./log/log.ts";

export interface StoreOptions extends LogOptions {
  /** Where it is kept. Absent: in memory, as long as the process lives. */
  directory?: string;
  /** The chain that it must be of. A new store takes it on. */
  chain?: ChainIdentity;
  /** Blocks behind the head from which on a block counts as settled where nothing is finalized; 64 unless given. */
  checkpointDistance?: number;
  /** Settled blocks after which a checkpoint is begun by itself; 32 unless given. */
  checkpointEvery?: number;
  /** Bytes of memory for the thread that computes a checkpoint's trie; 512 MiB unless given. */
  checkpointMemory?: number;
  /**
   * From where on the log is needed by the one who writes it, when a replay begins at `position`; from `position` on unless
   * given.
   */
  keepLogFrom?: (position: number) => number;
  /** Is told of a checkpoint that failed; the blocks stay in the log and in memory, and it is tried again. */
  onCheckpointError?: (error: unknown) => void;
}

/** An option's whole number. @throws InvalidArgumentError below `least` */
export function integer(value: number | undefined, field: string, absent: number, least: number): number {
  if (value === undefined) return absent;
  if (!Number.isSafeInteger(value) || value < least) {
    throw new InvalidArgumentError(field, `an integer from ${least} on`, value);
  }
  return value;
}
