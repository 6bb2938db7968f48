// Workers with nothing to do sleep on a word that counts events.

import { clock } from "../host";
import { SCHEDULER } from "../memory/layout";
import { isRecording, noteIdle } from "./phase-times";
import { Point, pass } from "./points";
import { Scheduler } from "./scheduler-layout";

const WAKE: usize = SCHEDULER + offsetof<Scheduler>("wake");
const SLEEPING: usize = SCHEDULER + offsetof<Scheduler>("sleeping");

/** Tells all sleeping workers that there may be something to do: another phase, a failure. */
export function wakeWorkers(): void {
  atomic.add<u32>(WAKE, 1);
  if (atomic.load<u32>(SLEEPING) > 0) atomic.notify(WAKE, -1);
}

/** As `wakeWorkers`, for something that one worker can do: a task is ready, a value final. Any of them will do. */
export function wakeOne(): void {
  atomic.add<u32>(WAKE, 1);
  if (atomic.load<u32>(SLEEPING) > 0) atomic.notify(WAKE, 1);
}

/** Read it before looking for work: `sleepSince` then misses nothing that happened after the look. */
export function wakeCount(): u32 {
  return atomic.load<u32>(WAKE);
}

/** Sleeps until something has happened since `wakeCount()` gave `seen`, or a tenth of a second has passed. */
export function sleepSince(seen: u32): void {
  pass(Point.BeforeSleep, seen);
  const from = isRecording() ? clock() : 0;
  waitSince(seen);
  if (from != 0) noteIdle(from);
}

function waitSince(seen: u32): void {
  // Most waits are for a transaction that is nearly through: shorter than falling asleep takes.
  for (let i = 0; i < 200; i++) {
    if (atomic.load<u32>(WAKE) != seen) return;
  }
  atomic.add<u32>(SLEEPING, 1);
  atomic.wait<i32>(WAKE, <i32>seen, 100_000_000);
  atomic.sub<u32>(SLEEPING, 1);
}
