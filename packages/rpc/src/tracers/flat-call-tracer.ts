// flatCallTracer: calls one after another with their places in the tree, as Parity's trace_* tell them.

import type { BlockEntry } from "@heddle/chain";
import type { Fork, FrameEnd, Hex, TracedOutcome, TracedTransaction, TraceFrame } from "@heddle/engine";
import { blockRewards } from "../block-rewards.ts";
import { quantity } from "../encode/quantity.ts";
import { type CallFrame, CallTracer } from "./call-tracer.ts";
import type { ResultTracer, TracePlace } from "./tracer.ts";

export interface FlatCallTracerOptions {
  /** Errors in Parity's words. */
  convertParityErrors?: boolean;
  /** Calls of precompiles are told too. */
  includePrecompiles?: boolean;
  /**
   * As trace_* have it, where geth's tracer goes other ways: the outermost call's gas is without the intrinsic gas and refunds,
   * and of the calls of precompiles those are told that carry value. Errors are in Parity's words.
   */
  parityForm?: boolean;
}

/** A call, creation or self-destruct as trace_* tell it. */
export interface FlatTrace {
  action: Record<string, Hex | string>;
  error?: string;
  result?: Record<string, Hex> | null;
  subtraces: number;
  traceAddress: number[];
  type: "call" | "create" | "suicide" | "reward";
  blockHash?: Hex;
  blockNumber?: number;
  transactionHash?: Hex | null;
  transactionPosition?: number | null;
}

const PARITY_ERRORS: Readonly<Record<string, string>> = {
  "contract creation code storage out of gas": "Out of gas",
  "out of gas": "Out of gas",
  "gas uint64 overflow": "Out of gas",
  "max code size exceeded": "Out of gas",
  "invalid jump destination": "Bad jump destination",
  "execution reverted": "Reverted",
  "return data out of bounds": "Out of bounds",
  "stack limit reached 1024 (1023)": "Out of stack",
  "execution of a precompile failed": "Built-in failed",
};

/** An error of geth in Parity's words. */
export function parityError(error: string): string {
  if (error.startsWith("invalid opcode:")) return "Bad instruction";
  if (error.startsWith("stack underflow")) return "Stack underflow";
  return PARITY_ERRORS[error] ?? error;
}

export class FlatCallTracer implements ResultTracer {
  readonly #options: FlatCallTracerOptions;
  readonly #place: TracePlace;
  readonly #calls: CallTracer;

  constructor(transaction: TracedTransaction, place: TracePlace, options: FlatCallTracerOptions = {}) {
    this.#options = options;
    this.#place = place;
    this.#calls = new CallTracer(transaction, { executionGas: options.parityForm ?? false });
  }

  #hides({ kind, value, isPrecompile, depth }: TraceFrame): boolean {
    const { includePrecompiles, parityForm } = this.#options;
    if (!isPrecompile || depth === 1 || includePrecompiles) return false;
    // What DELEGATECALL has as its value is its caller's: it does not move.
    if (parityForm) return value === 0n || kind === "DELEGATECALL";
    return kind === "CALL" || kind === "STATICCALL";
  }

  enter(frame: TraceFrame): void {
    if (!this.#hides(frame)) this.#calls.enter(frame);
  }

  exit(end: FrameEnd): void {
    if (!this.#hides(end.frame)) this.#calls.exit(end);
  }

  selfDestruct(frame: TraceFrame, beneficiary: Hex, amount: bigint): void {
    this.#calls.selfDestruct(frame, beneficiary, amount);
  }

  end(outcome: TracedOutcome): void {
    this.#calls.end(outcome);
  }

  result(): FlatTrace[] {
    const traces: FlatTrace[] = [];
    this.#flatten(this.#calls.top, [], traces);
    return traces;
  }

  #flatten(call: CallFrame, traceAddress: number[], into: FlatTrace[]): void {
    const { error } = call;
    const calls = call.calls ?? [];
    const trace: FlatTrace = { ...parts(call), subtraces: calls.length, traceAddress, ...this.#where() };
    if (error !== undefined) {
      trace.error =
        this.#options.convertParityErrors || this.#options.parityForm ? parityError(error) : error;
      if (error !== "execution reverted") delete trace.result;
    }
    into.push(trace);
    for (const [i, inner] of calls.entries()) this.#flatten(inner, [...traceAddress, i], into);
  }

  #where(): Partial<FlatTrace> {
    const { blockHash, blockNumber, transactionHash, transactionPosition } = this.#place;
    return {
      ...(blockHash === undefined ? {} : { blockHash }),
      ...(blockNumber === undefined ? {} : { blockNumber: Number(blockNumber) }),
      ...(transactionHash === undefined ? {} : { transactionHash }),
      ...(transactionPosition === undefined ? {} : { transactionPosition }),
    };
  }
}

function parts(call: CallFrame): Pick<FlatTrace, "type" | "action" | "result"> {
  const { from, gas, gasUsed, value = "0x0", input, output = "0x" } = call;
  if (call.type === "SELFDESTRUCT") {
    return {
      type: "suicide",
      action: { address: from, balance: value, refundAddress: call.to! },
      result: null,
    };
  }
  if (call.type === "CREATE" || call.type === "CREATE2") {
    return {
      type: "create",
      action: { creationMethod: call.type.toLowerCase(), from, gas, init: input, value },
      result: { ...(call.to === undefined ? {} : { address: call.to }), code: output, gasUsed },
    };
  }
  return {
    type: "call",
    action: { callType: call.type.toLowerCase(), from, gas, input, to: call.to!, value },
    result: { gasUsed, output },
  };
}

/** What a block paid to miners, as trace_block and trace_filter tell it. */
export function rewardTraces(block: BlockEntry, fork: Fork): FlatTrace[] {
  return blockRewards(block, fork).map(({ author, kind, wei }) => ({
    action: { author, rewardType: kind, value: quantity(wei) },
    result: null,
    subtraces: 0,
    traceAddress: [],
    type: "reward",
    blockHash: block.hash,
    blockNumber: Number(block.number),
    transactionHash: null,
    transactionPosition: null,
  }));
}
