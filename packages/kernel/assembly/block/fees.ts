// What the fee recipient is owed for transactions that were committed without touching its balance.

import { MODE_CLAIMED, viewMode } from "../state/mode";
import { accountAddBalance, accountTouch, viewAccount } from "../state/view";
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
  if (!blockResult().feesPending) return;
  const recipient = viewAccount(ENV_COINBASE);
  // On claims the balance that is met holds all fees before: the account is only touched.
  if (viewMode == MODE_CLAIMED) accountTouch(recipient);
  else accountAddBalance(recipient, resultFees());
}

/** Nothing is owed any more. */
export function feesSettle(): void {
  wordZero(resultFees());
  blockResult().feesPending = 0;
}
