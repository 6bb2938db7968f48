// What of a block is to be told, taken out of the engine's memory at once: the next block takes that.

import type { BlockEntry } from "@heddle/chain";
import type { NotableTransaction } from "@heddle/engine";

/** What is told of a block's transactions at most. */
const MOST_PRINTED = 500;
const MOST_FAILED = 20;

/** What of a block is to be told, taken out of the engine's memory. */
export interface Noted {
  block: BlockEntry;
  transactions: NotableTransaction[];
  /** Of those that are not told. */
  more: { printed: number; failed: number };
}

/** Picks what is told of a block's transactions. */
export function noted(block: BlockEntry, notable: Iterable<NotableTransaction>, withConsole: boolean): Noted {
  const found: Noted = { block, transactions: [], more: { printed: 0, failed: 0 } };
  let [lines, failures] = [0, 0];
  for (const { halt, consoleCalls, ...rest } of notable) {
    const calls = withConsole ? consoleCalls.slice(0, MOST_PRINTED - lines) : [];
    const isFailure = halt !== "Success";
    const isTold = isFailure && failures < MOST_FAILED;
    lines += calls.length;
    if (isTold) failures++;
    else if (isFailure) found.more.failed++;
    if (withConsole) found.more.printed += consoleCalls.length - calls.length;
    if (calls.length > 0 || isTold) found.transactions.push({ ...rest, halt, consoleCalls: calls });
  }
  return found;
}
