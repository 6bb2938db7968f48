// In place of the process with the oracle: dies in its fourth case as the oracle does, or in its seventh in another way.

import { Statistics } from "../../src/statistics.ts";
import type { ChildOptions } from "../../src/supervise.ts";

process.once("message", async ({ first, count }: ChildOptions) => {
  const statistics = new Statistics();
  const tell = (message: object): Promise<void> =>
    new Promise((resolve) => process.send!(message, undefined, {}, () => resolve()));
  for (let index = first; index < first + count; index++) {
    if (index === 3) process.stderr.write("thread 'edr-provider' (17) panicked at somewhere.rs:1:1:\n");
    if (index === 6) process.stderr.write("something of ours\n");
    if (index === 3 || index === 6) process.abort();
    statistics.cases++;
    statistics.reasons.set("NonceTooLow", statistics.cases);
    statistics.coverage.step(0x20, () => 0n);
    await tell({ kind: "case", index, statistics: statistics.snapshot });
  }
  await tell({ kind: "done", statistics: statistics.snapshot, failure: undefined });
  process.disconnect?.();
});
