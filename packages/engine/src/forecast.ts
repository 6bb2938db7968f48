// Which of some transactions are predicted to depend on one another, for whoever orders them into a block.

import { Abort } from "@heddle/kernel";
import { type CheckedInput, writeBlock } from "./block-input.ts";
import { EngineError } from "./errors.ts";
import type { Rules } from "./forks.ts";
import { growIndex } from "./index-tables.ts";
import type { KernelInstance } from "./kernel-instance.ts";

/** What is known beforehand of transactions in the order given. Nothing of it is certain. */
export interface ConflictForecast {
  /** For each transaction the earlier ones that it is predicted to depend on, ascending; its sender's one before included. */
  dependencies: number[][];
  /**
   * The transactions, by their places, in lanes: none of a lane is predicted to depend on one of another. The longest lane
   * first, each in the order given.
   */
  lanes: number[][];
}

/** Asks the kernel what has been learned of the calls; executes nothing. */
export function forecast(kernel: KernelInstance, input: CheckedInput, rules: Rules): ConflictForecast {
  const { exports, layout, signal } = kernel;
  const { count } = input.transactions;
  const words = layout.FORECAST_WORDS;
  for (;;) {
    writeBlock(kernel, input, rules, [], { sequential: true, noStateRoot: true });
    const out = kernel.allocate(count * words * 4 + 8);
    try {
      exports.predictBlock(out);
    } catch (error) {
      if (error !== signal) throw error;
      if (signal.reason !== Abort.IndexFull) {
        throw new EngineError("FORECAST_ABORTED", `the forecast was left for reason ${signal.reason}`);
      }
      growIndex(kernel, signal.detail);
      continue;
    }
    return inLanes(
      Array.from({ length: count }, (_, i) => {
        const row = Array.from({ length: words }, (_, k) => kernel.getU32(out + (i * words + k) * 4));
        return [...new Set(row.filter((writer) => writer !== 0))]
          .map((writer) => writer - 1)
          .sort((a, b) => a - b);
      }),
    );
  }
}

function inLanes(dependencies: number[][]): ConflictForecast {
  const laneOf = dependencies.map((_, i) => i);
  const find = (i: number): number => {
    while (laneOf[i] !== i) {
      laneOf[i] = laneOf[laneOf[i]!]!;
      i = laneOf[i]!;
    }
    return i;
  };
  for (const [i, earlier] of dependencies.entries())
    for (const other of earlier) laneOf[find(i)] = find(other);
  const lanes = Map.groupBy(dependencies.keys(), find);
  return { dependencies, lanes: [...lanes.values()].sort((a, b) => b.length - a.length) };
}
