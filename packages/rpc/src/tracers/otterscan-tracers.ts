// What Otterscan is told of a transaction: its calls one after another, and the ether that they move.

import type { FrameEnd, FrameKind, Hex, TraceFrame } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { quantity } from "../encode/quantity.ts";
import type { ResultTracer } from "./tracer.ts";

/** A call, creation or self-destruct. */
export interface OtterscanCall {
  type: FrameKind | "SELFDESTRUCT";
  /** 0 = the outermost. */
  depth: number;
  from: Hex;
  to: Hex;
  /** Null of calls that cannot move any. */
  value: Hex | null;
  input: Hex;
  output: Hex;
}

/** ots_traceTransaction: all calls in their order but those of precompiles. */
export class OtterscanCallTracer implements ResultTracer {
  readonly #calls: OtterscanCall[] = [];
  readonly #open: OtterscanCall[] = [];

  enter({ kind, depth, from, to, value, input, isPrecompile }: TraceFrame): void {
    const movesNothing = kind === "STATICCALL" || kind === "DELEGATECALL";
    const call: OtterscanCall = {
      type: kind,
      depth: depth - 1,
      from,
      to,
      value: movesNothing ? null : quantity(value),
      input: HexOf.fromBytes(input),
      output: "0x",
    };
    this.#open.push(call);
    if (!isPrecompile || depth === 1) this.#calls.push(call);
  }

  exit({ output }: FrameEnd): void {
    this.#open.pop()!.output = HexOf.fromBytes(output);
  }

  selfDestruct({ address, depth }: TraceFrame, beneficiary: Hex, amount: bigint): void {
    this.#calls.push({
      type: "SELFDESTRUCT",
      depth,
      from: address,
      to: beneficiary,
      value: quantity(amount),
      input: "0x",
      output: "0x",
    });
  }

  result(): OtterscanCall[] {
    return this.#calls;
  }
}

const TRANSFER = 0;
const SELF_DESTRUCT = 1;
const CREATIONS: Readonly<Partial<Record<FrameKind, number>>> = { CREATE: 2, CREATE2: 3 };

/** Ether that a call within a transaction moved, a creation or a self-destruct. */
export interface InternalOperation {
  type: number;
  from: Hex;
  to: Hex;
  value: Hex;
}

/** ots_getInternalOperations: what happened below the outermost call. What was undone did not happen. */
export class InternalOperationTracer implements ResultTracer {
  readonly #operations: InternalOperation[] = [];
  /** Operations before each open frame. */
  readonly #before: number[] = [];

  enter({ kind, depth, from, to, value }: TraceFrame): void {
    this.#before.push(this.#operations.length);
    if (depth === 1) return;
    const type = kind === "CALL" && value > 0n ? TRANSFER : CREATIONS[kind];
    if (type !== undefined) this.#operations.push({ type, from, to, value: quantity(value) });
  }

  exit({ halt }: FrameEnd): void {
    const before = this.#before.pop()!;
    if (halt !== "Success") this.#operations.length = before;
  }

  selfDestruct({ address }: TraceFrame, beneficiary: Hex, amount: bigint): void {
    this.#operations.push({ type: SELF_DESTRUCT, from: address, to: beneficiary, value: quantity(amount) });
  }

  result(): InternalOperation[] {
    return this.#operations;
  }
}
