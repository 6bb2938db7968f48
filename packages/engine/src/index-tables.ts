// The kernel's index tables of accounts, slots and codes grow between two attempts at what filled them.

import type { KernelInstance } from "./kernel-instance.ts";

/** The tables, as the kernel counts them. */
export const IndexTable = { Accounts: 0, Slots: 1, Codes: 2 } as const;

/**
 * Makes room before a block for an account and a slot of each of its transactions that were not there before: a table
 * that is full on the way costs all that was executed until then.
 */
export function reserveIndexes({ exports }: KernelInstance, transactions: number): void {
  exports.internReserve(IndexTable.Accounts, transactions);
  exports.internReserve(IndexTable.Slots, transactions);
}

/** Makes room in the table that the kernel named (Abort.IndexFull). */
export function growIndex(kernel: KernelInstance, table: number): void {
  const { exports, layout } = kernel;
  if (table !== IndexTable.Codes) {
    exports.internGrow(table);
    return;
  }
  const mask = kernel.getU32(layout.CONTROL + layout.Control_codeIndexMask);
  exports.codeIndexGrow((mask + 1) * 2);
}
