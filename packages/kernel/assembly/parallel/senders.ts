// The order of one sender's transactions. A nonce depends on the one before, so running two of them at once is in vain:
// the later one waits for the earlier, as a hint for the order of work.

import { blockTransaction } from "../block/transactions";
import { arenaAllocate } from "../memory/arena";
import { hashSlotKey } from "../state/intern";
import { transactionSender } from "../tx/transaction";
import { wordEquals } from "../word/word";
import { scheduler, task } from "./scheduler";

/**
 * Fills in `senderBefore` of all tasks. One worker, while the others wait: therefore by the addresses in the
 * transactions, which decoding has just written, and not by the accounts' records.
 */
export function linkSenders(): void {
  const count = scheduler().count;
  let capacity: u32 = 64;
  while (capacity < count * 2) capacity <<= 1;
  const mask = capacity - 1;
  // Open addressing: index + 1 of the sender's last transaction so far. The hash is seeded (state/intern.ts).
  const table = arenaAllocate((<usize>capacity) << 2);
  memory.fill(table, 0, (<usize>capacity) << 2);
  for (let index: u32 = 0; index < count; index++) {
    const sender = transactionSender(blockTransaction(index));
    let at = <u32>(hashSlotKey(0, sender) >> 32) & mask;
    while (true) {
      const entry = table + ((<usize>at) << 2);
      const before = load<u32>(entry);
      if (before == 0 || wordEquals(transactionSender(blockTransaction(before - 1)), sender)) {
        task(index).senderBefore = before;
        store<u32>(entry, index + 1);
        break;
      }
      at = (at + 1) & mask;
    }
  }
}
