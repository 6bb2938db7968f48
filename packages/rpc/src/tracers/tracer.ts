// What all tracers of this room have in common: they answer with JSON.

import type { FrameEnd, Hex, TracedTransaction, Tracer } from "@heddle/engine";
import { haltMessage } from "../revert.ts";
import { opcodeName } from "./opcode-names.ts";

/** A tracer whose findings become a method's answer. */
export interface ResultTracer extends Tracer {
  /** As JSON; when the transaction is over. */
  result(): unknown;
}

/** Where a traced transaction stands; messages have no place. */
export interface TracePlace {
  blockHash?: Hex;
  blockNumber?: bigint;
  transactionHash?: Hex;
  transactionPosition?: number;
}

/** Makes the tracer of a transaction. */
export type ResultTracerFactory = (transaction: TracedTransaction, place: TracePlace) => ResultTracer;

/** Why a frame failed, in geth's words; undefined where it did not. */
export function frameError({ halt, last }: Pick<FrameEnd, "halt" | "last">): string | undefined {
  if (halt === "Success") return undefined;
  if (halt === "Revert") return "execution reverted";
  if (last === undefined) return haltMessage(halt);
  const { opcode, stackSize } = last;
  const { name, inputs, outputs } = opcodeName(opcode);
  if (halt === "StackUnderflow") return `stack underflow (${stackSize} <=> ${inputs})`;
  if (halt === "StackOverflow") return `stack limit reached ${stackSize} (${1024 + inputs - outputs})`;
  if (halt === "InvalidOpcode") return `invalid opcode: ${name}`;
  return haltMessage(halt);
}
