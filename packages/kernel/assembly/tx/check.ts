// Whether a decoded transaction is valid where it stands. Of several faults the one is named that clients agree on:
// fees first, then what the transaction itself shows, then the block's gas, then the sender's account.

import {
  ENV_BASE_FEE,
  ENV_BLOB_BASE_FEE,
  env,
  FLAG_CONTRACT_SENDERS,
  FLAG_OPEN_FIELDS,
  FLAG_SIMULATED,
  FLAG_UNVALIDATED,
  hasEip,
} from "../block/env";
import { OPEN_FIELD, simulatedGasLimit } from "../block/simulation";
import { accountBalance, accountBalanceLess, accountCode, accountNonce, viewAccount } from "../state/view";
import { Eip, Fork, Invalid } from "../status";
import { codeIsDelegation, EMPTY_CODE } from "../vm/code";
import { maxInitcodeSize } from "../vm/code-size";
import {
  wordAdd,
  wordCopy,
  wordIsZero,
  wordLess,
  wordMultiply,
  wordMultiplyOverflow,
  wordSet,
  wordSubtract,
  wordZero,
} from "../word/word";
import { transactionDecode } from "./decode";
import { MAX_TRANSACTION_GAS } from "./gas";
import { floorGas, intrinsicGas, intrinsicStateGas } from "./intrinsic";
import {
  GAS_PER_BLOB,
  Transaction,
  TYPE_BLOB,
  TYPE_SET_CODE,
  transactionBlobHash,
  transactionEffectiveGasPrice,
  transactionExpected,
  transactionMaxBlobFee,
  transactionMaxFee,
  transactionMet,
  transactionPriorityFee,
  transactionSender,
  transactionValue,
} from "./transaction";

/** EIP-7594. */
const MAX_BLOBS_OF_TRANSACTION: u32 = 6;
/** EIP-4844: first byte of a hash of a KZG commitment. */
const KZG_VERSION: u8 = 1;

/** The error's two values are small numbers. */
function refuse(t: Transaction, reason: Invalid, met: u64, expected: u64): Invalid {
  wordSet(transactionMet(t), met);
  wordSet(transactionExpected(t), expected);
  return reason;
}

/** The error's two values are words. */
function refuseWords(t: Transaction, reason: Invalid, met: usize, expected: usize): Invalid {
  wordCopy(transactionMet(t), met);
  wordCopy(transactionExpected(t), expected);
  return reason;
}

function refuseNonceMax(t: Transaction): Invalid {
  return refuse(t, Invalid.NonceIsMax, t.nonce, u64.MAX_VALUE - 1);
}

/** What holds for the transaction by itself under the rules of `fork`; leaves its intrinsic gas in it. */
function checkForm(t: Transaction, fork: u32): Invalid {
  const regular = intrinsicGas(t, fork);
  t.intrinsicStateGas = intrinsicStateGas(t);
  const intrinsic = regular + t.intrinsicStateGas;
  t.intrinsicGas = intrinsic;
  if (intrinsic > t.gasLimit) return refuse(t, Invalid.IntrinsicGasTooLow, t.gasLimit, intrinsic);
  const floor = floorGas(t, fork);
  const least = max<u64>(regular, floor);
  if (hasEip(Eip.E8037) && least > MAX_TRANSACTION_GAS) {
    // State gas may come on top: what is bounded is the rest, and before anything ran that is this.
    return refuse(t, Invalid.IntrinsicGasTooLow, MAX_TRANSACTION_GAS, least);
  }
  if (floor > t.gasLimit) return refuse(t, Invalid.FloorGasTooLow, t.gasLimit, floor);
  if (t.nonce == u64.MAX_VALUE && (env().flags & FLAG_UNVALIDATED) == 0) return refuseNonceMax(t);
  const initcodeLimit = maxInitcodeSize();
  if (t.isCreate && fork >= Fork.Shanghai && t.dataLength > initcodeLimit) {
    return refuse(t, Invalid.InitcodeSizeExceeded, t.dataLength, initcodeLimit);
  }
  const isBounded = fork >= Fork.Osaka && (env().flags & FLAG_SIMULATED) == 0;
  if (!hasEip(Eip.E8037) && isBounded && t.gasLimit > MAX_TRANSACTION_GAS) {
    return refuse(t, Invalid.GasLimitAboveMaximum, t.gasLimit, MAX_TRANSACTION_GAS);
  }
  return Invalid.None;
}

/**
 * Decodes a transaction and checks what can be told without block or state: what transaction pools and the
 * transaction tests ask. BlockEnv gives fork and chain id.
 */
export function transactionInspect(t: Transaction): Invalid {
  let problem = transactionDecode(t);
  if (problem == Invalid.None) problem = checkForm(t, env().fork);
  if (problem == Invalid.None) problem = checkFeeForm(t);
  if (problem == Invalid.None && t.type == TYPE_BLOB) problem = checkBlobForm(t, env().fork);
  if (problem == Invalid.None) problem = checkRecipient(t);
  t.invalid = problem;
  return problem;
}

function checkBlobForm(t: Transaction, fork: u32): Invalid {
  if (t.blobCount == 0) return refuse(t, Invalid.NoBlobs, 0, 1);
  if (fork >= Fork.Osaka && t.blobCount > MAX_BLOBS_OF_TRANSACTION) {
    return refuse(t, Invalid.TooManyBlobs, t.blobCount, MAX_BLOBS_OF_TRANSACTION);
  }
  for (let i: u32 = 0; i < t.blobCount; i++) {
    const version = load<u8>(transactionBlobHash(t, i));
    if (version != KZG_VERSION) return refuse(t, Invalid.BlobVersion, version, KZG_VERSION);
  }
  return Invalid.None;
}

function checkBlobs(t: Transaction, fork: u32): Invalid {
  const problem = checkBlobForm(t, fork);
  if (problem != Invalid.None) return problem;
  if (wordLess(transactionMaxBlobFee(t), ENV_BLOB_BASE_FEE) && !isFree(transactionMaxBlobFee(t))) {
    return refuseWords(t, Invalid.MaxBlobFeeTooLow, transactionMaxBlobFee(t), ENV_BLOB_BASE_FEE);
  }
  return Invalid.None;
}

/** A sum that no balance can hold is refused without looking at any. */
function checkFeeForm(t: Transaction): Invalid {
  const maxFee = transactionMaxFee(t);
  const priority = transactionPriorityFee(t);
  if (wordLess(maxFee, priority)) return refuseWords(t, Invalid.PriorityAboveMaxFee, priority, maxFee);
  const gas = transactionMet(t);
  const cost = transactionExpected(t);
  wordSet(gas, t.gasLimit);
  if (wordMultiplyOverflow(cost, maxFee, gas)) {
    return refuseWords(t, Invalid.GasPriceTimesLimitOverflow, maxFee, gas);
  }
  return Invalid.None;
}

/** Whether the fee offered is none, where that need not be paid (eth_simulateV1). */
function isFree(fee: usize): bool {
  return (env().flags & FLAG_UNVALIDATED) != 0 && wordIsZero(fee);
}

/** Fees against the block's, and the price that a gas costs in the end (EIP-1559). */
function checkFees(t: Transaction): Invalid {
  const maxFee = transactionMaxFee(t);
  const priority = transactionPriorityFee(t);
  if (wordLess(maxFee, priority)) return refuseWords(t, Invalid.PriorityAboveMaxFee, priority, maxFee);
  const price = transactionEffectiveGasPrice(t);
  if (wordLess(maxFee, ENV_BASE_FEE)) {
    if (!isFree(maxFee)) return refuseWords(t, Invalid.MaxFeeBelowBaseFee, maxFee, ENV_BASE_FEE);
    wordZero(price);
    return Invalid.None;
  }
  wordSubtract(price, maxFee, ENV_BASE_FEE);
  if (wordLess(priority, price)) wordCopy(price, priority);
  wordAdd(price, price, ENV_BASE_FEE);
  return Invalid.None;
}

/**
 * Whether the block has room for the gas that the transaction may use, of which state gas counts apart (EIP-8037).
 * What was met and what is available stands in the transaction.
 */
export function checkAllowance(t: Transaction, gasAvailable: u64, stateGasAvailable: u64): Invalid {
  const hasState = hasEip(Eip.E8037);
  const gas = hasState ? min<u64>(t.gasLimit - t.intrinsicStateGas, MAX_TRANSACTION_GAS) : t.gasLimit;
  if (gas > gasAvailable) return refuse(t, Invalid.GasAllowanceExceeded, gas, gasAvailable);
  const stateGas = t.gasLimit - (t.intrinsicGas - t.intrinsicStateGas);
  if (hasState && stateGas > stateGasAvailable) {
    return refuse(t, Invalid.GasAllowanceExceeded, stateGas, stateGasAvailable);
  }
  return Invalid.None;
}

/** Everything that can be told without the state. `…Available`: what the block's transactions may still use. */
export function checkTransaction(
  t: Transaction,
  gasAvailable: u64,
  stateGasAvailable: u64,
  blobGasAvailable: u64,
): Invalid {
  const fork = env().fork;
  let problem = checkFees(t);
  if (problem != Invalid.None) return problem;
  problem = checkForm(t, fork);
  if (problem != Invalid.None) return problem;
  problem = checkAllowance(t, gasAvailable, stateGasAvailable);
  if (problem != Invalid.None) return problem;
  const blobGas = <u64>t.blobCount * GAS_PER_BLOB;
  if (t.type == TYPE_BLOB && t.blobCount > 0 && blobGas > blobGasAvailable) {
    // A transaction that no block could hold is refused for its own number of blobs.
    const tooMany = fork >= Fork.Osaka && t.blobCount > MAX_BLOBS_OF_TRANSACTION;
    if (tooMany || t.blobCount > env().blobMax) {
      return refuse(t, Invalid.TooManyBlobs, t.blobCount, tooMany ? MAX_BLOBS_OF_TRANSACTION : env().blobMax);
    }
    return refuse(t, Invalid.BlobGasAllowanceExceeded, blobGas, blobGasAvailable);
  }
  if (t.type == TYPE_BLOB) {
    problem = checkBlobs(t, fork);
    if (problem != Invalid.None) return problem;
  }
  return checkRecipient(t);
}

/** Blobs and authorizations are not for creations, and authorizations there must be. */
function checkRecipient(t: Transaction): Invalid {
  if (t.type == TYPE_BLOB && t.isCreate) return Invalid.BlobCreate;
  if (t.type == TYPE_SET_CODE) {
    if (t.isCreate) return Invalid.AuthorizationCreate;
    if (t.authorizationCount == 0) return Invalid.EmptyAuthorizations;
  }
  return Invalid.None;
}

function wordFill(word: usize): void {
  memory.fill(word, 0xff, 32);
}

function checkNonce(t: Transaction, sender: usize): Invalid {
  const nonce = accountNonce(sender);
  if (nonce > t.nonce) return refuse(t, Invalid.NonceTooLow, t.nonce, nonce);
  if (nonce < t.nonce) return refuse(t, Invalid.NonceTooHigh, t.nonce, nonce);
  return Invalid.None;
}

/** Whether the sender can pay all that the transaction may cost. `scratch`: two words to work in. */
function checkFunds(t: Transaction, sender: usize, scratch: usize): Invalid {
  const cost = scratch;
  const part = scratch + 32;
  wordSet(part, t.gasLimit);
  let overflow = wordMultiplyOverflow(cost, transactionMaxFee(t), part);
  if (t.type == TYPE_BLOB) {
    wordSet(part, <u64>t.blobCount * GAS_PER_BLOB);
    overflow = wordMultiplyOverflow(part, transactionMaxBlobFee(t), part) || overflow;
    overflow = wordAdd(cost, cost, part) || overflow;
  }
  overflow = wordAdd(cost, cost, transactionValue(t)) || overflow;
  if (overflow || accountBalanceLess(sender, cost)) {
    // More than 2^256 - 1 wei are not stated: that many is what is missed at least.
    if (overflow) wordFill(cost);
    return refuseWords(t, Invalid.InsufficientFunds, accountBalance(sender), cost);
  }
  return Invalid.None;
}

/** The sender's nonce, balance and code, which are read in this order. `scratch`: two words to work in. */
export function checkSender(t: Transaction, sender: usize, scratch: usize): Invalid {
  let problem = checkNonce(t, sender);
  if (problem != Invalid.None) return problem;
  problem = checkFunds(t, sender, scratch);
  if (problem != Invalid.None) return problem;
  const code = accountCode(sender);
  if (
    code != EMPTY_CODE &&
    !codeIsDelegation(code) &&
    (env().flags & (FLAG_CONTRACT_SENDERS | FLAG_SIMULATED)) == 0
  ) {
    return Invalid.SenderNotEoa;
  }
  return Invalid.None;
}

/**
 * What comes before all other checks of a simulated transaction: what it leaves open is settled, and of several faults that
 * one is named which eth_simulateV1 is known to name. `gasAvailable`: what is left in the block; `scratch`: two words.
 */
export function checkSimulated(t: Transaction, gasAvailable: u64, scratch: usize): Invalid {
  const flags = env().flags;
  const sender = viewAccount(transactionSender(t));
  const isLenient = (flags & FLAG_UNVALIDATED) != 0;
  const isOpen = (flags & FLAG_OPEN_FIELDS) != 0 && t.nonce == OPEN_FIELD;
  if (isLenient || isOpen) t.nonce = accountNonce(sender);
  t.gasLimit = simulatedGasLimit(t.gasLimit, gasAvailable);
  if (t.gasLimit > gasAvailable) return refuse(t, Invalid.GasAllowanceExceeded, t.gasLimit, gasAvailable);
  if (!isLenient) {
    const problem = checkNonce(t, sender);
    if (problem != Invalid.None) return problem;
    if (t.nonce == u64.MAX_VALUE) return refuseNonceMax(t);
  }
  const problem = checkFees(t);
  if (problem != Invalid.None) return problem;
  return checkFunds(t, sender, scratch);
}

/** What the blobs cost at the block's price, in `result` (EIP-4844). It is burnt. */
export function blobFee(result: usize, t: Transaction): void {
  wordSet(result, isFree(transactionMaxBlobFee(t)) ? 0 : <u64>t.blobCount * GAS_PER_BLOB);
  if (!wordIsZero(result)) wordMultiply(result, result, ENV_BLOB_BASE_FEE);
}
