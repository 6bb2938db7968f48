// What happens in a block after its last transaction.

import { arenaAllocate } from "../memory/arena";
import { accountTouch, viewAccount, viewBegin, viewEnd } from "../state/view";
import { Fork, Halt, Invalid } from "../status";
import { systemCall, systemHadCode, systemOutput, systemOutputLength } from "../tx/system";
import { wordCopy } from "../word/word";
import { blockRefuseWhole } from "./commit";
import { collectDeposits } from "./deposits";
import { ENV_COINBASE, env, FLAG_TRANSACTIONS_ONLY } from "./env";
import { feesCredit, feesSettle } from "./fees";
import { blockResult, resultCulprit } from "./result";
import { applyRewards } from "./rewards";
import { consolidationRequestsAddress, withdrawalRequestsAddress } from "./system-contracts";
import { applyWithdrawals } from "./withdrawals";

/** A system call whose contract must be there and must not fail; its output is a list of requests. */
function requestsOf(address: usize): bool {
  const halt = systemCall(address, 0, 0);
  if (systemHadCode && halt == Halt.Success) return true;
  wordCopy(resultCulprit(), address);
  blockRefuseWhole(systemHadCode ? Invalid.SystemCallFailed : Invalid.SystemContractEmpty);
  return false;
}

/** EIP-7685: deposits, withdrawal requests, consolidation requests. */
function collectRequests(): bool {
  if (!collectDeposits()) {
    blockRefuseWhole(Invalid.DepositEventLayout);
    return false;
  }
  const result = blockResult();
  const address = arenaAllocate(32);
  withdrawalRequestsAddress(address);
  if (!requestsOf(address)) return false;
  result.withdrawalRequests = <u32>systemOutput;
  result.withdrawalRequestsLength = systemOutputLength;
  consolidationRequestsAddress(address);
  if (!requestsOf(address)) return false;
  result.consolidationRequests = <u32>systemOutput;
  result.consolidationRequestsLength = systemOutputLength;
  return true;
}

/**
 * Runs in one view, number n + 1, which the caller publishes where the block is valid: what the fee recipient is
 * still owed, withdrawals or rewards, requests. The worker must be in sequential mode or in turn.
 */
export function blockEnd(): Invalid {
  viewBegin(env().transactionCount + 1);
  feesCredit();
  let valid = true;
  if ((env().flags & FLAG_TRANSACTIONS_ONLY) != 0) {
    accountTouch(viewAccount(ENV_COINBASE));
  } else {
    const fork = env().fork;
    if (fork >= Fork.Shanghai) applyWithdrawals();
    applyRewards();
    if (fork >= Fork.Prague) valid = collectRequests();
  }
  viewEnd();
  if (valid) feesSettle();
  return <Invalid>blockResult().invalid;
}
