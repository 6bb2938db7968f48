// A message run against the committed state for what it gives, not for what it changes (eth_call).

import { env, FLAG_TRACE } from "../block/env";
import { traceTransaction, traceTransactionEnd } from "../host";
import { arenaAllocate } from "../memory/arena";
import { Execution } from "../state/execution";
import { MODE_SEQUENTIAL, setViewMode } from "../state/mode";
import { accountNonce, accountWarm, viewAccount, viewBegin, viewEnd, viewExecution } from "../state/view";
import { Fork } from "../status";
import { warmAccessList } from "../tx/access-list";
import { openGas, settleGas } from "../tx/gas";
import { floorGas, intrinsicGas, intrinsicStateGas } from "../tx/intrinsic";
import {
  Transaction,
  transactionCreated,
  transactionSender,
  transactionTo,
  transactionValue,
} from "../tx/transaction";
import { resultGasLeft, resultOutput, resultOutputLength, runCall, runCreate } from "../vm/call";
import { firstConsoleCall } from "../vm/console";
import { vmBeginTransaction, vmTrace } from "../vm/context";
import { createAddress } from "../vm/create-address";
import { framesRelease } from "../vm/frame";
import { Op } from "../vm/opcode";

/**
 * Runs the message in `t`: sender, to or isCreate, value, data, dataNonZero and gasLimit are given, access list, blob
 * hashes and the number of authorizations where there are some; `gasPrice` is a word. No fee is taken and no nonce moved. Leaves status, gasUsed, output, logs; 0 = the gas does not
 * cover the intrinsic cost. May leave with an abort; then it is run again.
 */
export function callRun(pointer: usize, gasPrice: usize): u32 {
  const t = changetype<Transaction>(pointer);
  const fork = env().fork;
  setViewMode(MODE_SEQUENTIAL);
  t.intrinsicStateGas = intrinsicStateGas(t);
  t.intrinsicGas = intrinsicGas(t, fork) + t.intrinsicStateGas;
  if (t.gasLimit < t.intrinsicGas || t.gasLimit < floorGas(t, fork)) return 0;
  viewBegin(1);
  const sender = transactionSender(t);
  const caller = viewAccount(sender);
  const traced = (env().flags & FLAG_TRACE) != 0 && traceTransaction(pointer) != 0;
  vmTrace(traced);
  if (fork >= Fork.Berlin) {
    accountWarm(caller);
    if (t.accessListLength != 0) warmAccessList(t, arenaAllocate(32));
  }
  vmBeginTransaction(sender, gasPrice, t.blobHashes, t.blobCount);
  const gas = openGas(t);
  const value = transactionValue(t);
  if (t.isCreate) {
    const created = transactionCreated(t);
    createAddress(created, sender, accountNonce(caller));
    t.status = runCreate(sender, value, t.data, t.dataLength, gas, created);
  } else {
    const to = transactionTo(t);
    if (fork >= Fork.Berlin) accountWarm(viewAccount(to));
    t.status = runCall(Op.CALL, sender, to, to, value, value, t.data, t.dataLength, gas, false);
  }
  const output = arenaAllocate(resultOutputLength + 8);
  memory.copy(output, resultOutput, resultOutputLength);
  t.output = <u32>output;
  t.outputLength = <u32>resultOutputLength;
  t.consoleCalls = <u32>firstConsoleCall;
  framesRelease();
  settleGas(t, gas, resultGasLeft, fork);
  if (traced) traceTransactionEnd(pointer);
  viewEnd();
  const execution = changetype<Execution>(viewExecution());
  t.logs = execution.firstLog;
  t.logCount = execution.logCount;
  return 1;
}
