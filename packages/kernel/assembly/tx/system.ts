// Calls that the protocol itself makes: EIP-4788, 2935, 7002, 7251.

import { ENV_BASE_FEE } from "../block/env";
import { systemAddress } from "../block/system-contracts";
import { arenaAllocate } from "../memory/arena";
import { accountCode, viewAccount } from "../state/view";
import { Halt } from "../status";
import { resultOutput, resultOutputLength, runCall } from "../vm/call";
import { EMPTY_CODE } from "../vm/code";
import { vmBeginTransaction, vmTrace } from "../vm/context";
import { Op } from "../vm/opcode";
import { stateGasBegin } from "../vm/state-gas";
import { wordZero } from "../word/word";

const SYSTEM_CALL_GAS: u64 = 30000000;

/** Output of the last system call, in the block arena. */
export let systemOutput: usize = 0;
export let systemOutputLength: u32 = 0;
/** Whether the last system call's address had code; without, nothing was run and the call succeeds. */
export let systemHadCode: bool = false;

/**
 * Calls `address` (a word) in the running view as the system does: 30 million gas that count nowhere, no fee, no
 * nonce.
 */
export function systemCall(address: usize, input: usize, inputLength: u32): Halt {
  systemOutput = 0;
  systemOutputLength = 0;
  const scratch = arenaAllocate(64);
  systemHadCode = accountCode(viewAccount(address)) != EMPTY_CODE;
  if (!systemHadCode) return Halt.Success;
  systemAddress(scratch);
  wordZero(scratch + 32);
  vmTrace(false);
  vmBeginTransaction(scratch, ENV_BASE_FEE, 0, 0);
  stateGasBegin(0);
  const halt = runCall(
    Op.CALL,
    scratch,
    address,
    address,
    scratch + 32,
    scratch + 32,
    input,
    inputLength,
    SYSTEM_CALL_GAS,
    false,
  );
  if (resultOutputLength != 0) {
    systemOutput = arenaAllocate(resultOutputLength);
    systemOutputLength = <u32>resultOutputLength;
    memory.copy(systemOutput, resultOutput, resultOutputLength);
  }
  return halt;
}
