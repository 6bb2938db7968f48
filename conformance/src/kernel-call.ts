// Single calls through the kernel: what an instruction or a precompile gives, as a contract sees it. A contract
// makes the call and returns what came of it.

import { bytesToHex, hexToBytes } from "@heddle/cli";
import { Fork, type Hex, type Rules } from "@heddle/engine";
import type { AllocatedAccount, ExecutionHeader } from "@heddle/engine/testing";
import { executor, rulesOf } from "./executor.ts";

export interface CallResult {
  success: boolean;
  output: Uint8Array;
  /** Gas that the call used. */
  gasUsed: bigint;
}

const CALLER: Hex = "0x00000000000000000000000000000000000000cc";
const SENDER: Hex = "0x00000000000000000000000000000000000000ee";
const ZERO_WORD: Hex = `0x${"0".repeat(64)}`;
const GAS_LIMIT = 1n << 40n;
/** EIP-7825. */
const OSAKA_GAS_LIMIT = 1n << 24n;

/**
 * Copies the calldata to memory, calls `target` with it between two GAS instructions, and returns success, the gas
 * between the two and the output. Before Byzantium there is no RETURNDATASIZE: the output is one word then.
 */
function callerCode(target: Hex, fork: Fork): Uint8Array {
  const byzantium = fork >= Fork.Byzantium;
  return hexToBytes(
    [
      "0x3660006000", // CALLDATASIZE, 0, 0
      "37", // CALLDATACOPY
      "5a", // GAS
      byzantium ? "60006000" : "60206040", // size and place of the output
      "3660006000", // size and place of the input, no value
      `73${target.slice(2)}`,
      "63fffffffff1", // up to that gas, CALL: before EIP-150 it must not be more than there is
      "5a", // GAS
      "90600052", // success to the first word
      "9003602052", // the difference of the gas to the second
      byzantium ? "3d600060403e" : "", // RETURNDATACOPY behind them
      byzantium ? "3d604001" : "6060", // size of all
      "6000f3", // RETURN
    ].join(""),
  );
}

/** What the instructions between the two GAS cost besides what the callee used. */
function overhead(fork: Fork): bigint {
  const call = fork >= Fork.Berlin ? 100n : fork >= Fork.Tangerine ? 700n : 40n;
  const pushes = 6n * 3n;
  const calldataSize = 2n;
  const gas = 2n;
  return pushes + calldataSize + gas + call;
}

function headerOf(fork: Fork): ExecutionHeader {
  return {
    coinbase: SENDER,
    number: 1n,
    timestamp: 1n,
    gasLimit: fork >= Fork.Osaka ? OSAKA_GAS_LIMIT : GAS_LIMIT,
    difficulty: 0n,
    parentHash: ZERO_WORD,
    mixHash: ZERO_WORD,
    ...(fork >= Fork.London ? { baseFeePerGas: 0n } : {}),
    ...(fork >= Fork.Cancun ? { excessBlobGas: 0n, parentBeaconBlockRoot: ZERO_WORD } : {}),
  };
}

interface Call {
  rules: Rules;
  target: Hex;
  input: Uint8Array;
  account?: AllocatedAccount;
}

async function call({ rules, target, input, account }: Call): Promise<CallResult> {
  const { fork } = rules;
  const local = await executor();
  local.reset();
  local.load({
    [CALLER]: { code: callerCode(target, fork), nonce: 1n },
    [SENDER]: { balance: 1n << 100n },
    ...(account === undefined ? {} : { [target]: account }),
  });
  const header = headerOf(fork);
  const transaction = {
    nonce: 0,
    gasPrice: 0,
    gasLimit: header.gasLimit,
    to: CALLER,
    value: 0,
    data: bytesToHex(input),
  };
  const { invalid, output } = local.runTransaction(rules, header, transaction, SENDER);
  if (invalid !== undefined || output.length < 64) {
    throw new Error(
      `the calling contract gave ${output.length} bytes${invalid === undefined ? "" : `: ${invalid}`}`,
    );
  }
  const word = (at: number): bigint => BigInt(bytesToHex(output.subarray(at, at + 32)));
  return { success: word(0) === 1n, gasUsed: word(32) - overhead(fork), output: output.slice(64) };
}

/** A CALL of the precompile at `address`. */
export function callPrecompile(request: {
  fork: string;
  address: number;
  input: Uint8Array;
}): Promise<CallResult> {
  const target: Hex = `0x${request.address.toString(16).padStart(40, "0")}`;
  return call({ rules: rulesOf(request.fork), target, input: request.input });
}

/** Runs `code` as the account `address` whose nonce is `nonce`. */
export function runCode(request: {
  fork: string;
  address: Uint8Array;
  nonce: bigint;
  code: Uint8Array;
  input: Uint8Array;
}): Promise<CallResult> {
  const account = { code: request.code, nonce: request.nonce };
  return call({
    rules: rulesOf(request.fork),
    target: bytesToHex(request.address),
    input: request.input,
    account,
  });
}
