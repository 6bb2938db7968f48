// Balance changes outside transactions: fees, withdrawals, block rewards.

import { versionPublish } from "../parallel/publish";
import { accountAddBalance, viewAccount } from "./account";
import { currentExecution, viewExecution } from "./current";
import { viewEnd } from "./end";
import { viewBegin } from "./view";

/**
 * Adds `amount` (a word, wei) to an account after transaction `transaction` and all before it were committed, and
 * publishes it as a write of that transaction, over what it wrote itself. Touches the account, as the fork has it.
 * The worker must be in sequential mode or in turn. Returns the Execution, which belongs into `changesBuild`.
 */
export function creditAccount(address: usize, amount: usize, transaction: u32): usize {
  // Reads go one index further, so that the transaction's own writes are seen.
  viewBegin(transaction + 1);
  accountAddBalance(viewAccount(address), amount);
  viewEnd();
  currentExecution().transaction = transaction;
  currentExecution().incarnation = CREDIT_INCARNATION;
  versionPublish(viewExecution());
  return viewExecution();
}

/** Of credits: no withdrawal of a transaction's own writes reaches them. */
const CREDIT_INCARNATION: u32 = 0xffffffff;
