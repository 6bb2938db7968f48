// What is predicted of transactions that are not executed: for whoever orders them or makes a block of them.

import { env } from "../block/env";
import { blockTransaction, layTransaction } from "../block/transactions";
import { predictedWriter, predictTask } from "../parallel/predictions";
import { TEMPLATES } from "../parallel/predictor";
import { schedulerReset, task } from "../parallel/scheduler";
import { linkSenders } from "../parallel/senders";
import { Invalid } from "../status";
import { togetherBegin, togetherEnd, transactionDecodeTogether } from "../tx/decode-together";

/** Numbers (u32) that `predictBlock` writes of a transaction: of its sender's before, and of those it will meet. */
export const FORECAST_WORDS: u32 = TEMPLATES + 1;

/**
 * Writes at `out` for each transaction of the block that is laid out the earlier ones on which it is predicted to
 * depend, each as index + 1, 0 where there is none. One instance alone; nothing is executed. May leave with
 * Abort.IndexFull.
 */
export function predictBlock(out: usize): void {
  const count = env().transactionCount;
  schedulerReset(count, 1);
  togetherBegin();
  for (let index: u32 = 0; index < count; index++) transactionDecodeTogether(layTransaction(index));
  togetherEnd();
  linkSenders();
  for (let index: u32 = 0; index < count; index++) {
    const row = out + ((<usize>(index * FORECAST_WORDS)) << 2);
    store<u32>(row, task(index).senderBefore);
    if (blockTransaction(index).invalid == Invalid.None) predictTask(index);
    for (let i: u32 = 0; i < TEMPLATES; i++) {
      store<u32>(row + ((<usize>(i + 1)) << 2), predictedWriter(index, i));
    }
  }
}
