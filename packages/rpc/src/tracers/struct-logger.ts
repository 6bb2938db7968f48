// Struct logs: every instruction with the stack before it. What debug_trace* answer where no tracer is named.

import type { FrameEnd, Hex, StepEnd, TracedOutcome, TraceStep } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { quantity, word } from "../encode/quantity.ts";
import { opcodeName } from "./opcode-names.ts";
import { frameError, type ResultTracer } from "./tracer.ts";

export interface StructLoggerOptions {
  enableMemory?: boolean;
  disableStack?: boolean;
  disableStorage?: boolean;
  enableReturnData?: boolean;
  /** Most instructions that are told; 0 = all. */
  limit?: number;
}

/** An instruction as struct logs tell it. */
export interface StructLog {
  pc: number;
  op: string;
  gas: number;
  gasCost: number;
  depth: number;
  error?: string;
  stack?: Hex[];
  memory?: Hex[];
  returnData?: Hex;
  /** The slots of the contract that were read or written until then, this one included. */
  storage?: Record<Hex, Hex>;
  refund?: number;
}

/** What debug_trace* answer. */
export interface StructLogResult {
  gas: number;
  failed: boolean;
  returnValue: Hex;
  structLogs: StructLog[];
}

const SLOAD = 0x54;
const SSTORE = 0x55;

/** Failures that geth finds before it tells an instruction; all others are told by the frame's end alone. */
const TOLD_WITH_STEP: ReadonlySet<string> = new Set(["OutOfGas", "StackUnderflow", "StackOverflow"]);

export class StructLogger implements ResultTracer {
  readonly #options: StructLoggerOptions;
  readonly #logs: StructLog[] = [];
  readonly #storage = new Map<Hex, Record<Hex, Hex>>();
  #outcome: TracedOutcome | undefined;
  /** By depth: the instruction under way, where it is told. */
  readonly #under: (StructLog | undefined)[] = [];

  constructor(options: StructLoggerOptions = {}) {
    this.#options = options;
  }

  step(step: TraceStep): void {
    const { limit = 0, disableStack, disableStorage, enableMemory, enableReturnData } = this.#options;
    const { depth } = step.frame;
    this.#under[depth] = undefined;
    if (limit !== 0 && this.#logs.length >= limit) return;
    const log: StructLog = {
      pc: step.pc,
      op: opcodeName(step.opcode).name,
      gas: Number(step.gas),
      gasCost: 0,
      depth,
    };
    if (!disableStack) {
      log.stack = Array.from({ length: step.stackSize }, (_, i) =>
        quantity(step.stack(step.stackSize - 1 - i)),
      );
    }
    if (enableMemory && step.memorySize > 0) {
      const memory = step.memory(0, step.memorySize);
      log.memory = Array.from({ length: memory.length / 32 }, (_, i) =>
        HexOf.fromBytes(memory.subarray(32 * i, 32 * i + 32)),
      );
    }
    if (enableReturnData) {
      const data = step.returnData();
      if (data.length > 0) log.returnData = HexOf.fromBytes(data);
    }
    if (!disableStorage && (step.opcode === SLOAD || step.opcode === SSTORE)) this.#noteSlot(step, log);
    const { refund } = step;
    if (refund > 0n) log.refund = Number(refund);
    this.#logs.push(log);
    this.#under[depth] = log;
  }

  #noteSlot(step: TraceStep, log: StructLog): void {
    if (step.stackSize < (step.opcode === SLOAD ? 1 : 2)) return;
    const { address } = step.frame;
    const key = word(step.stack(0));
    const value = step.opcode === SLOAD ? step.state.storage(address, key) : step.stack(1);
    const slots = { ...this.#storage.get(address), [key]: word(value) };
    this.#storage.set(address, slots);
    log.storage = slots;
  }

  stepped({ frame, gasCost }: StepEnd): void {
    const log = this.#under[frame.depth];
    if (log !== undefined) log.gasCost = Number(gasCost);
  }

  exit(end: FrameEnd): void {
    const log = this.#under[end.frame.depth];
    this.#under[end.frame.depth] = undefined;
    if (log === undefined || !TOLD_WITH_STEP.has(end.halt)) return;
    log.error = frameError(end)!;
  }

  end(outcome: TracedOutcome): void {
    this.#outcome = outcome;
  }

  result(): StructLogResult {
    const { halt, gasUsed, output } = this.#outcome!;
    return {
      gas: Number(gasUsed),
      failed: halt !== "Success",
      returnValue: halt === "Success" || halt === "Revert" ? HexOf.fromBytes(output) : "0x",
      structLogs: this.#logs,
    };
  }
}
