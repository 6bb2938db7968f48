// muxTracer: several tracers at once.

import type {
  FrameEnd,
  Hex,
  Log,
  StepEnd,
  TracedOutcome,
  TraceFrame,
  TraceState,
  TraceStep,
} from "@heddle/engine";
import type { ResultTracer } from "./tracer.ts";

export class MuxTracer implements ResultTracer {
  readonly #named: readonly (readonly [string, ResultTracer])[];
  readonly #tracers: readonly ResultTracer[];

  constructor(named: readonly (readonly [string, ResultTracer])[]) {
    this.#named = named;
    this.#tracers = named.map(([, tracer]) => tracer);
  }

  start(state: TraceState): void {
    for (const tracer of this.#tracers) tracer.start?.(state);
  }

  enter(frame: TraceFrame, state: TraceState): void {
    for (const tracer of this.#tracers) tracer.enter?.(frame, state);
  }

  step(step: TraceStep): void {
    for (const tracer of this.#tracers) tracer.step?.(step);
  }

  stepped(end: StepEnd): void {
    for (const tracer of this.#tracers) tracer.stepped?.(end);
  }

  log(log: Log, frame: TraceFrame | undefined): void {
    for (const tracer of this.#tracers) tracer.log?.(log, frame);
  }

  selfDestruct(frame: TraceFrame, beneficiary: Hex, amount: bigint, state: TraceState): void {
    for (const tracer of this.#tracers) tracer.selfDestruct?.(frame, beneficiary, amount, state);
  }

  exit(end: FrameEnd): void {
    for (const tracer of this.#tracers) tracer.exit?.(end);
  }

  end(outcome: TracedOutcome, state: TraceState): void {
    for (const tracer of this.#tracers) tracer.end?.(outcome, state);
  }

  result(): Record<string, unknown> {
    return Object.fromEntries(this.#named.map(([name, tracer]) => [name, tracer.result()]));
  }
}
