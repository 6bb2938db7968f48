// The process in which the oracle runs: takes its options, tells of every case, and ends.

import { fuzz } from "./run.ts";
import type { ChildMessage, ChildOptions } from "./supervise.ts";

const stop = new AbortController();
process.on("SIGINT", () => stop.abort());
// Who asked for it is gone.
process.on("disconnect", () => process.exit());

const tell = (message: ChildMessage): Promise<void> =>
  new Promise((resolve, reject) => {
    process.send!(message, undefined, {}, (error) => (error ? reject(error) : resolve()));
  });

process.once("message", async (options: ChildOptions) => {
  const { statistics, failure } = await fuzz({
    ...options,
    signal: stop.signal,
    onCase: (index, counted) => void tell({ kind: "case", index, statistics: counted.snapshot }),
    onFailure: (found) => void tell({ kind: "failure", failure: found }),
    onTry: (tries) => void tell({ kind: "try", tries }),
  });
  await tell({ kind: "done", statistics: statistics.snapshot, failure });
  process.disconnect?.();
});
