// What the chain tells those who listen.

import type { Hex, NotableTransaction } from "@heddle/engine";
import type { BlockEntry } from "./block-entry.ts";

/** What executing a block took. */
export interface ExecutionReport {
  block: BlockEntry;
  /** Of wall time: executing, roots, and making it the state. */
  milliseconds: number;
  /** Worker threads that took part. */
  workers: number;
  /** Executions that were repeated because what they had read was changed. */
  aborts: number;
  /** Those that failed or printed, in their order; to be read while the event is told. */
  notable(): Iterable<NotableTransaction>;
}

/** Events of a chain and what comes with them. Listeners are called after the change, in its order. */
export interface ChainEvents {
  /** A block was executed and is kept, the head or not. Told before "block". */
  executed: [report: ExecutionReport];
  /** A block became the head. In a reorg every block of the new line is told, oldest first, after "reorg". */
  block: [block: BlockEntry];
  /** The head went to another line: blocks that the main line lost (newest first) and got (oldest first). */
  reorg: [change: { removed: readonly BlockEntry[]; added: readonly BlockEntry[] }];
  /** The pool took a transaction that can be executed next after those before it. */
  pending: [transaction: { hash: Hex; raw: Uint8Array; sender: Hex }];
}
