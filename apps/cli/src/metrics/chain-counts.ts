// What is counted of a chain while it runs. It becomes metrics when somebody reads them: chain-metrics.ts.

import type { Chain } from "@heddle/chain";
import { Durations } from "@heddle/rpc";

/** From an empty block to one of tens of thousands of transactions. Seconds. */
const BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Counts what a chain executes from now on. */
export class ChainCounts {
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
    chain.on("executed", ({ block, milliseconds, workers, aborts }) => {
      this.blocks++;
      this.transactions += block.transactionCount;
      this.gas += Number(block.header.gasUsed);
      this.aborts += aborts;
      this.seconds.record(milliseconds / 1000);
      this.workers = workers;
    });
    chain.on("reorg", (change) => {
      this.reorgs++;
      this.removed += change.removed.length;
    });
  }
}
