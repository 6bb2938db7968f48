// callTracer: the tree of calls.

import type { FrameEnd, Hex, Log, TracedOutcome, TracedTransaction, TraceFrame } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import { quantity } from "../encode/quantity.ts";
import { revertReason } from "../revert.ts";
import { frameError, type ResultTracer } from "./tracer.ts";

export interface CallTracerOptions {
  /** Calls of the outermost frame are left out. */
  onlyTopCall?: boolean;
  /** Logs are told with the frame that left them. */
  withLog?: boolean;
  /** The outermost frame's gas is what its code gets and uses: without the intrinsic gas, refunds not taken off. */
  executionGas?: boolean;
}

export interface CallLog {
  address: Hex;
  topics: readonly Hex[];
  data: Hex;
  /** Place among the block's logs. */
  index: Hex;
  /** Calls of the frame that came before it. */
  position: Hex;
}

/** A frame as callTracer tells it. */
export interface CallFrame {
  type: string;
  from: Hex;
  to?: Hex;
  gas: Hex;
  gasUsed: Hex;
  input: Hex;
  value?: Hex;
  output?: Hex;
  error?: string;
  revertReason?: string;
  calls?: CallFrame[];
  logs?: CallLog[];
}

export class CallTracer implements ResultTracer {
  readonly #options: CallTracerOptions;
  readonly #transaction: TracedTransaction;
  readonly #open: { call: CallFrame; logsBefore: number }[] = [];
  #top: CallFrame | undefined;
  #logs: number;

  constructor(transaction: TracedTransaction, options: CallTracerOptions = {}) {
    this.#transaction = transaction;
    this.#options = options;
    this.#logs = transaction.logsBefore;
  }

  enter(frame: TraceFrame): void {
    if (this.#options.onlyTopCall && frame.depth > 1) return;
    const { kind } = frame;
    const call: CallFrame = {
      type: kind,
      from: frame.from,
      to: frame.to,
      gas: quantity(frame.depth === 1 && !this.#options.executionGas ? this.#transaction.gas : frame.gas),
      gasUsed: "0x0",
      input: HexOf.fromBytes(frame.input),
      ...(kind === "STATICCALL" ? {} : { value: quantity(frame.value) }),
    };
    this.#open.push({ call, logsBefore: this.#logs });
  }

  exit(end: FrameEnd): void {
    if (this.#options.onlyTopCall && end.frame.depth > 1) {
      // Logs of calls that are not shown count, and go with them.
      return;
    }
    const { call, logsBefore } = this.#open.pop()!;
    call.gasUsed = quantity(end.gasUsed);
    const error = frameError(end);
    if (error === undefined) {
      if (end.output.length > 0) call.output = HexOf.fromBytes(end.output);
    } else {
      this.#logs = logsBefore;
      dropLogs(call);
      call.error = error;
      if (call.type === "CREATE" || call.type === "CREATE2") delete call.to;
      if (end.halt === "Revert" && end.output.length > 0) {
        call.output = HexOf.fromBytes(end.output);
        const reason = revertReason(call.output);
        if (reason !== undefined) call.revertReason = reason;
      }
    }
    this.#close(call);
  }

  selfDestruct(frame: TraceFrame, beneficiary: Hex, amount: bigint): void {
    if (this.#options.onlyTopCall) return;
    this.#close({
      type: "SELFDESTRUCT",
      from: frame.address,
      to: beneficiary,
      gas: "0x0",
      gasUsed: "0x0",
      input: "0x",
      value: quantity(amount),
    });
  }

  #close(call: CallFrame): void {
    const outer = this.#open.at(-1)?.call;
    if (outer === undefined) {
      this.#top = call;
      return;
    }
    outer.calls ??= [];
    outer.calls.push(call);
  }

  log({ address, topics, data }: Log, frame: TraceFrame | undefined): void {
    const index = this.#logs++;
    if (!this.#options.withLog || frame === undefined) return;
    if (this.#options.onlyTopCall && frame.depth > 1) return;
    const { call } = this.#open.at(-1)!;
    call.logs ??= [];
    const position = quantity(call.calls?.length ?? 0);
    call.logs.push({ address, topics, data, index: quantity(index), position });
  }

  end({ gasUsed }: TracedOutcome): void {
    if (this.#top !== undefined && !this.#options.executionGas) this.#top.gasUsed = quantity(gasUsed);
  }

  /** The outermost frame. */
  get top(): CallFrame {
    return this.#top!;
  }

  result(): CallFrame {
    return this.top;
  }
}

/** What a frame logged that failed was undone, and so was what its calls logged. */
function dropLogs(call: CallFrame): void {
  delete call.logs;
  for (const inner of call.calls ?? []) dropLogs(inner);
}
