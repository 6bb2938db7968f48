// The kernel's index tables of accounts, slots and codes grow between two attempts at what filled them.

import type { KernelInstance } from "./kernel-instance.ts";

/** Table of codes; accounts and slots are 0 and 1. */
const INDEX_CODES = 2;

/** Makes room in the table that the kernel named (Abort.IndexFull). */
export function growIndex(kernel: KernelInstance, table: number): void {
  const { exports, layout } = kernel;
  if (table !== INDEX_CODES) {
    exports.internGrow(table);
    return;
  }
  const mask = kernel.getU32(layout.CONTROL + layout.Control_codeIndexMask);
  exports.codeIndexGrow((mask + 1) * 2);
}
