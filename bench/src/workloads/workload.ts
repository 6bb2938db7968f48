// What a workload is: who does what, told without a kernel or an engine.

import type { Allocation, Header } from "@heddle/engine";
import type { Batch, Script } from "../script.ts";

/** What a workload's block is executed with, where it matters; what is left out the chain of the benchmark fills in. */
export type Environment = Partial<
  Pick<Header, "number" | "timestamp" | "coinbase" | "mixHash" | "baseFeePerGas" | "excessBlobGas">
>;

/** What a workload is measured on. */
export interface Scene {
  /** Blocks before the clock starts. All their transactions must succeed. */
  setup: Batch[];
  /** The transactions that are timed, in their order: cut into consecutive blocks as the protocol's limits ask. */
  block: Batch;
  /** Accounts at genesis besides the script's actors: cheaper than a set-up transaction where there are a million. */
  alloc?: Allocation;
  /** Of the first timed block; each following one is 12 seconds and one number later. */
  environment?: Environment;
}

/** What the command line may ask of a workload. */
export interface Shape {
  /** Accounts that take part: senders, and holders of what is moved. */
  accounts: number;
  /** Part of the transactions, 0 to 1, that touch the one thing that everybody wants. */
  hot: number;
  /** Transactions in a row of which each needs what the one before left. */
  chain: number;
}

export interface Workload {
  /** Short name for the command line. */
  name: string;
  /** What a reader of the table needs to know. */
  title: string;
  /** Whether its transactions depend on each other, in a word: independent, mixed, dependent. */
  kind: "independent" | "mixed" | "dependent";
  /** What it takes of the shape, with the value that it has unless asked for another. */
  shape?: Partial<Shape>;
  /** It always has the same transactions, whatever `size` is asked for: recorded ones. */
  fixed?: boolean;
  /** Why it cannot be written here, where something is missing that it needs. */
  unavailable?: () => string | undefined;
  /**
   * Writes a scene of about `size` timed transactions. `shape` holds what was asked for, `this.shape` for the rest.
   * Deterministic.
   */
  write(script: Script, size: number, shape: Partial<Shape>): Scene | Promise<Scene>;
}
