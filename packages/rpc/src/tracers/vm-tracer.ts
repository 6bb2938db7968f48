// vmTrace of trace_*: each instruction with what it cost, pushed and wrote, and below those that call what ran there.

import type { FrameEnd, Hex, StepEnd, TraceFrame, TraceState, TraceStep } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { quantity } from "../encode/quantity.ts";
import { delegateOf } from "./met-accounts.ts";
import { opcodeName } from "./opcode-names.ts";
import type { ResultTracer } from "./tracer.ts";

/** What an instruction did. */
export interface VmEffect {
  /** The memory that it names, as it left it. */
  mem: { data: Hex; off: number } | null;
  /** Words that it put on the stack, the uppermost last. */
  push: Hex[];
  store: { key: Hex; val: Hex } | null;
  /** Gas that is left behind it. */
  used: number;
}

export interface VmOperation {
  cost: number;
  /** Null where it failed. */
  ex: VmEffect | null;
  pc: number;
  sub: VmTrace | null;
  op: string;
}

/** The code of a frame and what of it ran. */
export interface VmTrace {
  code: Hex;
  ops: VmOperation[];
}

const SSTORE = 0x55;

/** Where an instruction's stack says which memory it writes or reads whole words of: places of offset and length. */
const MEMORY: ReadonlyMap<number, readonly [offset: number, length: number]> = new Map([
  [0x37, [0, 2]], // CALLDATACOPY
  [0x39, [0, 2]], // CODECOPY
  [0x3c, [1, 3]], // EXTCODECOPY
  [0x3e, [0, 2]], // RETURNDATACOPY
  [0x5e, [0, 2]], // MCOPY
  [0xf1, [5, 6]], // CALL
  [0xf2, [5, 6]], // CALLCODE
  [0xf4, [4, 5]], // DELEGATECALL
  [0xfa, [4, 5]], // STATICCALL
]);
/** Those that name an offset alone, with their length: MLOAD, MSTORE, MSTORE8. */
const FIXED: ReadonlyMap<number, number> = new Map([
  [0x51, 32],
  [0x52, 32],
  [0x53, 1],
]);

/** Bytes of memory. */
interface Span {
  offset: number;
  length: number;
}

/** The memory that the instruction names; undefined where it names none. It may be more than it can pay for. */
function memoryOf(step: TraceStep): Span | undefined {
  const fixed = FIXED.get(step.opcode);
  if (fixed !== undefined) return { offset: Number(step.stack(0)), length: fixed };
  const places = MEMORY.get(step.opcode);
  if (places === undefined) return undefined;
  const length = Number(step.stack(places[1]));
  return length === 0 ? undefined : { offset: Number(step.stack(places[0])), length };
}

interface OpenFrame {
  trace: VmTrace;
  /** The instruction under way, until the next one of the frame tells what it did. */
  last: { operation: VmOperation; pushes: number; span: Span | undefined; gas: bigint } | undefined;
}

export class VmTracer implements ResultTracer {
  readonly #open: OpenFrame[] = [];
  #root: VmTrace = { code: "0x", ops: [] };

  enter(frame: TraceFrame, state: TraceState): void {
    const isCreation = frame.kind === "CREATE" || frame.kind === "CREATE2";
    const trace: VmTrace = { code: HexOf.fromBytes(isCreation ? frame.input : runs(frame, state)), ops: [] };
    const outer = this.#open.at(-1)?.last?.operation;
    if (outer === undefined) this.#root = trace;
    else {
      outer.sub = trace;
      // A call's cost has the gas that it hands on; what a creation hands on comes to it here.
      if (isCreation) outer.cost += Number(frame.gas);
    }
    this.#open.push({ trace, last: undefined });
  }

  step(step: TraceStep): void {
    const open = this.#open.at(-1)!;
    settle(open, step);
    const { opcode, pc, gas } = step;
    const { name, outputs } = opcodeName(opcode);
    const store =
      opcode === SSTORE && step.stackSize >= 2
        ? { key: quantity(step.stack(0)), val: quantity(step.stack(1)) }
        : null;
    const operation: VmOperation = {
      cost: 0,
      ex: { mem: null, push: [], store, used: 0 },
      pc,
      sub: null,
      op: name,
    };
    open.trace.ops.push(operation);
    open.last = { operation, pushes: outputs, span: memoryOf(step), gas };
  }

  stepped({ gasCost, failure }: StepEnd): void {
    const { last } = this.#open.at(-1)!;
    if (last === undefined) return;
    const { operation, gas } = last;
    operation.cost += Number(gasCost);
    if (failure !== undefined) operation.ex = null;
    else operation.ex!.used = Number(gas - gasCost);
  }

  exit(_end: FrameEnd): void {
    this.#open.pop();
  }

  result(): VmTrace {
    return this.#root;
  }
}

/** The code that runs in a call. */
function runs({ to }: TraceFrame, state: TraceState): Uint8Array {
  const code = state.code(to);
  const delegate = delegateOf(code);
  return delegate === undefined ? code : state.code(delegate);
}

/** Completes the frame's last instruction by what the next one finds. */
function settle({ last }: OpenFrame, next: TraceStep): void {
  if (last === undefined) return;
  const { operation, pushes, span } = last;
  const ex = operation.ex!;
  ex.used = Number(next.gas);
  ex.push = Array.from({ length: pushes }, (_, i) => quantity(next.stack(pushes - 1 - i)));
  if (span === undefined) return;
  ex.mem = { data: HexOf.fromBytes(next.memory(span.offset, span.length)), off: span.offset };
}
