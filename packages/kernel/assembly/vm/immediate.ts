// EIP-8024: the immediate bytes of DUPN, SWAPN and EXCHANGE. The ranges that are left out are those of JUMPDEST and PUSH,
// so that which bytes are jump destinations is the same whether one knows these opcodes or not.

import { Op } from "./opcode";

/** Whether `opcode` is one whose immediate byte says what it does. */
export function hasImmediate(opcode: u32): bool {
  return opcode >= <u32>Op.DUPN && opcode <= <u32>Op.EXCHANGE;
}

/** Whether `byte` stands for operands of `opcode`; if not, the instruction halts and the byte is the next opcode. */
export function immediateIsValid(opcode: u32, byte: u32): bool {
  return byte > 127 || byte <= (opcode == <u32>Op.EXCHANGE ? 81 : 90);
}

/** n of DUPN and SWAPN, from 17 to 235. */
export function immediateSingle(byte: u32): u32 {
  return (byte + 145) & 0xff;
}

/** The two operands of EXCHANGE, n < m <= 29: n + (m << 16). */
export function immediatePair(byte: u32): u32 {
  const k = byte ^ 143;
  const q = k >> 4;
  const r = k & 15;
  return q < r ? (q + 1) | ((r + 1) << 16) : (r + 1) | ((29 - q) << 16);
}
