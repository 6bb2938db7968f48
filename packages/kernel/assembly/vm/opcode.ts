// Numbers of the opcodes that the decoder and the interpreter name. Their facts stand in packages/kernel/src/opcodes.ts,
// which the host encodes at OPCODE_TABLE.

import { OPCODE_TABLE } from "../memory/layout";
import { Eip } from "../status";

/**
 * Opcodes, and, at numbers that no opcode has, the handlers of what the decoder makes of one or several. The
 * interpreter dispatches on these numbers.
 */
export enum Op {
  STOP = 0x00,
  ADD = 0x01,
  MUL = 0x02,
  SUB = 0x03,
  DIV = 0x04,
  SDIV = 0x05,
  MOD = 0x06,
  SMOD = 0x07,
  ADDMOD = 0x08,
  MULMOD = 0x09,
  EXP = 0x0a,
  SIGNEXTEND = 0x0b,
  LT = 0x10,
  GT = 0x11,
  SLT = 0x12,
  SGT = 0x13,
  EQ = 0x14,
  ISZERO = 0x15,
  AND = 0x16,
  OR = 0x17,
  XOR = 0x18,
  NOT = 0x19,
  BYTE = 0x1a,
  SHL = 0x1b,
  SHR = 0x1c,
  SAR = 0x1d,
  CLZ = 0x1e,
  KECCAK256 = 0x20,
  ADDRESS = 0x30,
  BALANCE = 0x31,
  ORIGIN = 0x32,
  CALLER = 0x33,
  CALLVALUE = 0x34,
  CALLDATALOAD = 0x35,
  CALLDATASIZE = 0x36,
  CALLDATACOPY = 0x37,
  CODESIZE = 0x38,
  CODECOPY = 0x39,
  GASPRICE = 0x3a,
  EXTCODESIZE = 0x3b,
  EXTCODECOPY = 0x3c,
  RETURNDATASIZE = 0x3d,
  RETURNDATACOPY = 0x3e,
  EXTCODEHASH = 0x3f,
  BLOCKHASH = 0x40,
  COINBASE = 0x41,
  TIMESTAMP = 0x42,
  NUMBER = 0x43,
  PREVRANDAO = 0x44,
  GASLIMIT = 0x45,
  CHAINID = 0x46,
  SELFBALANCE = 0x47,
  BASEFEE = 0x48,
  BLOBHASH = 0x49,
  BLOBBASEFEE = 0x4a,
  SLOTNUM = 0x4b,
  POP = 0x50,
  MLOAD = 0x51,
  MSTORE = 0x52,
  MSTORE8 = 0x53,
  SLOAD = 0x54,
  SSTORE = 0x55,
  JUMP = 0x56,
  JUMPI = 0x57,
  PC = 0x58,
  MSIZE = 0x59,
  GAS = 0x5a,
  JUMPDEST = 0x5b,
  TLOAD = 0x5c,
  TSTORE = 0x5d,
  MCOPY = 0x5e,
  PUSH0 = 0x5f,
  PUSH1 = 0x60,
  PUSH32 = 0x7f,
  DUP1 = 0x80,
  DUP16 = 0x8f,
  SWAP1 = 0x90,
  SWAP16 = 0x9f,
  LOG0 = 0xa0,
  LOG4 = 0xa4,
  DUPN = 0xe6,
  SWAPN = 0xe7,
  EXCHANGE = 0xe8,
  CREATE = 0xf0,
  CALL = 0xf1,
  CALLCODE = 0xf2,
  RETURN = 0xf3,
  DELEGATECALL = 0xf4,
  CREATE2 = 0xf5,
  STATICCALL = 0xfa,
  REVERT = 0xfd,
  INVALID = 0xfe,
  SELFDESTRUCT = 0xff,

  /** Start of a basic block: gas, stack need and growth of all of it. Two slots. */
  Block = 0xb0,
  /** Stepping only: tells the host of the instruction that follows. */
  Trace = 0xb1,
  /** A constant below 2^32, in the argument. */
  Push = 0xb2,
  /** A wider constant; the argument points to the word. */
  PushWord = 0xb3,
  /** The argument is the distance in bytes. */
  Dup = 0xb4,
  Swap = 0xb5,
  /** PUSH + JUMP and PUSH + JUMPI; the argument points to the target's block, 0 = no such place. */
  JumpTo = 0xb6,
  JumpIfTo = 0xb7,
  /** ISZERO + PUSH + JUMPI. */
  JumpIfZeroTo = 0xb8,
  /** EXCHANGE: the distances of both words in bytes, 16 bits each. */
  Exchange = 0xb9,
}

/** The opcode's row under the rules of `fork`. */
export function opcodeRow(fork: u32, opcode: u32): usize {
  return OPCODE_TABLE + ((((<usize>fork) << 8) | <usize>opcode) << 3);
}

const ROW_DEFINED: u32 = 1;
export const ROW_ENDS_BLOCK: u32 = 2;
export const ROW_STOPS: u32 = 4;
const ROW_EIP_8024: u32 = 8;
const ROW_EIP_7843: u32 = 16;
export const ROW_ACCESSES: u32 = 32;

/** Whether the row's opcode is there under the rules of its fork and `eips` (status.ts Eip). */
export function rowIsDefined(row: usize, eips: u32): bool {
  const flags = rowFlags(row);
  if ((flags & ROW_DEFINED) != 0) return true;
  if ((flags & ROW_EIP_8024) != 0) return (eips & Eip.E8024) != 0;
  return (flags & ROW_EIP_7843) != 0 && (eips & Eip.E7843) != 0;
}

export function rowGas(row: usize): u32 {
  return load<u32>(row);
}

export function rowInputs(row: usize): u32 {
  return load<u8>(row, 4);
}

export function rowOutputs(row: usize): u32 {
  return load<u8>(row, 5);
}

export function rowFlags(row: usize): u32 {
  return load<u8>(row, 6);
}

export function rowImmediate(row: usize): u32 {
  return load<u8>(row, 7);
}
