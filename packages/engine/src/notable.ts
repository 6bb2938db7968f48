// Transactions of a block of which more can be told than their receipts have: those that failed, and those that printed.

import { codeName, Halt } from "@heddle/kernel";
import { type ConsoleCall, type HaltReason, readConsoleCalls } from "./call.ts";
import type { ResultMemory } from "./result-memory.ts";

/** A transaction that failed, or said something to the console. */
export interface NotableTransaction {
  /** Place in the block. */
  index: number;
  /** How it ended: "Success", "Revert", "OutOfGas", … */
  halt: HaltReason;
  /** What it returned, or the reason of its revert. */
  output: Uint8Array;
  /** Oldest first, those of calls that failed too. */
  consoleCalls: ConsoleCall[];
}

/** Those among the first `count` transactions of the block in memory, one after another. */
export function* readNotable(memory: ResultMemory, count: number): Generator<NotableTransaction> {
  for (let index = 0; index < count; index++) {
    const kernel = memory.read();
    const { layout } = kernel;
    const transactions = kernel.getU32(layout.BLOCK_ENV + layout.BlockEnv_transactions);
    const t = kernel.getU32(transactions + 4 * index);
    const status = kernel.getU32(t + layout.Transaction_status);
    if (status === Halt.Success && kernel.getU32(t + layout.Transaction_consoleCalls) === 0) continue;
    const output = kernel.getU32(t + layout.Transaction_output);
    yield {
      index,
      halt: codeName(Halt, status),
      output: kernel.copy(output, kernel.getU32(t + layout.Transaction_outputLength)),
      consoleCalls: readConsoleCalls(kernel, t),
    };
  }
}
