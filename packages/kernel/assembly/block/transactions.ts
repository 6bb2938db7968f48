// The block's transactions by their position.

import { Transaction } from "../tx/transaction";
import { env } from "./env";

/** The transaction at position `index` of the block. */
export function blockTransaction(index: u32): Transaction {
  return changetype<Transaction>(<usize>load<u32>(<usize>env().transactions + ((<usize>index) << 2)));
}
