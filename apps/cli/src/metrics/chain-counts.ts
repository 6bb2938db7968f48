// What is counted of a chain while it runs. It becomes metrics when somebody reads them: chain-metrics.ts.

import type { Chain, ExecutionReport } from "@heddle/chain";
import { Durations } from "@heddle/rpc";

/** From an empty block to one of tens of thousands of transactions. Seconds. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts what a chain executes from now on, and the chains that come in its place. */
export class ChainCounts {
  #chain: Chain;
  blocks = 0;
  transactions = 0;
  gas = 0;
  aborts = 0;
  reorgs = 0;
  /** Blocks that left the main line. */
  removed = 0;
  /** Of the last block. */
  workers = 0;
  readonly seconds = new Durations(BUCKETS);

  constructor(chain: Chain) {
    this.#chain = chain;
    this.#listen();
  }

  /** The chain that is counted now. */
  get chain(): Chain {
    return this.#chain;
  }

  /** Counts on with another chain. */
  moveTo(chain: Chain): void {
    this.#chain.off("executed", this.#onExecuted).off("reorg", this.#onReorg);
    this.#chain = chain;
    this.#listen();
  }

  #listen(): void {
    this.#chain.on("executed", this.#onExecuted).on("reorg", this.#onReorg);
  }

  readonly #onExecuted = ({ block, milliseconds, workers, aborts }: ExecutionReport): void => {
    this.blocks++;
    this.transactions += block.transactionCount;
    this.gas += Number(block.header.gasUsed);
    this.aborts += aborts;
    this.seconds.record(milliseconds / 1000);
    this.workers = workers;
  };

  readonly #onReorg = (change: { removed: readonly unknown[] }): void => {
    this.reorgs++;
    this.removed += change.removed.length;
  };
}
