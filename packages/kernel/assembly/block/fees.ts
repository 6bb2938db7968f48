// What the fee recipient is owed for transactions that were committed without touching its balance.

import { accountAddBalance, viewAccount } from "../state/view";
import { wordAdd, wordZero } from "../word/word";
import { ENV_COINBASE } from "./env";
import { blockResult, resultFees } from "./result";

/** Adds a committed transaction's fee, which may be zero: the recipient counts as touched all the same. */
export function feesOwe(fee: usize): void {
  wordAdd(resultFees(), resultFees(), fee);
  blockResult().feesPending = 1;
}

/** Credits what is owed in the running view; `feesSettle` follows when nothing can make that view fail any more. */
export function feesCredit(): void {
  if (blockResult().feesPending) accountAddBalance(viewAccount(ENV_COINBASE), resultFees());
}

/** Nothing is owed any more. */
export function feesSettle(): void {
  wordZero(resultFees());
  blockResult().feesPending = 0;
}
