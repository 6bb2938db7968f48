// The order of one sender's transactions. A nonce depends on the one before, so running two of them at once is in vain:
// the later one waits for the earlier, as a hint for the order of work.

import { arenaAllocate } from "../memory/arena";
import { internAccount } from "../state/intern";
import { transactionSender } from "../tx/transaction";
import { blockTransaction } from "./execute";
import { scheduler, task } from "./scheduler";

/** Fills in `senderBefore` of all tasks. One worker. */
export function linkSenders(): void {
  const count = scheduler().count;
  let capacity: u32 = 64;
  while (capacity < count * 2) capacity <<= 1;
  const mask = capacity - 1;
  // Open addressing: the sender's record and the index + 1 of its last transaction so far.
  const table = arenaAllocate((<usize>capacity) << 3);
  memory.fill(table, 0, (<usize>capacity) << 3);
  for (let index: u32 = 0; index < count; index++) {
    const record = <u32>internAccount(transactionSender(blockTransaction(index)));
    let at = ((record >> 3) * 0x9e3779b1) & mask;
    while (true) {
      const entry = table + ((<usize>at) << 3);
      const met = load<u32>(entry);
      if (met == record || met == 0) {
        store<u32>(entry, record);
        task(index).senderBefore = load<u32>(entry + 4);
        store<u32>(entry + 4, index + 1);
        break;
      }
      at = (at + 1) & mask;
    }
  }
}
