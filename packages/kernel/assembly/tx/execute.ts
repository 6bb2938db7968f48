// One transaction against the state: checks, purchase of gas, the outermost call or creation, and what is
// paid and given back afterwards.

import { ENV_BASE_FEE, ENV_COINBASE, env, FLAG_SIMULATED, FLAG_TRACE } from "../block/env";
import { feesCredit } from "../block/fees";
import { traceTransaction, traceTransactionEnd } from "../host";
import { arenaAllocate } from "../memory/arena";
import { coldForget } from "../state/cold";
import { Execution } from "../state/execution";
import { MODE_CLAIMED, MODE_PARALLEL, viewMode } from "../state/mode";
import {
  accountAddBalance,
  accountSetNonce,
  accountSubtractBalance,
  accountWarm,
  viewAccount,
  viewBegin,
  viewEnd,
  viewExecution,
  viewHasCoinbase,
} from "../state/view";
import { Fork, Halt, Invalid } from "../status";
import { resultGasLeft, resultOutput, resultOutputLength, runCall, runCreate } from "../vm/call";
import { firstConsoleCall } from "../vm/console";
import { vmBeginTransaction, vmTrace } from "../vm/context";
import { createAddress } from "../vm/create-address";
import { logBurntAtEnd } from "../vm/ether-logs";
import { framesRelease } from "../vm/frame";
import { Op } from "../vm/opcode";
import { wordAdd, wordIsZero, wordLess, wordMultiply, wordSet, wordSubtract, wordZero } from "../word/word";
import { warmAccessList } from "./access-list";
import { applyAuthorizations } from "./authorization";
import { blobFee, checkSender, checkSimulated, checkTransaction } from "./check";
import { openGas, settleGas } from "./gas";
import {
  Transaction,
  TYPE_BLOB,
  TYPE_SET_CODE,
  transactionCreated,
  transactionEffectiveGasPrice,
  transactionFee,
  transactionSender,
  transactionTo,
  transactionValue,
} from "./transaction";

/** Words to work in, valid for one execution. */
let scratch: usize = 0;
const SCRATCH_BYTES: usize = 64;

/** The outermost frame; returns the gas it left. */
function runOutermost(t: Transaction, gas: u64): u64 {
  const sender = transactionSender(t);
  const value = transactionValue(t);
  let halt: Halt;
  if (t.isCreate) {
    const created = transactionCreated(t);
    createAddress(created, sender, t.nonce);
    halt = runCreate(sender, value, t.data, t.dataLength, gas, created);
  } else {
    const to = transactionTo(t);
    if (env().fork >= Fork.Berlin) accountWarm(viewAccount(to));
    halt = runCall(Op.CALL, sender, to, to, value, value, t.data, t.dataLength, gas, false);
  }
  t.status = halt;
  t.output = 0;
  t.outputLength = <u32>resultOutputLength;
  if (resultOutputLength != 0) {
    const output = arenaAllocate(resultOutputLength);
    memory.copy(output, resultOutput, resultOutputLength);
    t.output = <u32>output;
  }
  t.consoleCalls = <u32>firstConsoleCall;
  framesRelease();
  return resultGasLeft;
}

/** Gives back the gas that was not used and sets the proposer's part aside; the base fee is burnt. */
function payFees(t: Transaction, sender: usize): void {
  const price = transactionEffectiveGasPrice(t);
  wordSet(scratch, t.gasLimit - t.gasUsed);
  if (!wordIsZero(scratch)) {
    wordMultiply(scratch, scratch, price);
    accountAddBalance(sender, scratch);
  }
  // Only a simulated transaction may pay less than the base fee: nothing at all.
  if (wordLess(price, ENV_BASE_FEE)) wordZero(scratch);
  else wordSubtract(scratch, price, ENV_BASE_FEE);
  wordSet(scratch + 32, t.gasUsed);
  wordMultiply(transactionFee(t), scratch, scratch + 32);
}

/**
 * The fee recipient is credited before destructed accounts go, so that one that destructs itself takes its fee
 * along. Out of turn its balance must not be touched (a transaction that destructs it needs its turn): then commit
 * adds the fee to what it is owed. So it does on claims, where the transaction has nothing to do with the account.
 */
function creditProposer(t: Transaction): void {
  t.feeCredited = 0;
  if (viewMode == MODE_PARALLEL || (viewMode == MODE_CLAIMED && !viewHasCoinbase())) return;
  // A fee of zero touches the account too (EIP-161), or makes it before that.
  accountAddBalance(viewAccount(ENV_COINBASE), transactionFee(t));
  t.feeCredited = 1;
}

function execute(t: Transaction, gasAvailable: u64, stateGasAvailable: u64, blobGasAvailable: u64): Invalid {
  let problem = Invalid.None;
  if ((env().flags & FLAG_SIMULATED) != 0) problem = checkSimulated(t, gasAvailable, scratch);
  if (problem != Invalid.None) return problem;
  problem = checkTransaction(t, gasAvailable, stateGasAvailable, blobGasAvailable);
  if (problem != Invalid.None) return problem;
  const sender = viewAccount(transactionSender(t));
  problem = checkSender(t, sender, scratch);
  if (problem != Invalid.None) return problem;

  const fork = env().fork;
  wordSet(scratch, t.gasLimit);
  wordMultiply(scratch, scratch, transactionEffectiveGasPrice(t));
  if (t.type == TYPE_BLOB) {
    blobFee(scratch + 32, t);
    wordAdd(scratch, scratch, scratch + 32);
  }
  accountSubtractBalance(sender, scratch);
  accountSetNonce(sender, t.nonce + 1);

  if (fork >= Fork.Berlin) {
    // Precompiles and, from Shanghai on, the fee recipient are warm in every view from its begin (state/account.ts).
    accountWarm(sender);
    if (t.accessListLength != 0) warmAccessList(t, scratch);
  }
  vmBeginTransaction(
    transactionSender(t),
    transactionEffectiveGasPrice(t),
    t.blobHashes,
    t.type == TYPE_BLOB ? t.blobCount : 0,
  );
  const gas = openGas(t);
  if (t.type == TYPE_SET_CODE) applyAuthorizations(t);
  const gasLeft = runOutermost(t, gas);
  settleGas(t, gas, gasLeft, fork);
  payFees(t, sender);
  creditProposer(t);
  logBurntAtEnd();
  return Invalid.None;
}

/**
 * Executes a decoded transaction in a view of its own, in the worker's mode (state/mode.ts). `gasAvailable`,
 * `stateGasAvailable` (EIP-8037) and `blobGasAvailable` are what the block has left for it; out of turn they are the block's limits, and commit
 * checks again. An invalid transaction changes nothing; what it read is in the read set all the same, for out of
 * turn its verdict may rest on values that change. The outcome also stands in `t.invalid`.
 */
export function transactionExecute(
  t: Transaction,
  gasAvailable: u64,
  stateGasAvailable: u64,
  blobGasAvailable: u64,
): Invalid {
  viewBegin(t.index + 1);
  scratch = arenaAllocate(SCRATCH_BYTES);
  t.gasUsed = 0;
  t.blockGas = 0;
  t.stateGas = 0;
  t.logs = 0;
  t.logCount = 0;
  t.consoleCalls = 0;
  wordZero(transactionFee(t));
  // What the fee recipient is owed for the transactions before, so that this one finds it.
  if (viewMode != MODE_PARALLEL && viewMode != MODE_CLAIMED) feesCredit();
  const traced = (env().flags & FLAG_TRACE) != 0 && traceTransaction(changetype<usize>(t)) != 0;
  vmTrace(traced);
  // Nobody is told what rests on a guess.
  if (traced) coldForget();
  const problem = execute(t, gasAvailable, stateGasAvailable, blobGasAvailable);
  t.invalid = problem;
  if (traced && problem == Invalid.None) traceTransactionEnd(changetype<usize>(t));
  viewEnd();
  const execution = changetype<Execution>(viewExecution());
  t.logs = execution.firstLog;
  t.logCount = execution.logCount;
  return problem;
}
