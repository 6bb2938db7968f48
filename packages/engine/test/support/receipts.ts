// What the receipts of a block that ran in this thread say.

import type { Hex } from "../../src/index.ts";
import { decodeReceipt, type Receipt } from "../../src/receipts.ts";

const NOTHING: Hex = "0x";
const facts = {
  transactionHash: NOTHING,
  sender: NOTHING,
  gasUsed: 0n,
  effectiveGasPrice: 0n,
  contractAddress: undefined,
};

/** Cumulative gas, success and logs of each receipt. */
export function readReceipts(
  receipts: readonly Hex[],
): Pick<Receipt, "cumulativeGasUsed" | "success" | "logs">[] {
  return receipts.map((receipt) => {
    const bytes = Buffer.from(receipt.slice(2), "hex");
    const { cumulativeGasUsed, success, logs } = decodeReceipt(bytes, facts);
    return { cumulativeGasUsed, success, logs };
  });
}
