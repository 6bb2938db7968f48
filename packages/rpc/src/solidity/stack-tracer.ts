// Where in the sources a transaction or a message failed: a tracer that follows the functions of known contracts.

import type { FrameEnd, Hex, TraceFrame, Tracer, TraceState, TraceStep } from "@heddle/engine";
import * as AbiItem from "ox/AbiItem";
import * as Bytes from "ox/Bytes";
import * as HexOf from "ox/Hex";
import type { Artifacts, KnownCode } from "./artifacts.ts";
import type { CompiledContract } from "./compiled.ts";
import type { SourceRange } from "./source-map.ts";

/** A function that was running. */
export interface StackFrame {
  /** Whose code ran. */
  address: Hex;
  /** Undefined: no artifact has this code. */
  contract: string | undefined;
  function: string | undefined;
  /** Where in it; undefined where the sources are not known. */
  source: { file: string; line: number; column: number } | undefined;
}

const JUMP = 0x56;
const JUMPI = 0x57;
/** EIP-7702: what stands before the address that a code is delegated to. */
const DELEGATION = "0xef0100";

interface Level {
  frame: TraceFrame;
  known: KnownCode | undefined;
  /** Where functions were called that have not returned. */
  calls: SourceRange[];
  /** The last instruction with a place in the sources. */
  last: SourceRange | undefined;
  /** The last call, where it failed: what it gave, and where. */
  failed: { frames: StackFrame[]; output: Uint8Array } | undefined;
}

function selectorName({ abi }: CompiledContract, input: Uint8Array): string {
  const selector = HexOf.fromBytes(input.subarray(0, 4));
  const named = abi.find((entry) => {
    try {
      return entry.type === "function" && AbiItem.getSelector(entry as AbiItem.AbiItem) === selector;
    } catch {
      return false;
    }
  });
  if (named?.name !== undefined) return named.name;
  return input.length === 0 && abi.some(({ type }) => type === "receive") ? "receive" : "fallback";
}

export class StackTracer implements Tracer {
  readonly #artifacts: Artifacts;
  readonly #levels: Level[] = [];
  /** Of the failure, innermost first; empty where there is none. */
  frames: StackFrame[] = [];
  /** The innermost contract that is known among them. */
  failing: CompiledContract | undefined;

  constructor(artifacts: Artifacts) {
    this.#artifacts = artifacts;
  }

  #known(frame: TraceFrame, state: TraceState): KnownCode | undefined {
    if (frame.isPrecompile) return undefined;
    if (frame.kind.startsWith("CREATE")) {
      // No two creations need be alike: their arguments stand behind the code.
      const key = `create ${frame.input.length} ${HexOf.fromBytes(frame.input)}`;
      return this.#artifacts.find(key, frame.input, true);
    }
    let { to } = frame;
    let code = state.code(to);
    if (code.length === 23 && HexOf.fromBytes(code.subarray(0, 3)) === DELEGATION) {
      to = HexOf.fromBytes(code.subarray(3));
      code = state.code(to);
    }
    return code.length === 0 ? undefined : this.#artifacts.find(state.codeHash(to), code, false);
  }

  enter(frame: TraceFrame, state: TraceState): void {
    const known = this.#known(frame, state);
    this.#levels.push({ frame, known, calls: [], last: undefined, failed: undefined });
  }

  step({ pc, opcode }: TraceStep): void {
    const level = this.#levels.at(-1)!;
    const range = level.known?.code.map?.at(pc);
    if (range === undefined) return;
    if (range.file >= 0) level.last = range;
    if (opcode !== JUMP && opcode !== JUMPI) return;
    if (range.jump === "i") level.calls.push(level.last ?? range);
    else if (range.jump === "o") level.calls.pop();
  }

  /** The functions of one frame that were running, innermost first. */
  #running({ frame, known, calls, last }: Level): StackFrame[] {
    const address = frame.to;
    if (known === undefined)
      return [{ address, contract: undefined, function: undefined, source: undefined }];
    const { contract } = known;
    const frames: StackFrame[] = [];
    let before: SourceRange | undefined;
    for (const range of [last, ...calls.toReversed()]) {
      if (range === undefined || (range.start === before?.start && range.file === before.file)) continue;
      before = range;
      const text = contract.source(range.file);
      const end = range.start + range.length;
      const called = text?.functionAt(range.start, end);
      // Around the functions is what the compiler put there: it finds the one that was called.
      if (text === undefined || called === undefined) continue;
      // So does what stands for a function as a whole.
      if (frames.length > 0 && range.start === called.start) continue;
      frames.push({
        address,
        contract: text.contractAt(range.start, end) ?? contract.name,
        function: called.name,
        source: { file: text.path, ...text.place(range.start) },
      });
    }
    if (frames.length > 0) return frames;
    const isCreation = frame.kind.startsWith("CREATE");
    const text = last === undefined ? undefined : contract.source(last.file);
    return [
      {
        address,
        contract: contract.name,
        function: isCreation ? "constructor" : selectorName(contract, frame.input),
        source: text === undefined ? undefined : { file: text.path, ...text.place(last!.start) },
      },
    ];
  }

  exit({ halt, output }: FrameEnd): void {
    const level = this.#levels.pop()!;
    const outer = this.#levels.at(-1);
    if (halt === "Success") {
      if (outer !== undefined) outer.failed = undefined;
      return;
    }
    const { failed, known } = level;
    // Who passes on what an inner call gave has failed because of it.
    const isPassedOn = failed !== undefined && Bytes.isEqual(failed.output, output);
    const frames = [...(isPassedOn ? failed.frames : []), ...this.#running(level)];
    if (!isPassedOn || this.failing === undefined) this.failing = known?.contract;
    if (outer === undefined) this.frames = frames;
    else outer.failed = { frames, output };
  }
}

/** A frame as a line of a stack trace, as JavaScript's and Hardhat's have it. */
export function frameText({ address, contract, function: called, source }: StackFrame): string {
  if (contract === undefined) return `at ${address} (no artifact has its code)`;
  const place = source === undefined ? address : `${source.file}:${source.line}:${source.column}`;
  return `at ${contract}.${called ?? "<unknown>"} (${place})`;
}
