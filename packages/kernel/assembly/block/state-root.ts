// State roots between transactions, which receipts hold before Byzantium.

import { panic } from "../host";

/** Root after the transaction of `execution`, the last one published; in order only. */
export function stateRootInOrder(execution: usize, result: usize): void {
  panic(60, <u32>execution);
}
