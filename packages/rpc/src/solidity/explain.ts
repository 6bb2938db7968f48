// Why a transaction or a message failed, in the words of its contracts' sources.

import type { BlockEntry, Chain } from "@heddle/chain";
import type { CallResult } from "@heddle/engine";
import * as HexOf from "ox/Hex";
import type { PreparedCall } from "../call.ts";
import type { Artifacts } from "./artifacts.ts";
import { type StackFrame, StackTracer } from "./stack-tracer.ts";

/** What artifacts tell of a failure. */
export interface Explanation {
  /** The custom error with its arguments, where it was one that is declared. */
  error: string | undefined;
  /** Functions that were running, innermost first. */
  frames: readonly StackFrame[];
}

type Failure = Pick<CallResult, "halt" | "output">;

function explanation(
  artifacts: Artifacts,
  { halt, output }: Failure,
  tracer: StackTracer | undefined,
): Explanation {
  const isRevert = halt === "Revert" && output.length >= 4;
  return {
    error: isRevert ? artifacts.errorText(HexOf.fromBytes(output), tracer?.failing) : undefined,
    frames: tracer?.frames ?? [],
  };
}

/** Runs a transaction of a block again, where the chain has its state. */
export async function explainTransaction(
  chain: Chain,
  artifacts: Artifacts,
  block: BlockEntry,
  index: number,
): Promise<Explanation> {
  const [trace] = await chain.trace(block, { index, tracer: () => new StackTracer(artifacts) });
  return explanation(artifacts, trace!, trace!.tracer);
}

/** Runs a message again that failed so. */
export async function explainCall(
  artifacts: Artifacts,
  { message, block, overrides, variation, state }: PreparedCall,
  failure: Failure,
): Promise<Explanation> {
  let tracer: StackTracer | undefined;
  await state.call(message, {
    block,
    overrides,
    variation,
    tracer: () => {
      tracer = new StackTracer(artifacts);
      return tracer;
    },
  });
  return explanation(artifacts, failure, tracer);
}
