// Why a call failed, in the words and with the data that clients decode.

import type { CallResult, Hex } from "@heddle/engine";
import * as AbiParameters from "ox/AbiParameters";
import * as HexOf from "ox/Hex";
import { ErrorCode, RpcError } from "./errors.ts";

/** Selectors of Error(string) and Panic(uint256), which Solidity reverts with. */
const ERROR = "0x08c379a0";
const PANIC = "0x4e487b71";
/** Characters of data in a line for people. */
const LONGEST_SHOWN = 266;

/** Solidity's panic codes, in geth's words. */
const PANICS: Record<string, string> = {
  "0": "generic panic",
  "1": "assert(false)",
  "17": "arithmetic underflow or overflow",
  "18": "division or modulo by zero",
  "33": "enum overflow",
  "34": "invalid encoded storage byte array accessed",
  "49": "out-of-bounds array access; popping on an empty array",
  "50": "out-of-bounds access of an array or bytesN",
  "65": "out of memory",
  "81": "uninitialized function",
};

/** What Error(string) or Panic(uint256) says; undefined where the data is neither. */
export function revertReason(data: Hex): string | undefined {
  try {
    const selector = data.slice(0, 10);
    const rest = `0x${data.slice(10)}` as Hex;
    if (selector === ERROR) return AbiParameters.decode([{ type: "string" }] as const, rest)[0];
    if (selector === PANIC) {
      const [code] = AbiParameters.decode([{ type: "uint256" }] as const, rest);
      return PANICS[String(code)] ?? `unknown panic code: ${HexOf.fromNumber(code)}`;
    }
  } catch {
    // It only looks like one.
  }
  return undefined;
}

/** A call was reverted: code 3, with what it gave. */
export function revertError(output: Uint8Array): RpcError {
  const data = HexOf.fromBytes(output);
  const reason = revertReason(data);
  return new RpcError(
    ErrorCode.reverted,
    `execution reverted${reason === undefined ? "" : `: ${reason}`}`,
    data,
  );
}

const HALTS: Partial<Record<CallResult["halt"], string>> = {
  OutOfGas: "out of gas",
  CodeDepositOutOfGas: "contract creation code storage out of gas",
  StackUnderflow: "stack underflow",
  StackOverflow: "stack limit reached 1024 (1023)",
  InvalidOpcode: "invalid opcode",
  InvalidJump: "invalid jump destination",
  StaticViolation: "write protection",
  ReturnDataOutOfBounds: "return data out of bounds",
  CallDepth: "max call depth exceeded",
  InsufficientBalance: "insufficient balance for transfer",
  CreateCollision: "contract address collision",
  CodeSize: "max code size exceeded",
  InvalidCode: "invalid code: must not begin with 0xef",
  NonceOverflow: "nonce uint64 overflow",
  PrecompileFailure: "execution of a precompile failed",
  InitcodeSize: "max initcode size exceeded",
};

/** How a call ended, in geth's words. */
export function haltMessage(halt: CallResult["halt"]): string {
  return HALTS[halt] ?? halt;
}

/** Why something failed, in one line for people; `error` is what a custom error says, where that is known. */
export function failureText({ halt, output }: Pick<CallResult, "halt" | "output">, error?: string): string {
  if (halt !== "Revert") return haltMessage(halt);
  if (error !== undefined) return `reverted with custom error ${error}`;
  if (output.length === 0) return "reverted without a reason";
  const data = HexOf.fromBytes(output);
  const reason = revertReason(data);
  if (reason === undefined) {
    const shown = data.length > LONGEST_SHOWN ? `${data.slice(0, LONGEST_SHOWN)}…` : data;
    return `reverted with ${output.length < 4 ? "" : "custom error "}${shown}`;
  }
  if (data.startsWith(ERROR)) return `reverted with reason ${JSON.stringify(reason)}`;
  return `reverted with panic code 0x${data.slice(-2)} (${reason})`;
}

/** The error that a failed call is answered with. */
export function callError(result: Pick<CallResult, "halt" | "output">): RpcError {
  if (result.halt === "Revert") return revertError(result.output);
  return new RpcError(ErrorCode.server, haltMessage(result.halt));
}
