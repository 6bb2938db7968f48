// When the phases of a block began and ended, and how long each worker had nothing to do in them.

import type { KernelInstance } from "./kernel-instance.ts";

/** What workers do in a phase: docs/parallel.md. */
export type PhaseName = "decode" | "prologue" | "execute" | "epilogue" | "roots";

/** A phase of a block; the roots have a phase for each of their stages. Times are microseconds from the begin of the block. */
export interface PhaseTime {
  name: PhaseName;
  /** Of the roots: 0 = change list and receipts, from 1 on those of the state trie. */
  stage: number;
  /** Pieces that any worker could take; 0 = the phase is not divided into pieces. */
  pieces: number;
  begun: number;
  ended: number;
  /** Microseconds each worker slept in it. */
  idle: number[];
}

const NAMES: readonly (PhaseName | undefined)[] = [
  undefined,
  "decode",
  "prologue",
  "execute",
  "epilogue",
  "roots",
];

/** Reads the phases of the block in the kernel's memory; `begun` is the host's clock at the begin of the first one. */
export function readPhaseTimes(
  kernel: KernelInstance,
  workers: number,
): { begun: number; phases: PhaseTime[] } {
  const { layout, view } = kernel;
  const phases: PhaseTime[] = [];
  let ended = Number.NaN;
  let at = kernel.getU32(layout.SCHEDULER + layout.Scheduler_phaseTimes);
  for (; at !== 0; at = kernel.getU32(at + layout.PhaseTime_next)) {
    const begun = view.getFloat64(at + layout.PhaseTime_begun, true);
    const name = NAMES[kernel.getU32(at + layout.PhaseTime_phase)];
    if (name !== undefined) {
      phases.unshift({
        name,
        stage: kernel.getU32(at + layout.PhaseTime_stage),
        pieces: kernel.getU32(at + layout.PhaseTime_pieces),
        begun,
        ended,
        idle: Array.from({ length: workers }, (_, i) =>
          view.getFloat64(at + layout.PhaseTime_idle + i * 8, true),
        ),
      });
    }
    ended = begun;
  }
  const first = phases[0]?.begun ?? 0;
  for (const time of phases) {
    time.begun -= first;
    time.ended -= first;
  }
  return { begun: first, phases };
}
