// Fees of the transactions that the node makes, where they are not given.

import type { UnsignedTransaction } from "./signing.ts";

/** Wei a unit of gas that are offered beyond the base fee. */
export const DEV_TIP = 10n ** 9n;

type Fees = Pick<UnsignedTransaction, "gasPrice" | "maxFeePerGas" | "maxPriorityFeePerGas">;

/** The fees of a transaction for a block of this base fee: what is given, and enough for some fuller blocks in between. */
export function chooseFees(
  { gasPrice, maxFeePerGas, maxPriorityFeePerGas }: Fees,
  baseFee: bigint | undefined,
): Fees {
  if (gasPrice !== undefined) return { gasPrice };
  if (baseFee === undefined) return { gasPrice: DEV_TIP };
  if (maxFeePerGas !== undefined) return { maxFeePerGas, maxPriorityFeePerGas: maxPriorityFeePerGas ?? 0n };
  const tip = maxPriorityFeePerGas ?? DEV_TIP;
  return { maxFeePerGas: 2n * baseFee + tip, maxPriorityFeePerGas: tip };
}
