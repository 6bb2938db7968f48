// The record of a block's phases, for the schedule that the host reports: when each began, and how long each worker had
// nothing to do in it. Kept only where the block's flags ask for it; the clock is asked once a phase and twice a sleep.

import { env, FLAG_RECORD_SCHEDULE } from "../block/env";
import { clock } from "../host";
import { arenaAllocate, workerId } from "../memory/arena";
import { scheduler } from "./scheduler-layout";

/** A phase, or a stage of the roots. Times are microseconds of the host's clock. */
@unmanaged
export class PhaseTime {
  /** The phase before, or 0. */
  next: u32;
  phase: u32;
  stage: u32;
  pieces: u32;
  begun: f64;
  // Microseconds of sleep of each worker that takes part follow: f64.
}

export const PHASE_TIME_IDLE: u32 = <u32>offsetof<PhaseTime>();

export function isRecording(): bool {
  return (env().flags & FLAG_RECORD_SCHEDULE) != 0;
}

/** Notes the begin of a phase; by the one who enters it, before others see it. */
export function notePhase(phase: u32, stage: u32, pieces: u32): void {
  if (!isRecording()) return;
  const s = scheduler();
  const size = <usize>PHASE_TIME_IDLE + ((<usize>s.workers) << 3);
  const entry = arenaAllocate(size);
  memory.fill(entry, 0, size);
  const time = changetype<PhaseTime>(entry);
  time.next = s.phaseTimes;
  time.phase = phase;
  time.stage = stage;
  time.pieces = pieces;
  time.begun = clock();
  s.phaseTimes = <u32>entry;
}

/** Notes that this worker had nothing to do from `from` until now, in whatever phases that was. */
export function noteIdle(from: f64): void {
  const s = scheduler();
  if (workerId >= s.workers) return;
  let end = clock();
  for (let at = s.phaseTimes; at != 0; ) {
    const time = changetype<PhaseTime>(<usize>at);
    const idle = <usize>at + <usize>PHASE_TIME_IDLE + ((<usize>workerId) << 3);
    const begun = max<f64>(from, time.begun);
    if (end > begun) store<f64>(idle, load<f64>(idle) + (end - begun));
    if (time.begun <= from) return;
    end = min<f64>(end, time.begun);
    at = time.next;
  }
}
