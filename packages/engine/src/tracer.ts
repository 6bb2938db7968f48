// What a tracer is told of a traced transaction: plain callbacks, and readers that look only when they are asked.

import type { HaltReason } from "./call.ts";
import type { Hex } from "./hex.ts";
import type { Log } from "./receipts.ts";

/** How a frame came about. */
export type FrameKind = "CALL" | "CALLCODE" | "DELEGATECALL" | "STATICCALL" | "CREATE" | "CREATE2";

/** A call or creation. */
export interface TraceFrame {
  readonly kind: FrameKind;
  /** 1 = the outermost. */
  readonly depth: number;
  /** The account that calls; of a DELEGATECALL the one whose code does. */
  readonly from: Hex;
  /** The account that is called, whose code runs; the new contract of a creation. */
  readonly to: Hex;
  /** The account whose storage and balance the code sees. */
  readonly address: Hex;
  /** What CALLVALUE gives. */
  readonly value: bigint;
  readonly gas: bigint;
  /** Calldata, or the init code of a creation. */
  readonly input: Uint8Array;
  readonly isPrecompile: boolean;
}

/** How a frame ended. */
export interface FrameEnd {
  readonly frame: TraceFrame;
  readonly halt: HaltReason;
  readonly gasUsed: bigint;
  /** The last instruction that it began, with the words on the stack before that; undefined: none was run. */
  readonly last: { readonly opcode: number; readonly stackSize: number } | undefined;
  /** What it returned or the reason of its revert; the code that a creation deployed. */
  readonly output: Uint8Array;
}

/**
 * The state as the running transaction sees it just now. Looking at it changes nothing, neither gas nor what is warm. Only
 * while a callback runs.
 */
export interface TraceState {
  balance(address: Hex): bigint;
  nonce(address: Hex): bigint;
  code(address: Hex): Uint8Array;
  codeHash(address: Hex): Hex;
  /** `key` is 32 bytes. */
  storage(address: Hex, key: Hex): bigint;
  exists(address: Hex): boolean;
  /** The account goes when the transaction ends. */
  isDestructed(address: Hex): boolean;
}

/** An instruction that is about to run. Only while the callback runs; the object is used again. */
export interface TraceStep {
  readonly frame: TraceFrame;
  readonly pc: number;
  readonly opcode: number;
  /** Left before the instruction is paid for. */
  readonly gas: bigint;
  readonly stackSize: number;
  /** A word of the stack; 0 is the uppermost. */
  stack(depth: number): bigint;
  readonly memorySize: number;
  /** A copy of bytes of the memory, zeros where it ends before. */
  memory(offset: number, length: number): Uint8Array;
  /** Refund counter. */
  readonly refund: bigint;
  /** What the frame's last call returned. */
  returnData(): Uint8Array;
  readonly state: TraceState;
}

/** What an instruction cost. Told before anything that comes after it, but for a call's inner frame: before that. */
export interface StepEnd {
  readonly frame: TraceFrame;
  /**
   * With the gas that a call hands on, without what a creation does (as geth shows them). Of one that could not be paid for what it
   * would have cost, of any other that failed what is certain.
   */
  readonly gasCost: bigint;
  /** How the frame ended with it, where it did so by failing. */
  readonly failure: HaltReason | undefined;
}

/** A traced transaction, or message. */
export interface TracedTransaction {
  /** Place in the block; 0 of a message. */
  readonly index: number;
  /** keccak256 of its envelope; zeros of a message. */
  readonly hash: Hex;
  readonly type: number;
  readonly from: Hex;
  /** undefined: it creates a contract. */
  readonly to: Hex | undefined;
  readonly nonce: bigint;
  readonly gas: bigint;
  readonly value: bigint;
  readonly input: Uint8Array;
  /** Logs that the transactions before it in the block have left. */
  readonly logsBefore: number;
  /** Fee recipient of the block. */
  readonly coinbase: Hex;
  /** Its envelope; empty of a message. */
  readonly raw: Uint8Array;
}

/** What a traced transaction gave. */
export interface TracedOutcome {
  readonly halt: HaltReason;
  /** After refunds. */
  readonly gasUsed: bigint;
  readonly output: Uint8Array;
}

/**
 * Is told of one transaction, in the order in which it happens: `start`; `enter` and `exit` of each frame, around them
 * `step` and `stepped` of each instruction, `log` and `selfDestruct`; `end`. What a callback throws ends the trace and is
 * thrown to its caller. State readers leave callbacks where a value is not in memory: nothing must catch that.
 */
export interface Tracer {
  /** Nothing is done yet: the state is the one that the transaction finds. */
  start?(state: TraceState): void;
  /** A frame begins; its value has not moved yet. Calls that fail at once and precompiles begin and end too. */
  enter?(frame: TraceFrame, state: TraceState): void;
  step?(step: TraceStep): void;
  stepped?(end: StepEnd): void;
  log?(log: Log, frame: TraceFrame | undefined): void;
  /** `frame` destructs itself; `amount` goes to the beneficiary after this. */
  selfDestruct?(frame: TraceFrame, beneficiary: Hex, amount: bigint, state: TraceState): void;
  /** A frame is over, and undone where it failed. */
  exit?(end: FrameEnd): void;
  /** Fees are paid; what is destructed has not gone yet. */
  end?(outcome: TracedOutcome, state: TraceState): void;
}

/** Makes the tracer of one transaction. Called again where the transaction begins again for a value that was not in memory. */
export type TracerFactory<T extends Tracer> = (transaction: TracedTransaction) => T;

/** A traced transaction with the tracer that was told of it. */
export interface Trace<T extends Tracer> extends TracedOutcome {
  readonly transaction: TracedTransaction;
  readonly tracer: T;
}
