// Opcodes by number, in geth's names.

import { type OpcodeFacts, opcodeTable } from "@heddle/engine";

const UNKNOWN: OpcodeFacts[] = [];

/** Name, stack inputs and outputs of an opcode; of what is none, geth's words for it. */
export function opcodeName(opcode: number): OpcodeFacts {
  const known = opcodeTable[opcode];
  if (known !== undefined) return known;
  UNKNOWN[opcode] ??= {
    code: opcode,
    name: `opcode 0x${opcode.toString(16)} not defined`,
    inputs: 0,
    outputs: 0,
    immediate: 0,
  };
  return UNKNOWN[opcode];
}
