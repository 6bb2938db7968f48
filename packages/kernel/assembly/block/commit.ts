// Ordered commit: what of a transaction depends on all before it. Nothing here looks at reads and writes; the
// caller has made sure that they hold (parallel/) or ran the transaction in its turn.

import { Invalid } from "../status";
import { checkAllowance } from "../tx/check";
import {
  GAS_PER_BLOB,
  Transaction,
  transactionExpected,
  transactionFee,
  transactionMet,
} from "../tx/transaction";
import { wordSet } from "../word/word";
import { env } from "./env";
import { feesOwe, feesSettle } from "./fees";
import { blockResult, NO_TRANSACTION } from "./result";

/** Gas that the block's transactions may still use after those that are committed. */
export function blockGasAvailable(): u64 {
  return env().gasLimit - blockResult().regularGas;
}

/** State gas that they may still use (EIP-8037). */
export function blockStateGasAvailable(): u64 {
  return env().gasLimit - blockResult().stateGas;
}

/** Blob gas that is still free (EIP-4844). */
export function blockBlobGasAvailable(): u64 {
  return <u64>env().blobMax * GAS_PER_BLOB - blockResult().blobGasUsed;
}

function refuse(t: Transaction, reason: Invalid, met: u64, expected: u64): Invalid {
  wordSet(transactionMet(t), met);
  wordSet(transactionExpected(t), expected);
  t.invalid = reason;
  return reason;
}

/** Marks the block as not valid because of `t`, the lowest such transaction as commit is in order. */
export function blockRefuse(t: Transaction, reason: Invalid): void {
  const result = blockResult();
  result.invalid = reason;
  result.invalidIndex = t.index;
}

/** Marks the block itself as not valid. */
export function blockRefuseWhole(reason: Invalid): void {
  const result = blockResult();
  result.invalid = reason;
  result.invalidIndex = NO_TRANSACTION;
}

/**
 * Commits an executed transaction, which must be the next one: its limits against what is left of the block's,
 * cumulative gas, and its fee, which is added to what the fee recipient is owed where the transaction has not
 * credited it itself. Otherwise the block's result says why not.
 */
export function commitTransaction(t: Transaction): Invalid {
  const result = blockResult();
  let problem: Invalid = t.invalid;
  if (problem == Invalid.None || problem == Invalid.GasAllowanceExceeded) {
    const short = checkAllowance(t, blockGasAvailable(), blockStateGasAvailable());
    if (short != Invalid.None) {
      t.invalid = short;
      problem = short;
    }
  }
  const blobGas = <u64>t.blobCount * GAS_PER_BLOB;
  if (problem == Invalid.None && blobGas != 0) {
    const available = blockBlobGasAvailable();
    if (blobGas > available) problem = refuse(t, Invalid.BlobGasAllowanceExceeded, blobGas, available);
  }
  if (problem != Invalid.None) {
    blockRefuse(t, problem);
    return problem;
  }
  result.regularGas += t.blockGas;
  result.stateGas += t.stateGas;
  result.gasUsed = max<u64>(result.regularGas, result.stateGas);
  result.cumulativeGas += t.gasUsed;
  result.blobGasUsed += blobGas;
  result.committed = t.index + 1;
  t.cumulativeGas = result.cumulativeGas;
  // In its turn the transaction has credited all fees so far, its own too.
  if (t.feeCredited) feesSettle();
  else feesOwe(transactionFee(t));
  return Invalid.None;
}
