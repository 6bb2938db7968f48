// Opcodes for those who read traces.

import { opcodes } from "@heddle/kernel";

/** An opcode: its number and name, the words that it takes from the stack and puts there, bytes of immediate data. */
export interface OpcodeFacts {
  readonly code: number;
  readonly name: string;
  readonly inputs: number;
  readonly outputs: number;
  readonly immediate: number;
}

/** Opcodes of all forks by number; undefined where there is none. */
export const opcodeTable: readonly (OpcodeFacts | undefined)[] = Array.from({ length: 256 }, (_, code) =>
  opcodes.find((opcode) => opcode.code === code),
);
